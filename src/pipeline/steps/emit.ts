import {emit} from "../../emit/emit.ts"
import {emitHls} from "../../emit/hls.ts"
import {hlsOptions} from "../../emit/hls-options.ts"
import type {EmitReport} from "../../report/stages.ts"
import {readHlsLibrary} from "../../verify/hls.ts"
import {canonical, sha256} from "../hash.ts"
import {readLibrary} from "../library.ts"
import type {Step} from "../step.ts"

export const emitStep: Step = {
  name: "emit",
  summary: "write the accelerator in SystemVerilog",
  needs: ["quantize", "plan"],
  sources: ["graph", "plan", "emit"],
  // Modules by their text: whoever changes one in rtl/ builds with it at once.
  options: async ({config: {backend}}, host) => ({
    backend,
    modules: await hashOf(backend === "hls" ? await readHlsLibrary(host) : {}, await readLibrary(host)),
  }),
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

const hashOf = (...texts: unknown[]): Promise<string> => sha256(canonical(texts))
