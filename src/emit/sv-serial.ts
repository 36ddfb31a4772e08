import {bug} from "../errors.ts"
import type {Plan, SerialStage} from "../plan/plan.ts"
import {emitSerial} from "./serial.ts"
import {banner, footer} from "./sv-text.ts"

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
