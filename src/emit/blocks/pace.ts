import type {PaceStage} from "../../plan/plan.ts"
import {instance, vector} from "../sv-text.ts"
import {type Block, readyOf} from "./block.ts"

/** Positions to results: rtl/pace.sv gives the next one when the results of the last have left its register. */
export const pace: Block<PaceStage> = {
  modules: () => ["pace.sv"],
  waits: () => true,
  instance({stage, from: [from], to}) {
    if (from === undefined) return ""
    const width = stage.output.channels * stage.output.bits
    return `  // A position every ${stage.clocks} clocks: so many results it is.
  wire ${vector(width)} ${to.data};
  wire ${to.valid};
${instance(
  "pace",
  stage.name,
  {WIDTH: width, CLOCKS: stage.clocks},
  {
    clk: "clk",
    rst: "rst",
    in_data: from.data,
    in_valid: from.valid,
    in_ready: readyOf(from),
    out_data: to.data,
    out_valid: to.valid,
  },
)}`
  },
}
