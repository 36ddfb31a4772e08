import {at} from "../errors.ts"
import {formatRange, type NumberFormat, type Overflow, type Rounding} from "../graph/format.ts"
import type {IntegerLayer, IntegerNetwork, Requantise} from "../graph/integer.ts"
import {elements, type Shape} from "../graph/shape.ts"
import {generator} from "../simulate/stall.ts"

/** A linear layer of a recipe. */
export interface LinearRecipe {
  readonly kind: "conv2d" | "dense"
  /** Channels out. */
  readonly units: number
  /** Height and width of a conv2d's kernel; 1, 1 for dense. */
  readonly kernel: readonly [number, number]
  readonly weightBits: number
  /** Of a conv2d: adders between two registers. */
  readonly addersPerStage?: 1 | 2
  /** Of a conv2d: instead of the planner's choice. */
  readonly engine?: "constant" | "serial"
  /** May be left out on the last layer, which then sends its accumulators. */
  readonly output?: {
    readonly bits: number
    readonly signed: boolean
    readonly rounding: Rounding
    readonly overflow: Overflow
    readonly relu: boolean
    /** Each channel its own shift. */
    readonly perChannel: boolean
  }
}
export interface PoolRecipe {
  readonly kind: "maxPool2d"
  readonly size: readonly [number, number]
}

/** A random network in few words: what a failure is shrunk in and stored as. The same recipe makes the same network. */
export interface Recipe {
  readonly seed: number
  readonly input: {readonly shape: Shape; readonly bits: number; readonly signed: boolean}
  readonly layers: readonly (LinearRecipe | PoolRecipe)[]
  readonly lanes: number
}

const roundings: readonly Rounding[] = ["floor", "half-up", "half-even", "tflite"]

/**
 * A recipe of the class the planner builds: chains of convolutions and pools, then dense layers; or dense layers alone. Lanes
 * are ones such an image can have.
 */
export function randomRecipe(seed: number): Recipe {
  const random = generator(seed)
  const integer = (min: number, max: number) => min + Math.floor(random() * (max - min + 1))
  const pick = <T>(list: readonly T[]): T => at(list, integer(0, list.length - 1))
  const kernel = [1, 1] as const
  const layers: (LinearRecipe | PoolRecipe)[] = []
  const shape = {height: integer(1, 11), width: integer(1, 12), channels: pick([1, 1, 1, 2, 3, 4, 8])}
  let {height, width} = shape
  const requantised = () => {
    const signed = random() < 0.2
    return {
      bits: pick([signed ? 2 : 1, 2, 3, 4, 5, 6, 7, 8, 8]),
      signed,
      rounding: pick(roundings),
      overflow: pick(["saturate", "saturate", "wrap"] as const),
      relu: random() < 0.7,
      perChannel: random() < 0.3,
    }
  }
  const pool = () => {
    const size = [integer(1, Math.min(4, height)), integer(1, Math.min(4, width))] as const
    if (size[0] * size[1] === 1) return
    layers.push({kind: "maxPool2d", size})
    height = Math.floor(height / size[0])
    width = Math.floor(width / size[1])
  }
  if (random() < 0.05) pool()
  for (let depth = pick([0, 1, 1, 1, 2, 2, 3]); depth > 0; depth--) {
    const kernel = [integer(1, Math.min(5, height)), integer(1, Math.min(5, width))] as const
    const built = pick([{}, {}, {addersPerStage: 2}, {engine: "constant"}, {engine: "serial"}] as const)
    const shared = {units: integer(1, 6), weightBits: integer(2, 8), output: requantised()}
    layers.push({kind: "conv2d", kernel, ...shared, ...built})
    height -= kernel[0] - 1
    width -= kernel[1] - 1
    if (random() < 0.6) pool()
  }
  for (let depth = pick([0, 0, 0, 1, 2]); depth > 0; depth--)
    layers.push({kind: "dense", units: integer(1, 12), kernel, weightBits: integer(2, 8), output: requantised()})
  const last = {kind: "dense", units: integer(1, 12), kernel, weightBits: integer(2, 8)} as const
  layers.push(random() < 0.15 ? {...last, output: requantised()} : last)
  const signed = random() < 0.15
  const bits = pick([signed ? 2 : 1, 2, 3, 4, 7, 8, 8])
  const lanes = pick([1, 2, 4, 8, 16].filter((count) => divides(shape, bits, count)))
  // The serial engine reads a position at a time: behind a beat of more the planner refuses it.
  const wide = lanes > shape.channels
  const built = layers.map((layer, index) => {
    if (!wide || index > 0 || layer.kind !== "conv2d") return layer
    const {engine: _, ...free} = layer
    return free
  })
  return {seed, input: {shape, bits, signed}, layers: built, lanes}
}

