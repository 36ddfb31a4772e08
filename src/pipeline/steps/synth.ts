import type {SynthReport} from "../../report/stages.ts"
import {synthesize} from "../../synthesize/run.ts"
import type {Step} from "../step.ts"

export const synthStep: Step = {
  name: "synth",
  summary: "count LUTs, flip-flops, DSPs and BRAMs with Yosys",
  needs: ["plan", "emit"],
  sources: ["graph", "synthesize", "host"],
  options: () => ({}),
  async run({outputs, host, onProgress, signal}) {
    const plan = await outputs.plan()
    const synthesised = await synthesize(await outputs.design(), {
      host,
      device: plan.device,
      predicted: plan.resources,
      ...(signal === undefined ? {} : {signal}),
      ...(onProgress === undefined ? {} : {onProgress}),
    })
    const report: SynthReport = {stage: "synth", passed: synthesised.device?.fits ?? true, ...synthesised}
    return {report, files: {}}
  },
}
