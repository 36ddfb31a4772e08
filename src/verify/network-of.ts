import {at} from "../errors.ts"
import {formatRange, type NumberFormat} from "../graph/format.ts"
import {geometry, poolGeometry} from "../graph/geometry.ts"
import type {IntegerLayer, IntegerNetwork, Requantise} from "../graph/integer.ts"
import {addShifts} from "../graph/range.ts"
import {elements, type Shape} from "../graph/shape.ts"
import {generator} from "../simulate/stall.ts"
import {normalisedNetwork} from "./normalised.ts"
import type {
  AddRecipe,
  AvgPoolRecipe,
  LayerRecipe,
  LinearRecipe,
  MaxPoolRecipe,
  OutputRecipe,
  Recipe,
} from "./recipe.ts"

interface Tensor {
  readonly name: string
  readonly shape: Shape
  readonly format: NumberFormat
}

/** What the layers of a recipe are made with: the tensors before them, newest last, and one stream of random numbers. */
interface Making {
  readonly layers: IntegerLayer[]
  /** The image, then the output of each layer of the recipe. */
  readonly tensors: Tensor[]
  readonly random: () => number
  readonly integer: (min: number, max: number) => number
}

type Maker<K extends LayerRecipe["kind"]> = (
  making: Making,
  recipe: Extract<LayerRecipe, {readonly kind: K}>,
  name: string,
) => IntegerLayer

const makers: {readonly [K in LayerRecipe["kind"]]: Maker<K>} = {
  conv2d: linear,
  depthwiseConv2d: linear,
  dense: linear,
  maxPool2d,
  avgPool2d,
  add,
}

/** The network of a recipe: random weights of every density, biases, and shifts that leave ordinary and extreme results. */
export function networkOf(recipe: Recipe): IntegerNetwork {
  if (recipe.normalised) return normalisedNetwork(recipe)
  const random = generator(recipe.seed ^ 0x5bd1e995)
  const integer = (min: number, max: number) => min + Math.floor(random() * (max - min + 1))
  const {shape, bits, signed} = recipe.input
  const format: NumberFormat = {bits, signed, fraction: bits}
  const making: Making = {layers: [], tensors: [{name: "input", shape, format}], random, integer}
  for (const [index, layer] of recipe.layers.entries()) {
    const make = makers[layer.kind] as (making: Making, recipe: LayerRecipe, name: string) => IntegerLayer
    const made = make(making, layer, `layer${index}`)
    making.layers.push(made)
    making.tensors.push({name: made.name, ...made.output})
  }
  return {name: `fuzz${recipe.seed}`, input: {shape, format}, layers: making.layers}
}

const newest = ({tensors}: Making): Tensor => at(tensors, tensors.length - 1)

