import {emit} from "../../emit/emit.ts"
import type {EmitReport} from "../../report/stages.ts"
import {readLibrary} from "../library.ts"
import type {Step} from "../step.ts"

export const emitStep: Step = {
  name: "emit",
  summary: "write the accelerator in SystemVerilog",
  needs: ["quantize", "plan"],
  sources: ["graph", "plan", "emit", "rtl"],
  options: () => ({}),
  async run({outputs, host}) {
    const design = emit(await outputs.integer(), await outputs.plan(), await readLibrary(host))
    const files = Object.entries(design.files)
    const report: EmitReport = {
      stage: "emit",
      top: design.top,
      files: files.map(([path]) => path),
      lines: files.reduce((sum, [, text]) => sum + text.split("\n").length - 1, 0),
      probes: design.probes ?? [],
    }
    return {report, files: Object.fromEntries(files.map(([path, text]) => [`rtl/${path}`, text]))}
  },
}
