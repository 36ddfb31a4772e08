import {at, TlastError} from "../errors.ts"
import {formatRange, type NumberFormat, type Overflow, type Range, type Rounding} from "../graph/format.ts"
import {elements} from "../graph/shape.ts"
import {traceFloat} from "./float.ts"
import {isLinear, type Lowered, type LoweredLayer, type LoweredLinear} from "./lower.ts"
import {bestFormat, bestFraction, weightRange} from "./scale.ts"

/** Bits a tensor or layer; a record gives single layers their own, by name, and `default` the rest. */
export type Bits = number | Readonly<Record<string, number>>

export interface FormatOptions {
  /** 1 to 8, default 8: an image's byte b becomes b >> (8 - inputBits). */
  readonly inputBits?: number
  /** 2 to 8, default 8; 2 is ternary. */
  readonly weightBits?: Bits
  /** 1 to 8, default 8: what each conv2d and dense but the last sends on. */
  readonly activationBits?: Bits
  /** One weight scale per output channel (not in the last layer, whose outputs are compared with each other). */
  readonly perChannel?: boolean
  /** The same fraction for every weight instead of the best one: 7 is 1+7 fixed point, -1 to 127/128. */
  readonly weightFraction?: number
  /** Weights are trunc(w x weightScale) instead of the nearest; 127 or 128, say. */
  readonly weightScale?: number
  /** Default `tflite` where input, weights and activations are all 8 bits, else `half-up`. */
  readonly rounding?: Rounding
  /** Default `saturate`. */
  readonly overflow?: Overflow
}

export interface LayerFormat {
  readonly weightBits: number
  readonly weightRange: Range
  /** One per output channel. */
  readonly weightFractions: readonly number[]
  /** Absent where the layer sends its accumulators. */
  readonly output?: NumberFormat
}

/** Every number format of a network to be: frozen during quantisation-aware training, then applied. */
export interface Formats {
  readonly input: NumberFormat
  readonly layers: Readonly<Record<string, LayerFormat>>
  readonly rounding: Rounding
  readonly overflow: Overflow
  readonly weightScale?: number
  /** Shift of the last accumulators to int8, where all is 8 bits and rounded as LiteRT does. */
  readonly logitsShift?: number
}

const mostImages = 256
const mostValues = 1 << 19

/** Power-of-two scales of least squared error: weights from themselves, activations from calibration images (bytes). */
export function chooseFormats(network: Lowered, pixels: Uint8Array, options: FormatOptions = {}): Formats {
  const inputBits = bits("inputBits", "input", options.inputBits ?? 8, 1)
  const input = {bits: inputBits, signed: false, fraction: inputBits}
  const linear = network.layers.filter(isLinear)
  checkNames(options, linear)
  const each = linear.map((layer) => ({
    layer,
    weightBits: bits("weightBits", layer.name, of(options.weightBits, layer.name), 2),
    activationBits: bits("activationBits", layer.name, of(options.activationBits, layer.name), 1),
  }))
  const last = network.layers.at(-1)
  const eight = inputBits === 8 && each.every((l) => l.weightBits === 8 && (l.layer === last || l.activationBits === 8))
  const rounding = options.rounding ?? (eight ? "tflite" : "half-up")
  const values = calibrate(network, pixels)
  const layers: Record<string, LayerFormat> = Object.create(null)
  let fraction = input.fraction
  for (const {layer, weightBits, activationBits} of each) {
    const sends = layer === last && !layer.relu
    const chosen = weightFormat(layer, weightBits, options, sends)
    const seen = values.get(layer.name) ?? new Float64Array(0)
    const output = sends ? undefined : reachable(bestFormat(seen, activationBits, !layer.relu), chosen, fraction)
    const weightFractions = output === undefined ? chosen : chosen.map((f) => Math.max(f, output.fraction - fraction))
    const forced = options.weightFraction !== undefined || options.weightScale !== undefined
    const range = forced ? formatRange({bits: weightBits, signed: true, fraction: 0}) : weightRange(weightBits)
    layers[layer.name] = {weightBits, weightRange: range, weightFractions, ...(output === undefined ? {} : {output})}
    fraction = output?.fraction ?? fraction + at(weightFractions, 0)
  }
  const logits = last !== undefined && isLinear(last) && !last.relu && eight && rounding === "tflite"
  return {
    input,
    layers,
    rounding,
    overflow: options.overflow ?? "saturate",
    ...(options.weightScale === undefined ? {} : {weightScale: options.weightScale}),
    ...(logits ? {logitsShift: logitsShift(values.get(last.name) ?? [], fraction)} : {}),
  }
}

/** The accumulator's fraction less the output's is a shift, 0 to 31: the output's fraction follows. */
function reachable(format: NumberFormat, weightFractions: readonly number[], inputFraction: number): NumberFormat {
  const finest = inputFraction + Math.max(...weightFractions)
  return {...format, fraction: Math.min(Math.max(format.fraction, finest - 31), finest)}
}