/** Whether an image can come so many elements a beat: whole beats, whole pixels, no longer than a row, 64 bits. */
function divides(shape: Shape, bits: number, lanes: number): boolean {
  const {height, width, channels} = shape
  const slot = bits <= 2 ? bits : bits <= 4 ? 4 : 8
  if (elements(shape) % lanes !== 0 || lanes * slot > 64) return false
  if (lanes % channels !== 0 && channels % lanes !== 0) return false
  return height === 1 || lanes / channels <= width
}

/** The network of a recipe: random weights of every density, biases, and shifts that leave ordinary and extreme results. */
export function networkOf(recipe: Recipe): IntegerNetwork {
  const random = generator(recipe.seed ^ 0x5bd1e995)
  const integer = (min: number, max: number) => min + Math.floor(random() * (max - min + 1))
  const format: NumberFormat = {bits: recipe.input.bits, signed: recipe.input.signed, fraction: recipe.input.bits}
  let from = {name: "input", shape: recipe.input.shape, format}
  const layers: IntegerLayer[] = []
  const append = (layer: IntegerLayer) => {
    layers.push(layer)
    from = {name: layer.name, ...layer.output}
  }
  for (const [index, layer] of recipe.layers.entries()) {
    const base = {name: `layer${index}`, inputs: [from.name]}
    if (layer.kind === "maxPool2d") {
      const [height, width] = layer.size
      const shape = {
        height: Math.floor(from.shape.height / height),
        width: Math.floor(from.shape.width / width),
        channels: from.shape.channels,
      }
      append({...base, kind: "maxPool2d", size: {height, width}, output: {shape, format: from.format}})
      continue
    }
    if (layer.kind === "dense" && from.shape.height * from.shape.width > 1) {
      const shape = {height: 1, width: 1, channels: elements(from.shape)}
      append({...base, name: `flatten${index}`, kind: "flatten", output: {shape, format: from.format}})
      base.inputs = [from.name]
    }
    const [kh, kw] = layer.kernel
    const taps = layer.kind === "dense" ? elements(from.shape) : kh * kw * from.shape.channels
    const most = 2 ** (layer.weightBits - 1)
    const density = random()
    const weights = Int8Array.from({length: layer.units * taps}, () =>
      random() < density ? integer(-most, most - 1) : 0,
    )
    const {min, max} = formatRange(from.format)
    const typical = Math.max(1, most * Math.max(max, -min) * Math.sqrt(taps * density + 1) * 0.5)
    const bias = Int32Array.from({length: layer.units}, () => integer(-Math.round(typical), Math.round(typical)))
    const fraction = layer.weightBits - 1
    const extra = Array.from({length: layer.units}, () => (layer.output?.perChannel ? integer(0, 2) : 0))
    const shift = Math.max(0, Math.round(Math.log2(typical)) + 1 - (layer.output?.bits ?? 0) + integer(-1, 1))
    const output = layer.output
    const requantise: Requantise | undefined = output && {
      shifts: extra.map((n) => shift + n),
      rounding: output.rounding,
      relu: output.relu,
      overflow: output.overflow,
    }
    const shape =
      layer.kind === "dense"
        ? {height: 1, width: 1, channels: layer.units}
        : {height: from.shape.height - kh + 1, width: from.shape.width - kw + 1, channels: layer.units}
    const common = {
      ...base,
      weights,
      weightBits: layer.weightBits,
      weightFractions: extra.map((n) => fraction + n),
      bias,
      ...(requantise === undefined ? {} : {requantise}),
      output: {
        shape,
        format: output
          ? {bits: output.bits, signed: output.signed, fraction: from.format.fraction + fraction - shift}
          : {bits: 32, signed: true, fraction: from.format.fraction + fraction},
      },
    }
    append(
      layer.kind === "dense"
        ? {kind: "dense", ...common}
        : {kind: "conv2d", kernel: {height: kh, width: kw}, ...common},
    )
  }
  return {name: `fuzz${recipe.seed}`, input: {shape: recipe.input.shape, format}, layers}
}

/** Images for it: zeros, the largest and the smallest value, then random ones. */
export function imagesOf(recipe: Recipe, count: number): Int32Array {
  const random = generator(recipe.seed ^ 0x1b873593)
  const {shape, bits, signed} = recipe.input
  const {min, max} = formatRange({bits, signed, fraction: 0})
  const size = elements(shape)
  return Int32Array.from({length: size * count}, (_, i) => {
    const image = Math.floor(i / size)
    return image === 0 ? 0 : image === 1 ? max : image === 2 ? min : min + Math.floor(random() * (max - min + 1))
  })
}
