import {integerNetworkToJson} from "../../graph/json.ts"
import {elements} from "../../graph/shape.ts"
import {quantize} from "../../quantize/quantize.ts"
import {paths} from "../outputs.ts"
import type {Step} from "../step.ts"

/** Training images that activations are calibrated on. */
const CALIBRATION = 1000

export const quantizeStep: Step = {
  name: "quantize",
  summary: "turn the float network into integers",
  needs: ["data", "train"],
  sources: ["graph", "golden", "quantize", "pipeline"],
  options: ({config}) => ({...config.quantize, images: config.images ?? null}),
  async run({outputs, settings, ...watch}) {
    const {training} = await outputs.data()
    const test = await outputs.test()
    const {fineTuneEpochs: _, ...options} = settings.config.quantize ?? {}
    const {network, report} = quantize(
      await outputs.floatModel(),
      training.images.subarray(0, CALIBRATION * elements(training.shape)),
      {...options, test: {pixels: test.images, labels: test.labels}},
      watch,
    )
    return {report: {stage: "quantize", ...report}, files: {[paths.integer]: integerNetworkToJson(network)}}
  },
}
