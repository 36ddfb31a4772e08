import {foldBatchNorm} from "../../graph/fold-batch-norm.ts"
import {formatRange} from "../../graph/format.ts"
import {type IntegerNetwork, isLinearLayer} from "../../graph/integer.ts"
import {floatModelToJson, integerNetworkToJson} from "../../graph/json.ts"
import type {FloatModel} from "../../graph/network.ts"
import {elements} from "../../graph/shape.ts"
import {applyFormats} from "../../quantize/apply.ts"
import {fakeQuantizeOf} from "../../quantize/fake.ts"
import {chooseFormats, type Formats} from "../../quantize/formats.ts"
import {quantizeHls2020} from "../../quantize/hls2020.ts"
import {lower} from "../../quantize/lower.ts"
import {type QuantizeOptions, quantize} from "../../quantize/quantize.ts"
import {measure} from "../../quantize/report.ts"
import {saturatedResults} from "../../quantize/results.ts"
import {type TrainOptions, train} from "../../train/train.ts"
import {withCheckpoint} from "../checkpoint.ts"
import {paths} from "../outputs.ts"
import type {Settings} from "../settings.ts"
import type {Step, StepContext} from "../step.ts"
import {distilOf, teacherHash} from "../teacher.ts"

/** Training images that activations are calibrated on. */
const CALIBRATION = 1000

export const quantizeStep: Step = {
  name: "quantize",
  summary: "turn the float network into integers",
  needs: ["data", "train"],
  sources: ["graph", "golden", "quantize", "train"],
  options: async ({config, source}, host) => ({
    ...config.quantize,
    // Of training, what fine-tuning shares.
    ...(config.quantize?.fineTuneEpochs ? {train: config.train ?? null} : {}),
    teacher: await teacherHash(fileOf(config.quantize?.teacher), host),
    seed: config.seed,
    images: config.images ?? null,
    arithmetic: config.arithmetic,
    weightScale: config.weightScale ?? null,
    packets: config.packets,
    results: config.results ?? null,
    source: source.kind === "model" ? source.sha256 : null,
  }),
  async run(context) {
    const {outputs, settings, host, ...watch} = context
    const {training} = await outputs.data()
    const test = await outputs.test()
    const {weightScale, quantize: chosen} = settings.config
    const fineTuneEpochs = chosen?.fineTuneEpochs ?? 0
    const finish = (network: IntegerNetwork) => withResults(settings, network)
    const options = optionsOf(settings)
    const pixels = training.images.subarray(0, CALIBRATION * elements(training.shape))
    const labelled: QuantizeOptions = {...options, test: {pixels: test.images, labels: test.labels}}
    const model = await outputs.floatModel()
    const kept = takenOver(settings, model)
    if (kept !== undefined) {
      const lowered = lower(model)
      const report = measure(lowered, kept, formatsOf(kept, weightScale), pixels, labelled.test, watch)
      return {report: {stage: "quantize", ...report}, files: {[paths.integer]: integerNetworkToJson(finish(kept))}}
    }
    const plain = quantize(model, pixels, fineTuneEpochs === 0 ? labelled : options, watch)
    if (fineTuneEpochs === 0) {
      return {
        report: {stage: "quantize", ...plain.report},
        files: {[paths.integer]: integerNetworkToJson(finish(plain.network))},
      }
    }
    const tuned = await fineTune(context, foldBatchNorm(model), plain.formats, fineTuneEpochs)
    const result = quantize(tuned, pixels, {...labelled, formats: plain.formats, before: model}, watch)
    return {
      report: {stage: "quantize", fineTuneEpochs, ...result.report},
      files: {
        [paths.integer]: integerNetworkToJson(finish(result.network)),
        [paths.tunedModel]: floatModelToJson(tuned),
      },
    }
  },
}

/** The model in integers without measuring anything: for an estimate. `pixels` are the images to calibrate on. */
export const inIntegers = (settings: Settings, model: FloatModel, pixels: Uint8Array): IntegerNetwork =>
  withResults(
    settings,
    takenOver(settings, model) ?? applyFormats(lower(model), chooseFormats(lower(model), pixels, optionsOf(settings))),
  )

function optionsOf({config: {weightScale, packets, quantize: chosen}}: Settings): QuantizeOptions {
  const {fineTuneEpochs: _, fineTuneRate: __, cheapConstants: ___, prune: ____, teacher: _____, ...rest} = chosen ?? {}
  return {
    // What is loaded has one shift a layer.
    ...(packets === "header" ? {perChannel: false} : {}),
    ...rest,
    ...(weightScale === undefined ? {} : {weightScale}),
  }
}

/** A result of 16 bits behind header packets is requantised to them. */
const withResults = ({config: {packets, results}}: Settings, network: IntegerNetwork): IntegerNetwork =>
  packets === "header" && results !== 32 ? saturatedResults(network) : network

/** Integers that are not ours to choose: those of a bit-exact file, or of hls-2020 arithmetic. */
function takenOver({source, config}: Settings, model: FloatModel): IntegerNetwork | undefined {
  if (config.arithmetic === "hls-2020") {
    return quantizeHls2020(model, config.weightScale === undefined ? {} : {weightScale: config.weightScale}).network
  }
  return source.kind === "model" && config.quantize === undefined ? source.integer : undefined
}

/** What the measurement needs to know of formats that were given. */
function formatsOf(network: IntegerNetwork, weightScale: number | undefined): Formats {
  const computing = network.layers.filter((layer) => layer.kind !== "maxPool2d" && layer.kind !== "flatten")
  const requantise = computing.find((layer) => layer.requantise !== undefined)?.requantise
  const formats = computing.map((layer) => {
    const output = layer.requantise ? {output: layer.output.format} : {}
    if (!isLinearLayer(layer)) return [layer.name, output] as const
    const {weightBits: bits, weightFractions: fractions} = layer
    const range = bits === 1 ? {min: -1, max: 1} : formatRange({bits, signed: true, fraction: 0})
    return [layer.name, {weights: {bits, range, fractions}, ...output}] as const
  })
  return {
    input: network.input.format,
    layers: Object.fromEntries(formats),
    rounding: requantise?.rounding ?? network.logits8?.rounding ?? "half-up",
    overflow: requantise?.overflow ?? "saturate",
    ...(weightScale === undefined ? {} : {weightScale}),
  }
}

/** Quantisation-aware training within the formats that were chosen, from the float model. */
async function fineTune(
  {host, settings, outputs, ...watch}: StepContext,
  start: FloatModel,
  formats: Formats,
  epochs: number,
): Promise<FloatModel> {
  const {config, out} = settings
  const {rate: _, epochs: __, teacher: ___, teacherShare: ____, temperature: _____, ...shared} = config.train ?? {}
  const {fineTuneRate, cheapConstants, prune, teacher} = config.quantize ?? {}
  const options: TrainOptions = {
    ...shared,
    epochs,
    seed: config.seed,
    ...(fineTuneRate === undefined ? {} : {rate: fineTuneRate}),
    ...(cheapConstants === undefined ? {} : {cheapConstants}),
    ...(prune === undefined ? {} : {prune}),
    ...(await distilOf(teacher === "float" ? start : teacher, config.train ?? {}, host)),
    start,
    fakeQuantize: fakeQuantizeOf(formats),
  }
  const data = await outputs.data()
  const {model} = await withCheckpoint(host, out, "quantize", (kept) =>
    train({network: start.network, data, options: {...options, ...kept}, host, watch}),
  )
  return model
}

/** "float" is the model that is quantised. */
const fileOf = (teacher: string | undefined): string | undefined => (teacher === "float" ? undefined : teacher)
