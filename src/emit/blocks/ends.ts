import type {FeederStage, SkidStage} from "../../plan/plan.ts"
import type {Block} from "./block.ts"

// The first two and the last block of every core: sv-core.ts and sv-header.ts wire them to the ports themselves.

export const skid: Block<SkidStage> = {modules: () => ["axis_skid.sv"], instance: () => ""}
export const feeder: Block<FeederStage> = {
  modules: ({registers}) => ["image_feeder.sv", ...(registers === undefined ? [] : ["delay.sv"])],
  instance: () => "",
}
