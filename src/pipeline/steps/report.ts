import {imageAt} from "../../data/data.ts"
import {loadBoard} from "../../package/board.ts"
import type {QuantizeReport} from "../../quantize/report.ts"
import {toElements} from "../../quantize/report.ts"
import {pageOf, type ReportInput, summaryOf} from "../../report/collect.ts"
import {page} from "../../report/page/page.ts"
import type {
  ExportReport,
  GoldenReport,
  ImportReport,
  PlanStageReport,
  SimulateReport,
  StallReport,
  SynthReport,
} from "../../report/stages.ts"
import type {TrainReport} from "../../train/options.ts"
import {paths} from "../outputs.ts"
import {measureSoftware} from "../software.ts"
import type {Step} from "../step.ts"
import {version} from "../version.ts"

export const reportStep: Step = {
  name: "report",
  summary: "time the software, write report/summary.json and report/index.html",
  needs: ["data", "train", "quantize", "export", "golden", "plan", "emit", "simulate", "verify", "synth"],
  sources: ["report", "pipeline"],
  options: ({config: {board, images}}) => ({board, images: images ?? null}),
  async run({outputs, settings, host, ...watch}) {
    const exported = await outputs.report<ExportReport>("export")
    const network = await outputs.integer()
    const test = await outputs.test()
    const int8 = exported.files.some(({path}) => path === paths.tflite8)
    const software = await measureSoftware(
      network,
      toElements(test.images, network.input.format.bits),
      test.images,
      int8 ? `${settings.out}/${paths.tflite8}` : undefined,
      host,
      watch,
    )
    const train = await outputs.report<TrainReport | ImportReport>("train")
    const input: ReportInput = {
      tool: `tlast ${version}`,
      board: await loadBoard(settings.config.board, host),
      model: await outputs.floatModel(),
      network,
      plan: await outputs.plan(),
      alternatives: (await outputs.report<PlanStageReport>("plan")).alternatives,
      quantize: await outputs.report<QuantizeReport>("quantize"),
      exported,
      golden: await outputs.report<GoldenReport>("golden"),
      simulate: await outputs.report<SimulateReport>("simulate"),
      verify: await outputs.report<StallReport>("verify"),
      synth: await outputs.report<SynthReport>("synth"),
      software,
      ...("imported" in train ? {imported: train.imported} : {}),
      pixels: (index) => imageAt(test, index),
    }
    const summary = summaryOf(input)
    return {
      report: {stage: "report", ...summary},
      files: {
        "report/summary.json": `${JSON.stringify(summary, null, 2)}\n`,
        "report/index.html": page(pageOf(input)),
      },
      local: ["report/report.json", "report/summary.json", "report/index.html"],
    }
  },
}
