import type {SerialStage} from "../../plan/plan.ts"
import {serialModule} from "../sv-serial.ts"
import {instance, vector} from "../sv-text.ts"
import {type Block, clocked, readyOf} from "./block.ts"

/** The bit-serial engine, a module of its own, with the loader of its windows: rtl/window_loader.sv, rtl/serial_sum.sv. */
export const serial: Block<SerialStage> = {
  modules: () => ["window_loader.sv", "serial_sum.sv"],
  waits: () => true,
  note: ({adders, frame}) => `${adders} additions, ${frame} clocks a window`,
  files({plan, stage}) {
    const module = `${plan.name}_${stage.name}`
    return {[`${module}.sv`]: serialModule(plan, stage, module)}
  },
  instance({plan, stage, from: [from], to}) {
    if (from === undefined) return ""
    const {kernel, input, output, frame, name, ports} = stage
    const position = (input.channels / (ports ?? kernel.height)) * input.bits
    return `  // ${stage.layer}: a window every ${frame} clocks, bit by bit in ${stage.adders} additions.
  wire ${vector(kernel.height * kernel.width * position)} ${name}_window;
  wire ${name}_start;
${instance(
  "window_loader",
  `${name}_loader`,
  {
    WIDTH: position,
    COLUMNS: stage.size.width,
    KH: kernel.height,
    KW: kernel.width,
    ...(ports !== undefined && {PORTS: ports}),
    ...(stage.stride && {SW: stage.stride.width}),
    FRAME: frame,
  },
  {
    ...clocked,
    in_data: from.data,
    in_valid: from.valid,
    in_ready: readyOf(from),
    out_data: `${name}_window`,
    out_valid: `${name}_start`,
  },
)}  wire ${vector(output.channels * frame)} ${to.data};
  wire ${to.valid};
${instance(
  `${plan.name}_${name}`,
  name,
  {},
  {...clocked, in_valid: `${name}_start`, in_data: `${name}_window`, out_valid: to.valid, out_data: to.data},
)}`
  },
}
