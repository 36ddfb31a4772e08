import {at, bug, TlastError} from "../errors.ts"
import {largest, runGolden, traceGolden} from "../golden/run.ts"
import {formatName, formatRange, type Range, signedBits} from "../graph/format.ts"
import {type IntegerLayer, type IntegerNetwork, isLinearLayer} from "../graph/integer.ts"
import {accumulatorRange, addRange, addShifts, averageRange, tensorRanges} from "../graph/range.ts"
import {elements} from "../graph/shape.ts"
import type {Watch} from "../progress.ts"
import {toValues} from "./calibrate.ts"
import {runFloat, traceFloat} from "./float.ts"
import type {Formats} from "./formats.ts"
import {gridValue} from "./kinds/linear.ts"
import {isLinear, type Lowered, type LoweredLinear, type LoweredNarrowing, narrows} from "./lower.ts"

/** Whole images, a byte an element, and the class of each. */
export interface LabelledImages {
  readonly pixels: Uint8Array
  readonly labels: Uint8Array
}

export interface QuantizeReport {
  readonly network: string
  readonly rounding: string
  readonly overflow: string
  /** "u8.8" */
  readonly input: string
  /** Percent of the test images, by the float and the integer network; present with labelled images. */
  readonly accuracy?: {
    readonly float: number
    readonly quantised: number
    /** quantised - float, in points. */
    readonly difference: number
    readonly images: number
    /** Images to which both networks give the same class. */
    readonly agree: number
  }
  /** Images the errors below were measured on. */
  readonly images: number
  readonly layers: readonly QuantizedLayer[]
}

/** One layer that computes. Errors are in the units of the float network. */
export interface QuantizedLayer {
  readonly name: string
  readonly kind: LoweredNarrowing["kind"]
  /** 0 where it has no weights: avgPool2d and add. */
  readonly weightBits: number
  /** Smallest and largest over output channels; 0 without weights, as are the counts of weights. */
  readonly weightFraction: readonly [number, number]
  readonly output: string
  readonly accumulatorBits: number
  readonly shift: readonly [number, number]
  readonly weights: number
  readonly zeroWeights: number
  /** Weights cut to the ends of their range. */
  readonly saturatedWeights: number
  readonly weightError: {readonly rms: number; readonly largest: number}
  readonly outputs: number
  /** Outputs whose float value lies outside the integers' range. */
  readonly saturatedOutputs: number
  /** Signal to noise is null where there is no noise, or no signal. */
  readonly outputError: {readonly rms: number; readonly largest: number; readonly signalToNoiseDb: number | null}
}

const mostImages = 64
const batch = 500

/** What people ask first: accuracy before and after, then each layer's error. */
export function measure(
  lowered: Lowered,
  network: IntegerNetwork,
  formats: Formats,
  pixels: Uint8Array,
  test: (LabelledImages & {readonly before?: Lowered}) | undefined,
  watch: Watch,
): QuantizeReport {
  const size = elements(lowered.input)
  const images = Math.min(mostImages, Math.floor(pixels.length / size))
  const errors = outputErrors(lowered, network, pixels, images)
  const accuracy = test === undefined ? undefined : accuracies(test.before ?? lowered, network, test, watch)
  return {
    network: network.name,
    rounding: formats.rounding,
    overflow: formats.overflow,
    input: formatName(network.input.format),
    ...(accuracy === undefined ? {} : {accuracy}),
    images,
    layers: lowered.layers.filter(narrows).map((layer) => layerReport(layer, network, formats, errors)),
  }
}

interface Errors {
  squared: number
  signal: number
  largest: number
  saturated: number
  count: number
}

function layerReport(
  layer: LoweredNarrowing,
  network: IntegerNetwork,
  formats: Formats,
  errors: ReadonlyMap<string, Errors>,
): QuantizedLayer {
  const made = network.layers.find(({name}) => name === layer.name)
  if (made === undefined) throw bug("measure", `${layer.name} is not in the integer network`)
  const output = errors.get(layer.name) ?? {squared: 0, signal: 0, largest: 0, saturated: 0, count: 1}
  const shifts = "requantise" in made ? (made.requantise?.shifts ?? [0]) : [0]
  return {
    name: layer.name,
    kind: layer.kind,
    ...(isLinear(layer) ? weightsReport(layer, made, formats) : NO_WEIGHTS),
    output: formatName(made.output.format),
    accumulatorBits: Math.max(...sums(made, network).map(signedBits)),
    shift: span(shifts),
    outputs: output.count,
    saturatedOutputs: output.saturated,
    outputError: {
      rms: Math.sqrt(output.squared / output.count),
      largest: output.largest,
      signalToNoiseDb:
        output.squared === 0 || output.signal === 0 ? null : 10 * Math.log10(output.signal / output.squared),
    },
  }
}

type WeightsReport = Pick<
  QuantizedLayer,
  "weightBits" | "weightFraction" | "weights" | "zeroWeights" | "saturatedWeights" | "weightError"
>

const NO_WEIGHTS: WeightsReport = {
  weightBits: 0,
  weightFraction: [0, 0],
  weights: 0,
  zeroWeights: 0,
  saturatedWeights: 0,
  weightError: {rms: 0, largest: 0},
}

