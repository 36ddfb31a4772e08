import type {ColumnsStage} from "../../plan/plan.ts"
import {instance, vector} from "../sv-text.ts"
import {type Block, clocked, masked} from "./block.ts"

/** The line buffer of a serial or folded layer in LUTRAM or block RAM: rtl/columns.sv. */
export const columns: Block<ColumnsStage> = {
  modules: () => ["columns.sv"],
  instance({stage, from: [from], to}) {
    if (from === undefined) return ""
    const {channels, bits} = stage.input
    return `  // ${stage.layer}: columns of ${stage.rows} positions of a ${stage.size.height} x ${stage.size.width} image.
  wire ${vector(stage.output.channels * bits)} ${to.data};
  wire ${to.valid};
${instance(
  "columns",
  stage.name,
  {
    WIDTH: channels * bits,
    ROWS: stage.size.height,
    COLUMNS: stage.size.width,
    KH: stage.rows,
    ...(stage.stride !== undefined && {SH: stage.stride}),
    ...(stage.memory === "block" && {BLOCK: "1'b1"}),
  },
  {...clocked, in_data: from.data, in_valid: masked(from, 1), out_data: to.data, out_valid: to.valid},
)}`
  },
}
