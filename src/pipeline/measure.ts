import type {Data} from "../data/data.ts"
import {at} from "../errors.ts"
import {largest, logits8, runGolden} from "../golden/run.ts"
import type {IntegerNetwork} from "../graph/integer.ts"
import type {FloatModel} from "../graph/network.ts"
import {elements} from "../graph/shape.ts"
import {type Answers, fileAnswers} from "../import/answers.ts"
import type {Imported} from "../import/tflite.ts"
import type {Watch} from "../progress.ts"
import {toValues} from "../quantize/calibrate.ts"
import {runFloat} from "../quantize/float.ts"
import {lower} from "../quantize/lower.ts"
import {quantize} from "../quantize/quantize.ts"
import {toElements} from "../quantize/report.ts"
import {interrupted} from "./step.ts"
import {checkShape} from "./steps/data.ts"

/** Weights of a float file that all lie on one power-of-two grid: somebody has rounded them already. */
export interface WeightGrid {
  /** Integer weights are the file's x this: 128 for a 1/128 grid. */
  readonly scale: number
  readonly weights: number
  /** One less, as of those who think of the largest int8: trunc(w x careless) changes so many of them. */
  readonly careless: number
  readonly changed: number
}

/** What a file answers on samples, and what we do. Percents are of the images whose largest result is their label. */
export interface FileMeasurement {
  readonly data: string
  readonly images: number
  /** The file's own: of a float file its floats, of an int8 file its integers in LiteRT's reference kernels. */
  readonly before: number
  /** The integers that a build with these options begins from. */
  readonly after: number
  /** Images to which both give the same class. */
  readonly agree: number
  /** Differences of the results, as values, image by image and class by class; `span` is the largest |value| before. */
  readonly logits: {readonly largest: number; readonly rms: number; readonly span: number}
  /** Integer weights trunc(w x N) instead, where a grid or an option asks for it. */
  readonly scaled?: readonly {readonly scale: number; readonly accuracy: number}[]
}

/** The coarsest grid that holds every weight in 8 bits, or undefined where there is none. */
export function weightGrid({parameters}: FloatModel): WeightGrid | undefined {
  const weights = Object.values(parameters).flatMap((own) => Array.from(own.weights))
  const most = weights.reduce((a, b) => Math.max(a, Math.abs(b)), 0)
  const fraction = Array.from({length: 24}, (_, i) => i - 4).find((f) =>
    weights.every((weight) => Number.isInteger(weight * 2 ** f)),
  )
  if (fraction === undefined || fraction < 2 || most === 0 || most * 2 ** fraction > 127) return undefined
  const scale = 2 ** fraction
  const changed = weights.filter((weight) => Math.trunc(weight * (scale - 1)) !== weight * scale).length
  return {scale, weights: weights.length, careless: scale - 1, changed}
}

export interface MeasureOptions extends Watch {
  readonly data: Data
  /** Of the test set, from the first on; by default all. */
  readonly images?: number
  /** Integer weights are trunc(w x weightScale); by default the nearest on the best grid. */
  readonly weightScale?: number
}

/** Training images to choose formats on. */
const CALIBRATION = 1000

/** Images at a time. */
const BATCH = 200

/**
 * An imported file on test images, before and after. Undefined for an int8 file with an operator whose arithmetic we do not
 * know. Throws those of quantize, and SHAPE_MISMATCH for images of another shape.
 */
export function measureFile(
  file: Uint8Array,
  imported: Imported,
  {data, images, weightScale, ...watch}: MeasureOptions,
): FileMeasurement | undefined {
  const {model} = imported
  checkShape(model.network, data)
  const size = elements(model.network.input)
  const {training, test} = data
  const count = Math.min(images ?? test.labels.length, test.labels.length)
  const calibration = training.images.subarray(0, CALIBRATION * size)
  const integers = (scale: number | undefined): IntegerNetwork =>
    quantize(model, calibration, scale === undefined ? {} : {weightScale: scale}).network
  const taken = imported.kind === "integer" && weightScale === undefined ? imported.network : integers(weightScale)
  const lowered = lower(model)
  const own: Answers | undefined =
    imported.report.verdict === "float" ? (bytes) => runFloat(lowered, toValues(bytes)) : fileAnswers(file)
  if (own === undefined) return undefined
  const grid = imported.kind === "float" && imported.report.verdict === "float" ? weightGrid(model) : undefined
  const scales = grid === undefined ? [] : [grid.scale, grid.careless]
  const others = scales.map((scale) => ({scale, network: integers(scale), right: 0}))
  // What was taken over bit for bit is compared in the file's own 8 bits.
  const narrow = imported.kind === "integer" && taken === imported.network && taken.logits8 !== undefined
  const {fraction} = at(taken.layers, taken.layers.length - 1).output.format
  const unit = 2 ** ((narrow ? (taken.logits8?.shift ?? 0) : 0) - fraction)
  const found = {before: 0, after: 0, agree: 0, largest: 0, squared: 0, span: 0, results: 0}
  for (let from = 0; from < count; from += BATCH) {
    if (watch.signal?.aborted === true) throw interrupted("quantize")
    watch.onProgress?.({stage: "quantize", done: from, total: count, unit: "images"})
    const some = Math.min(BATCH, count - from)
    const bytes = test.images.subarray(from * size, (from + some) * size)
    const run = (network: IntegerNetwork) =>
      runGolden(network, toElements(bytes, network.input.format.bits), some).outputs
    const outputs = run(taken)
    const results = narrow ? logits8(taken, outputs) : outputs
    const width = results.length / some
    for (let n = 0; n < some; n++) {
      const before = own(bytes.subarray(n * size, (n + 1) * size))
      const after = results.subarray(n * width, (n + 1) * width)
      const [was, is, label] = [largest(before), largest(after), test.labels[from + n]]
      if (was === label) found.before++
      if (is === label) found.after++
      if (was === is) found.agree++
      for (const [i, value] of before.entries()) {
        const error = Math.abs(value - (after[i] ?? 0) * unit)
        found.largest = Math.max(found.largest, error)
        found.squared += error * error
        found.span = Math.max(found.span, Math.abs(value))
      }
      found.results += width
    }
    for (const other of others) {
      const wide = run(other.network)
      for (let n = 0; n < some; n++)
        if (largest(wide.subarray(n * width, (n + 1) * width)) === test.labels[from + n]) other.right++
    }
  }
  watch.onProgress?.({stage: "quantize", done: count, total: count, unit: "images"})
  const percent = (right: number) => (100 * right) / count
  return {
    data: data.name,
    images: count,
    before: percent(found.before),
    after: percent(found.after),
    agree: found.agree,
    logits: {largest: found.largest, rms: Math.sqrt(found.squared / found.results), span: found.span},
    ...(others.length === 0 ? {} : {scaled: others.map(({scale, right}) => ({scale, accuracy: percent(right)}))}),
  }
}
