import type {ArgmaxStage} from "../../plan/plan.ts"
import {instance, vector} from "../sv-text.ts"
import type {Block} from "./block.ts"

/** Which output is the largest: rtl/argmax.sv. */
export const argmax: Block<ArgmaxStage> = {
  modules: () => ["argmax.sv"],
  instance({stage, from: [from], to}) {
    if (from === undefined) return ""
    const {name, input, output, pe, outputs} = stage
    const bits = input.bits + (input.signed ? 0 : 1)
    // Unsigned results are positive.
    const data = input.signed
      ? from.data
      : `{${Array.from({length: pe}, (_, p) => `1'b0, ${from.data}[${input.bits * (pe - 1 - p)} +: ${input.bits}]`).join(", ")}}`
    return `  // The number of the largest of ${outputs} results; in a tie the lowest.
  wire ${vector(output.bits)} ${to.data};
  wire ${to.valid};
${instance(
  "argmax",
  name,
  {PE: pe, SUM_W: bits, OUTPUTS: outputs, CLASS_W: output.bits},
  {clk: "clk", rst: "rst", in_data: data, in_valid: from.valid, out_data: to.data, out_valid: to.valid},
)}`
  },
}
