import {at, bug} from "../errors.ts"
import type {NumberFormat, Overflow, Range, Rounding} from "../graph/format.ts"
import {bits, checkNames, checkScales} from "./bits.ts"
import {calibrate} from "./calibrate.ts"
import {kindOf} from "./kinds.ts"
import {isLinear, type Lowered, narrows} from "./lower.ts"

/** Bits a tensor or layer; a record gives single layers their own, by name, and `default` the rest. */
export type Bits = number | Readonly<Record<string, number>>

export interface FormatOptions {
  /** 1 to 8, default 8: an image's byte b becomes b >> (8 - inputBits). */
  readonly inputBits?: number
  /** 1 to 8, default 8; 1 is binary (-1 or +1), 2 is ternary. */
  readonly weightBits?: Bits
  /** 1 to 8, default 8: what each layer that computes (conv2d, depthwiseConv2d, dense, avgPool2d, add) sends on. */
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

export interface WeightFormat {
  readonly bits: number
  /** Integers a weight may become; of 1 bit only its two ends. */
  readonly range: Range
  /** One per output channel. */
  readonly fractions: readonly number[]
}

export interface LayerFormat {
  /** Of conv2d, depthwiseConv2d and dense. */
  readonly weights?: WeightFormat
  /** Absent where the layer sends its accumulators. */
  readonly output?: NumberFormat
}

/** Every number format of a network to be: frozen during quantisation-aware training, then applied. */
export interface Formats {
  readonly input: NumberFormat
  /** By name, of every layer that computes new numbers. */
  readonly layers: Readonly<Record<string, LayerFormat>>
  readonly rounding: Rounding
  readonly overflow: Overflow
  readonly weightScale?: number
  /** Shift of the last accumulators to int8, where all is 8 bits and rounded as LiteRT does. */
  readonly logitsShift?: number
}

/** Power-of-two scales of least squared error: weights from themselves, activations from calibration images (bytes). */
export function chooseFormats(network: Lowered, pixels: Uint8Array, options: FormatOptions = {}): Formats {
  const inputBits = bits("inputBits", "input", options.inputBits ?? 8)
  const input = {bits: inputBits, signed: false, fraction: inputBits}
  const computing = network.layers.filter(narrows)
  checkNames(options, computing)
  checkScales(options)
  const last = network.layers.at(-1)
  const each = new Map(
    computing.map((layer) => {
      const sends = layer === last && isLinear(layer) && !layer.relu
      const weightBits = isLinear(layer) ? bits("weightBits", layer.name, of(options.weightBits, layer.name)) : 8
      const activationBits = bits("activationBits", layer.name, of(options.activationBits, layer.name))
      return [layer.name, {weightBits, activationBits, sends}]
    }),
  )
  const eight =
    inputBits === 8 && [...each.values()].every((l) => l.weightBits === 8 && (l.sends || l.activationBits === 8))
  const rounding = options.rounding ?? (eight ? "tflite" : "half-up")
  const values = calibrate(network, pixels)
  const layers: Record<string, LayerFormat> = Object.create(null)
  const known = new Map<string, NumberFormat>([["input", input]])
  for (const layer of network.layers) {
    const inputs = layer.inputs.map((name) => known.get(name) ?? unknown(name))
    const chosen = each.get(layer.name)
    if (chosen === undefined) {
      known.set(layer.name, at(inputs, 0))
      continue
    }
    const seen = values.get(layer.name) ?? new Float64Array(0)
    const made = kindOf(layer).format?.(layer, {...chosen, inputs, values: seen, rounding, options})
    if (made === undefined) throw bug("chooseFormats", `${layer.kind} has no formats of its own`)
    layers[layer.name] = made
    const sums = at(inputs, 0).fraction + (made.weights?.fractions[0] ?? 0)
    known.set(layer.name, made.output ?? {bits: 32, signed: true, fraction: sums})
  }
  const logits = last !== undefined && each.get(last.name)?.sends === true && eight && rounding === "tflite"
  return {
    input,
    layers,
    rounding,
    overflow: options.overflow ?? "saturate",
    ...(options.weightScale === undefined ? {} : {weightScale: options.weightScale}),
    ...(logits ? {logitsShift: logitsShift(values.get(last.name) ?? [], known.get(last.name)?.fraction ?? 0)} : {}),
  }
}

/** The finest int8 grid on which no calibration logit saturates. */
function logitsShift(logits: ArrayLike<number>, fraction: number): number {
  let largest = 2 ** -fraction
  for (let i = 0; i < logits.length; i++) largest = Math.max(largest, Math.abs(at(logits, i)))
  const finest = Math.floor(Math.log2(127 / largest))
  return Math.min(Math.max(fraction - finest, 0), 31)
}

const of = (given: Bits | undefined, name: string): number =>
  typeof given === "object" ? ((Object.hasOwn(given, name) ? given[name] : given.default) ?? 8) : (given ?? 8)

const unknown = (name: string): never => {
  throw bug("chooseFormats", `nothing before it makes ${name}`)
}
