import {bug} from "../errors.ts"
import type {ColumnsStage, Plan, SerialStage} from "../plan/plan.ts"
import {emitSerial} from "./serial.ts"
import {banner, footer, instance, vector} from "./sv-text.ts"

/** The names of two blocks' wires. */
interface Wires {
  readonly data: string
  readonly valid: string
}

const clocked = {clk: "clk", rst: "rst"}

/** The line buffer of a serial layer. `valid` is that of positions inside the image. */
export function columnsBlock(stage: ColumnsStage, {data, valid}: Wires, to: Wires): string {
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
  },
  {...clocked, in_data: data, in_valid: valid, out_data: to.data, out_valid: to.valid},
)}`
}

/** The window loader and the engine: taken from a queue, `<data without _data>_ready`. */
export function serialBlock(plan: Plan, stage: SerialStage, {data, valid}: Wires, to: Wires): string {
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
    in_data: data,
    in_valid: valid,
    in_ready: data.replace(/_data$/, "_ready"),
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
}

/** The module of the engine under the build's banner. */
export function serialModule(plan: Plan, stage: SerialStage, module: string): string {
  const text = emitSerial(module, stage.serial)
  const start = text.indexOf("module ")
  if (start < 0) throw bug("emit", "no module in the serial engine")
  const head = text.slice(0, start).split("\n")
  const about = head.filter((line) => line.startsWith("//")).map((line) => line.replace(/^\/\/ ?/, ""))
  const end = text.lastIndexOf("endmodule") + "endmodule\n".length
  return `${banner(plan, about[0] ?? module, about.slice(2))}${text.slice(start, end)}${footer}`
}