function weightsReport(layer: LoweredLinear, made: IntegerLayer, formats: Formats): WeightsReport {
  const range = formats.layers[layer.name]?.weights?.range
  if (!isLinearLayer(made) || range === undefined) throw bug("measure", `${layer.name} has no weights`)
  const taps = made.weights.length / made.bias.length
  let saturatedWeights = 0
  let squared = 0
  let worst = 0
  for (const [i, weight] of layer.weights.entries()) {
    const fraction = at(made.weightFractions, Math.floor(i / taps))
    const free = gridValue(weight, fraction, formats.weightScale)
    if (free < range.min || free > range.max) saturatedWeights++
    const error = Math.abs(weight - at(made.weights, i) * 2 ** -fraction)
    squared += error * error
    worst = Math.max(worst, error)
  }
  return {
    weightBits: made.weightBits,
    weightFraction: span(made.weightFractions),
    weights: made.weights.length,
    zeroWeights: made.weights.reduce((count, weight) => count + (weight === 0 ? 1 : 0), 0),
    saturatedWeights,
    weightError: {rms: Math.sqrt(squared / made.weights.length), largest: worst},
  }
}

/** What a layer's accumulators can reach. */
function sums(layer: IntegerLayer, network: IntegerNetwork): readonly Range[] {
  const known = tensorRanges(network)
  const ranges = layer.inputs.map((name) => known.get(name) ?? formatRange(network.input.format))
  const input = at(ranges, 0)
  if (isLinearLayer(layer)) return accumulatorRange(layer, input)
  if (layer.kind === "avgPool2d") return [averageRange(layer, input)]
  if (layer.kind !== "add") return ranges
  const [left, right] = layer.inputs.map(
    (name) => network.layers.find((other) => other.name === name)?.output.format ?? network.input.format,
  )
  return left && right ? [addRange(layer, ranges, addShifts(left, right))] : ranges
}

/** Each layer's integers, as values, against the float network's, image by image. */
function outputErrors(lowered: Lowered, network: IntegerNetwork, pixels: Uint8Array, images: number) {
  const size = elements(lowered.input)
  const errors = new Map<string, Errors>()
  for (let n = 0; n < images; n++) {
    const bytes = pixels.subarray(n * size, (n + 1) * size)
    const floats = traceFloat(lowered, toValues(bytes))
    const integers = traceGolden(network, toElements(bytes, network.input.format.bits))
    for (const [i, layer] of network.layers.entries()) {
      const sum = errors.get(layer.name) ?? {squared: 0, signal: 0, largest: 0, saturated: 0, count: 0}
      errors.set(layer.name, sum)
      add(sum, layer, at(floats, i), integers.get(layer.name) ?? new Int32Array(0))
    }
  }
  return errors
}

function add(sum: Errors, {output: {format}}: IntegerLayer, floats: Float64Array, integers: Int32Array): void {
  const scale = 2 ** -format.fraction
  const {min, max} = formatRange(format)
  sum.count += integers.length
  for (let i = 0; i < integers.length; i++) {
    const value = at(floats, i)
    const error = Math.abs(value - at(integers, i) * scale)
    sum.squared += error * error
    sum.signal += value * value
    sum.largest = Math.max(sum.largest, error)
    if (value > (max + 0.5) * scale || value < (min - 0.5) * scale) sum.saturated++
  }
}

function accuracies(lowered: Lowered, network: IntegerNetwork, {pixels, labels}: LabelledImages, watch: Watch) {
  const size = elements(lowered.input)
  const images = labels.length
  if (images === 0 || pixels.length !== images * size)
    throw new TlastError({
      code: "INPUT_SIZE",
      where: `network ${network.name}`,
      message: `found ${pixels.length} bytes of images and ${images} labels, expected ${size} bytes a label`,
      hint: "pass images and labels of the same set",
    })
  let float = 0
  let quantised = 0
  let agree = 0
  for (let from = 0; from < images; from += batch) {
    step(watch, from, images)
    const to = Math.min(images, from + batch)
    const bytes = pixels.subarray(from * size, to * size)
    const {classes} = runGolden(network, toElements(bytes, network.input.format.bits), to - from)
    for (let n = 0; n < to - from; n++) {
      const before = largest(runFloat(lowered, toValues(bytes.subarray(n * size, (n + 1) * size))))
      if (before === labels[from + n]) float++
      if (classes[n] === labels[from + n]) quantised++
      if (before === classes[n]) agree++
    }
  }
  step(watch, images, images)
  const percent = (count: number) => (100 * count) / images
  const difference = (100 * (quantised - float)) / images
  return {float: percent(float), quantised: percent(quantised), difference, images, agree}
}

function step({onProgress, signal}: Watch, done: number, total: number): void {
  if (signal?.aborted === true)
    throw new TlastError({
      code: "INTERRUPTED",
      where: "quantize",
      message: `stopped after ${done} of ${total} images`,
      hint: "run the command again: finished stages are kept",
      exitCode: 130,
    })
  onProgress?.({stage: "quantize", done, total, unit: "images"})
}

/** Bytes of images to the integers a network of so many input bits takes. */
export const toElements = (bytes: Uint8Array, bits: number): Uint8Array => bytes.map((byte) => byte >> (8 - bits))

const span = (values: readonly number[]): readonly [number, number] => [Math.min(...values), Math.max(...values)]
