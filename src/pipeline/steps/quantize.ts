import {floatModelToJson, integerNetworkToJson} from "../../graph/json.ts"
import type {FloatModel} from "../../graph/network.ts"
import {elements} from "../../graph/shape.ts"
import type {Formats} from "../../quantize/formats.ts"
import {type QuantizeOptions, quantize} from "../../quantize/quantize.ts"
import {type FakeQuantize, train} from "../../train/train.ts"
import {paths} from "../outputs.ts"
import type {Step, StepContext} from "../step.ts"

/** Training images that activations are calibrated on. */
const CALIBRATION = 1000

export const quantizeStep: Step = {
  name: "quantize",
  summary: "turn the float network into integers",
  needs: ["data", "train"],
  sources: ["graph", "golden", "quantize", "train"],
  options: ({config}) => ({...config.quantize, seed: config.seed, images: config.images ?? null}),
  async run(context) {
    const {outputs, settings, host, ...watch} = context
    const {training} = await outputs.data()
    const test = await outputs.test()
    const {fineTuneEpochs = 0, ...options} = settings.config.quantize ?? {}
    const pixels = training.images.subarray(0, CALIBRATION * elements(training.shape))
    const labelled: QuantizeOptions = {...options, test: {pixels: test.images, labels: test.labels}}
    const model = await outputs.floatModel()
    const plain = quantize(model, pixels, fineTuneEpochs === 0 ? labelled : options, watch)
    if (fineTuneEpochs === 0) {
      return {
        report: {stage: "quantize", ...plain.report},
        files: {[paths.integer]: integerNetworkToJson(plain.network)},
      }
    }
    const tuned = await fineTune(context, model, plain.formats, fineTuneEpochs)
    const result = quantize(tuned, pixels, {...labelled, formats: plain.formats}, watch)
    return {
      report: {stage: "quantize", fineTuneEpochs, ...result.report},
      files: {
        [paths.integer]: integerNetworkToJson(result.network),
        [paths.tunedModel]: floatModelToJson(tuned),
      },
    }
  },
}

/** Quantisation-aware training within the formats that were chosen, from the float model. */
async function fineTune(
  {host, settings, outputs, ...watch}: StepContext,
  start: FloatModel,
  formats: Formats,
  epochs: number,
): Promise<FloatModel> {
  const {batch, heldOut, augment} = settings.config.train ?? {}
  const {model} = await train({
    network: start.network,
    data: await outputs.data(),
    options: {
      epochs,
      seed: settings.config.seed,
      ...(batch === undefined ? {} : {batch}),
      ...(heldOut === undefined ? {} : {heldOut}),
      ...(augment === undefined ? {} : {augment}),
      start,
      fakeQuantize: fakeQuantize(formats),
    },
    host,
    watch,
  })
  return model
}

function fakeQuantize({input, layers, rounding}: Formats): FakeQuantize {
  return {
    input,
    layers: Object.fromEntries(
      Object.entries(layers).map(([name, {weightRange, weightFractions, output}]) => [
        name,
        {
          weights: weightRange,
          weightFractions,
          ...(output === undefined ? {} : {activation: output}),
          rounding: rounding === "floor" ? ("floor" as const) : ("nearest" as const),
        },
      ]),
    ),
  }
}