function linear(making: Making, recipe: LinearRecipe, name: string): IntegerLayer {
  const {layers, random, integer} = making
  let from = newest(making)
  if (recipe.kind === "dense" && from.shape.height * from.shape.width > 1) {
    const shape = {height: 1, width: 1, channels: elements(from.shape)}
    const flat = {kind: "flatten", name: name.replace("layer", "flatten"), inputs: [from.name]} as const
    layers.push({...flat, output: {shape, format: from.format}})
    from = {name: flat.name, shape, format: from.format}
  }
  const [height, width] = recipe.kernel
  const units = recipe.kind === "depthwiseConv2d" ? from.shape.channels : recipe.units
  const area = height * width
  const taps =
    recipe.kind === "dense" ? elements(from.shape) : recipe.kind === "conv2d" ? area * from.shape.channels : area
  const {weightBits, output} = recipe
  const most = 2 ** (weightBits - 1)
  const density = random()
  const weight = () => (weightBits === 1 ? integer(0, 1) * 2 - 1 : random() < density ? integer(-most, most - 1) : 0)
  const weights = Int8Array.from({length: units * taps}, weight)
  const {min, max} = formatRange(from.format)
  const typical = Math.max(1, most * Math.max(max, -min) * Math.sqrt(taps * density + 1) * 0.5)
  const bias = Int32Array.from({length: units}, () => integer(-Math.round(typical), Math.round(typical)))
  const fraction = weightBits - 1
  const extra = Array.from({length: units}, () => (output?.perChannel ? integer(0, 2) : 0))
  const shift = Math.max(0, Math.round(Math.log2(typical)) + 1 - (output?.bits ?? 0) + integer(-1, 1))
  const windows = {
    kernel: {height, width},
    ...(recipe.stride && {stride: {height: recipe.stride[0], width: recipe.stride[1]}}),
    ...(recipe.padding && {padding: recipe.padding}),
  }
  const shape =
    recipe.kind === "dense"
      ? {height: 1, width: 1, channels: units}
      : {...geometry(windows, from.shape).output, channels: units}
  const common = {
    name,
    inputs: [from.name],
    weights,
    weightBits,
    weightFractions: extra.map((n) => fraction + n),
    bias,
    ...(output && {requantise: {...ruleOf(output), shifts: extra.map((n) => shift + n)}}),
    output: {
      shape,
      format: output
        ? {bits: output.bits, signed: output.signed, fraction: from.format.fraction + fraction - shift}
        : {bits: 32, signed: true, fraction: from.format.fraction + fraction},
    },
  }
  return recipe.kind === "dense" ? {kind: "dense", ...common} : {kind: recipe.kind, ...windows, ...common}
}

const ruleOf = ({rounding, relu, overflow}: OutputRecipe): Omit<Requantise, "shifts"> => ({rounding, relu, overflow})

function maxPool2d(making: Making, {size}: MaxPoolRecipe, name: string): IntegerLayer {
  const from = newest(making)
  const [height, width] = size
  const shape = {...poolGeometry({height, width}, from.shape).output, channels: from.shape.channels}
  return {kind: "maxPool2d", name, inputs: [from.name], size: {height, width}, output: {shape, format: from.format}}
}

function avgPool2d(making: Making, {size, output}: AvgPoolRecipe, name: string): IntegerLayer {
  const from = newest(making)
  const window = {height: size[0], width: size[1]}
  const {channels} = from.shape
  const shape = {...poolGeometry(window, from.shape).output, channels}
  // LiteRT's keeps the format. Otherwise a step finer or coarser than the input's, so that both ends are met.
  const tflite = output.rounding === "tflite"
  const step = tflite ? 0 : making.integer(-1, 1) + from.format.bits - output.bits
  const shift = tflite ? 0 : Math.max(0, Math.min(31, 16 + step))
  return {
    kind: "avgPool2d",
    name,
    inputs: [from.name],
    size: window,
    requantise: {...ruleOf(output), shifts: Array.from({length: channels}, () => shift)},
    output: {
      shape,
      format: tflite
        ? from.format
        : {bits: output.bits, signed: output.signed, fraction: from.format.fraction + 16 - shift},
    },
  }
}

function add(making: Making, {back, output}: AddRecipe, name: string): IntegerLayer {
  const {tensors, integer} = making
  const right = newest(making)
  const left = at(tensors, Math.max(0, tensors.length - 1 - back))
  const shifts = addShifts(left.format, right.format)
  const finer = Math.max(left.format.fraction, right.format.fraction)
  const widest = Math.max(left.format.bits + shifts[0], right.format.bits + shifts[1]) + 1
  const shift = Math.max(0, Math.min(31, widest - output.bits + integer(-1, 1)))
  return {
    kind: "add",
    name,
    inputs: [left.name, right.name],
    requantise: {...ruleOf(output), shifts: Array.from({length: right.shape.channels}, () => shift)},
    output: {
      shape: right.shape,
      format: {bits: output.bits, signed: output.signed, fraction: finer - shift},
    },
  }
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
