import type {ResultStage} from "../../plan/plan.ts"
import {instance} from "../sv-text.ts"
import {type Block, clocked} from "./block.ts"

/** Results in order, a word each: rtl/result_out.sv. It gives back the feeder's credits. */
export const result: Block<ResultStage> = {
  modules: () => ["result_out.sv"],
  instance({plan, stage, from: [from]}) {
    if (from === undefined) return ""
    const {pe, input, output} = stage
    const zeroExtended = Array.from(
      {length: pe},
      (_, p) => `1'b0, ${from.data}[${input.bits * (pe - 1 - p)} +: ${input.bits}]`,
    )
    return `  // Results in order, held until taken: room for ${plan.credits} images.
  wire [31:0] results_data;
  wire results_last, results_valid, results_ready;
${instance(
  "result_out",
  "results",
  {PE: pe, SUM_W: input.bits + (input.signed ? 0 : 1), OUTPUTS: output.beats, CREDITS: plan.credits},
  {
    ...clocked,
    in_data: input.signed ? from.data : `{${zeroExtended.join(", ")}}`,
    in_valid: from.valid,
    in_done: "feeder_done",
    in_tlast: "feeder_tlast",
    m_axis_tdata: "results_data",
    m_axis_tlast: "results_last",
    m_axis_tvalid: "results_valid",
    m_axis_tready: "results_ready",
    credit_return: "credit_return",
  },
)}`
  },
}
