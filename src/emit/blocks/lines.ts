import type {LinesStage} from "../../plan/plan.ts"
import {instance, vector} from "../sv-text.ts"
import {type Block, masked, readyOf} from "./block.ts"

/** The line buffer of a layer in block RAM: rtl/lines.sv, from which the window loader takes parts of columns. */
export const lines: Block<LinesStage> = {
  modules: () => ["lines.sv"],
  instance({stage, from: [from], to}) {
    if (from === undefined) return ""
    const {layer, name, input, output, size, rows, stride, ports, depth} = stage
    return `  // ${layer}: columns of ${rows} positions of a ${size.height} x ${size.width} image, ${ports} a clock.
  wire ${vector(output.channels * output.bits)} ${to.data};
  wire ${to.valid}, ${readyOf(to)};
${instance(
  "lines",
  name,
  {
    WIDTH: input.channels * input.bits,
    ROWS: size.height,
    COLUMNS: size.width,
    KH: rows,
    ...(stride !== undefined && {SH: stride}),
    PORTS: ports,
    DEPTH: depth,
  },
  {
    clk: "clk",
    rst: "rst",
    in_data: from.data,
    in_valid: masked(from, 1),
    out_data: to.data,
    out_valid: to.valid,
    out_ready: readyOf(to),
  },
)}`
  },
}
