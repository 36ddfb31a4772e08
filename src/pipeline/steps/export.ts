import {TlastError} from "../../errors.ts"
import {exportFloat} from "../../export/float.ts"
import {exportInt8} from "../../export/int8.ts"
import type {ExportReport} from "../../report/stages.ts"
import {paths} from "../outputs.ts"
import type {Step} from "../step.ts"

export const exportStep: Step = {
  name: "export",
  summary: "write model.tflite and model.int8.tflite",
  needs: ["train", "quantize"],
  sources: ["graph", "export", "tflite", "pipeline"],
  options: () => ({}),
  async run({outputs}) {
    const files: Record<string, Uint8Array> = {[paths.tflite]: exportFloat(await outputs.floatModel())}
    let refused: string | undefined
    try {
      files[paths.tflite8] = exportInt8(await outputs.integer())
    } catch (error) {
      if (!(error instanceof TlastError) || error.code !== "INT8_REFUSED") throw error
      refused = error.message.replace(/\n\s*/g, "; ").replace(/\s+/g, " ")
    }
    const what: Readonly<Record<string, string>> = {
      [paths.tflite]: "float32, ends in softmax",
      [paths.tflite8]: "8-bit integers, ends in int8 logits",
    }
    const report: ExportReport = {
      stage: "export",
      files: Object.entries(files).map(([path, {length}]) => ({path, bytes: length, what: what[path] ?? ""})),
      ...(refused === undefined ? {} : {int8Refused: refused}),
    }
    return {report, files}
  },
}
