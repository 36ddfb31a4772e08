import type {PadStage} from "../../plan/plan.ts"
import {instance, vector} from "../sv-text.ts"
import {type Block, readyOf} from "./block.ts"

/** Zeros around an image: rtl/pad.sv, which takes its positions from a queue. */
export const pad: Block<PadStage> = {
  modules: () => ["pad.sv"],
  waits: () => true,
  instance({stage, from: [from], to}) {
    if (from === undefined) return ""
    const {size, border, output} = stage
    const width = output.channels * output.bits
    return `  // ${stage.layer}: ${border.top} rows of zeros above, ${border.bottom} below, ${border.left} and ${border.right} beside a row.
  wire ${vector(width)} ${to.data};
  wire ${to.valid};
${instance(
  "pad",
  stage.name,
  {
    WIDTH: width,
    ROWS: size.height,
    COLUMNS: size.width,
    TOP: border.top,
    BOTTOM: border.bottom,
    LEFT: border.left,
    RIGHT: border.right,
  },
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
