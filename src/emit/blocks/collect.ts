import type {CollectStage} from "../../plan/plan.ts"
import {instance, vector} from "../sv-text.ts"
import type {Block} from "./block.ts"

/** The passes of a folded engine to one vector: rtl/collect.sv. */
export const collect: Block<CollectStage> = {
  modules: () => ["collect.sv"],
  instance({stage, from: [from], to}) {
    if (from === undefined) return ""
    const {name, input, output, parts} = stage
    return `  // ${stage.layer}: ${parts} passes of ${input.channels} channels to one vector.
  wire ${vector(output.channels * output.bits)} ${to.data};
  wire ${to.valid};
${instance(
  "collect",
  name,
  {WIDTH: input.channels * input.bits, PIECES: parts},
  {
    clk: "clk",
    rst: "rst",
    in_data: from.data,
    in_valid: from.valid,
    out_data: to.data,
    out_valid: to.valid,
  },
)}`
  },
}
