import type {WindowsStage} from "../../plan/plan.ts"
import {instance, vector} from "../sv-text.ts"
import {type Block, clocked, readyOf} from "./block.ts"

/** Columns to windows, and a copy of each for a folded engine's steps: rtl/window_loader.sv and rtl/keep.sv. */
export const windows: Block<WindowsStage> = {
  modules: () => ["keep.sv", "window_loader.sv"],
  waits: () => true,
  instance({stage, from: [from], to}) {
    if (from === undefined) return ""
    const {name, kernel, size, stride, frame, input, output} = stage
    const width = output.channels * output.bits
    return `  // ${stage.layer}: a window every ${frame} clocks; its copy stays while the next one's columns come.
  wire ${vector(width)} ${name}_next;
  wire ${name}_start;
${instance(
  "window_loader",
  `${name}_loader`,
  {
    WIDTH: (input.channels / kernel.height) * input.bits,
    COLUMNS: size.width,
    KH: kernel.height,
    KW: kernel.width,
    ...(stride && {SW: stride.width}),
    FRAME: frame,
  },
  {
    ...clocked,
    in_data: from.data,
    in_valid: from.valid,
    in_ready: readyOf(from),
    out_data: `${name}_next`,
    out_valid: `${name}_start`,
  },
)}  wire ${vector(width)} ${to.data};
  wire ${to.valid}, ${readyOf(to)};
${instance(
  "keep",
  name,
  {WIDTH: width},
  {
    ...clocked,
    in_data: `${name}_next`,
    in_valid: `${name}_start`,
    out_data: to.data,
    out_valid: to.valid,
    out_ready: readyOf(to),
  },
)}`
  },
}
