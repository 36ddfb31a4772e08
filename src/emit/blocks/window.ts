import type {WindowStage} from "../../plan/plan.ts"
import {instance, vector} from "../sv-text.ts"
import {type Block, clocked, masked, outBits} from "./block.ts"

const insideOf = ({name}: WindowStage): string => `${name}_inside`

/** Windows of an image in registers, its rows in shift registers or block RAM: rtl/window.sv. Behind header packets one is held while it is worked on (sv-loaded.ts). */
export const window: Block<WindowStage> = {
  modules: () => ["window.sv"],
  waits: ({held}) => held === true,
  instance({stage, from: [from], to}) {
    if (from === undefined) return ""
    const {name, size, kernel, stride, memory} = stage
    const {positions, channels, bits} = stage.input
    return `  // ${stage.layer}: ${kernel.height} x ${kernel.width} windows of a ${size.height} x ${size.width} image.
  wire ${vector(outBits(stage))} ${to.data};
  wire ${to.valid};
  wire ${vector(positions)} ${insideOf(stage)};
${instance(
  "window",
  name,
  {
    WIDTH: channels * bits,
    LANES: positions,
    ROWS: size.height,
    COLUMNS: size.width,
    KH: kernel.height,
    KW: kernel.width,
    ...(stride && {SH: stride.height, SW: stride.width}),
    ...(memory === "block" && {BLOCK: "1'b1"}),
  },
  {
    ...clocked,
    in_data: from.data,
    in_valid: masked(from, 1),
    out_data: to.data,
    out_valid: to.valid,
    out_inside: insideOf(stage),
  },
)}`
  },
  wires: ({stage, to}) => ({...to, inside: insideOf(stage)}),
}
