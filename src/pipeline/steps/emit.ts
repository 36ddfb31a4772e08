import {emit} from "../../emit/emit.ts"
import {emitHls} from "../../emit/hls.ts"
import {hlsOptions} from "../../emit/hls-options.ts"
import type {EmitReport} from "../../report/stages.ts"
import {readHlsLibrary} from "../../verify/hls.ts"
import {readLibrary} from "../library.ts"
import type {Step} from "../step.ts"

export const emitStep: Step = {
  name: "emit",
  summary: "write the accelerator in SystemVerilog",
  needs: ["quantize", "plan"],
  sources: ["graph", "plan", "emit", "rtl", "hls"],
  options: ({config}) => ({backend: config.backend}),
  async run({outputs, settings, host}) {
    const [network, plan] = [await outputs.integer(), await outputs.plan()]
    const design = emit(network, plan, await readLibrary(host))
    const hls =
      settings.config.backend === "hls" ? emitHls(network, hlsOptions(plan), await readHlsLibrary(host)) : undefined
    const files = Object.entries(design.files)
    const report: EmitReport = {
      stage: "emit",
      top: design.top,
      files: files.map(([path]) => path),
      lines: files.reduce((sum, [, text]) => sum + text.split("\n").length - 1, 0),
      probes: design.probes ?? [],
      ...(hls === undefined ? {} : {hls: Object.keys(hls.files)}),
    }
    return {
      report,
      files: Object.fromEntries([
        ...files.map(([path, text]) => [`rtl/${path}`, text] as const),
        ...Object.entries(hls?.files ?? {}).map(([path, text]) => [`hls/${path}`, text] as const),
      ]),
    }
  },
}