function weightFormat(layer: LoweredLinear, bits: number, options: FormatOptions, sends: boolean): readonly number[] {
  const {weights, bias} = layer
  const all = (fraction: number) => Array<number>(bias.length).fill(Math.min(Math.max(fraction, -16), 40))
  if (options.weightScale !== undefined) {
    if (!(options.weightScale > 0 && options.weightScale <= 2 ** 16))
      throw bad("weightScale", `is ${options.weightScale}`, "use a scale above 0 and at most 65,536, such as 128")
    return all(Math.round(Math.log2(options.weightScale)))
  }
  if (options.weightFraction !== undefined) {
    if (!Number.isInteger(options.weightFraction) || Math.abs(options.weightFraction) > 16)
      throw bad("weightFraction", `is ${options.weightFraction}`, "use a whole number from -16 to 16, such as 7")
    return all(options.weightFraction)
  }
  const whole = bestFraction(weights, weightRange(bits))
  if (options.perChannel !== true || sends) return all(whole)
  const taps = weights.length / bias.length
  return Array.from(bias, (_, channel) => {
    const own = weights.subarray(channel * taps, (channel + 1) * taps)
    return own.every((weight) => weight === 0) ? whole : Math.min(bestFraction(own, weightRange(bits)), whole + 8)
  })
}

/** Values each linear layer hands to the next one: past the pool, whose maxima are what clipping would hurt. */
function calibrate(network: Lowered, pixels: Uint8Array): ReadonlyMap<string, Float64Array> {
  const size = elements(network.input)
  const images = Math.floor(pixels.length / size)
  if (images === 0 || pixels.length % size !== 0)
    throw new TlastError({
      code: "NO_CALIBRATION",
      where: `network ${network.name}`,
      message: `found ${pixels.length} bytes of calibration images, expected whole images of ${size}`,
      hint: "give a few hundred images of the training set",
    })
  const step = Math.max(1, Math.floor(images / mostImages))
  const seen = new Map<string, number[]>()
  const readers = handedOn(network.layers)
  for (let n = 0; n < images; n += step) {
    const tensors = traceFloat(network, toValues(pixels.subarray(n * size, (n + 1) * size)))
    for (const [name, index] of readers) {
      const values = seen.get(name) ?? []
      seen.set(name, values)
      const tensor = at(tensors, index)
      const stride = Math.max(1, Math.ceil((tensor.length * mostImages) / mostValues))
      for (let i = n % stride; i < tensor.length; i += stride) values.push(at(tensor, i))
    }
  }
  return new Map([...seen].map(([name, values]) => [name, Float64Array.from(values)]))
}

/** For each linear layer the index of the last tensor before the next one. */
function handedOn(layers: readonly LoweredLayer[]): ReadonlyMap<string, number> {
  const readers = new Map<string, number>()
  let name: string | undefined
  for (const [index, layer] of layers.entries()) {
    if (isLinear(layer)) name = layer.name
    if (name !== undefined) readers.set(name, index)
  }
  return readers
}

/** Bytes to the values a float network is trained on. */
export const toValues = (bytes: Uint8Array): Float64Array => Float64Array.from(bytes, (byte) => byte / 256)

/** The finest int8 grid on which no calibration logit saturates. */
function logitsShift(logits: ArrayLike<number>, fraction: number): number {
  let largest = 2 ** -fraction
  for (let i = 0; i < logits.length; i++) largest = Math.max(largest, Math.abs(at(logits, i)))
  const finest = Math.floor(Math.log2(127 / largest))
  return Math.min(Math.max(fraction - finest, 0), 31)
}

const of = (given: Bits | undefined, name: string): number =>
  typeof given === "object" ? ((Object.hasOwn(given, name) ? given[name] : given.default) ?? 8) : (given ?? 8)

function bits(option: string, where: string, value: number, least: number): number {
  if (Number.isInteger(value) && value >= least && value <= 8) return value
  throw bad(option, `is ${value} for ${where}`, `use a whole number of bits from ${least} to 8`)
}

function checkNames({weightBits, activationBits}: FormatOptions, linear: readonly LoweredLinear[]): void {
  const known = linear.map((layer) => layer.name)
  for (const [option, given] of Object.entries({weightBits, activationBits}))
    for (const name of typeof given === "object" ? Object.keys(given) : [])
      if (name !== "default" && !known.includes(name))
        throw bad(option, `names "${name}"`, `this network's layers with weights are ${known.join(", ")}`)
}

const bad = (option: string, message: string, hint: string): TlastError =>
  new TlastError({code: "BAD_BITS", where: `option ${option}`, message, hint})

/** What the trainer's `fakeQuantize` option takes to train for these formats (src/train/options.ts). */
export function fakeQuantizeOf(formats: Formats) {
  const rounding: "nearest" | "floor" = formats.rounding === "floor" ? "floor" : "nearest"
  const layers = Object.entries(formats.layers).map(([name, {weightRange: weights, weightFractions, output}]) => [
    name,
    {weights, weightFractions, ...(output === undefined ? {} : {activation: output, rounding})},
  ])
  return {
    input: formats.input,
    layers: Object.fromEntries(layers) as Readonly<
      Record<
        string,
        {
          readonly weights: Range
          readonly weightFractions: readonly number[]
          readonly activation?: NumberFormat
          readonly rounding?: "nearest" | "floor"
        }
      >
    >,
  }
}
