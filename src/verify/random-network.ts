import {at} from "../errors.ts"
import type {Rounding} from "../graph/format.ts"
import {geometry} from "../graph/geometry.ts"
import {elements, type Shape} from "../graph/shape.ts"
import {generator} from "../simulate/stall.ts"
import {isLinearRecipe, type LayerRecipe, type LinearRecipe, type OutputRecipe, type Recipe} from "./recipe.ts"

const roundings: readonly Rounding[] = ["floor", "half-up", "half-even", "tflite"]
const point = [1, 1] as const

/**
 * A recipe of the class the planner builds: convolutions of every sort, pools, averages and sums over skipped layers, then dense
 * layers; or dense layers alone. Lanes are ones such an image can have.
 */
export function randomRecipe(seed: number): Recipe {
  const random = generator(seed)
  const integer = (min: number, max: number) => min + Math.floor(random() * (max - min + 1))
  const pick = <T>(list: readonly T[]): T => at(list, integer(0, list.length - 1))
  // Most are small: what is wrong shows in them too, and ten of them cost as much as a large one.
  const mostly = (few: number, many: number) => integer(1, random() < 0.8 ? few : many)
  const layers: LayerRecipe[] = []
  const input: Shape = {height: mostly(7, 11), width: mostly(8, 12), channels: pick([1, 1, 1, 1, 2, 2, 3, 4, 8])}
  const signedInput = random() < 0.15
  const inputBits = pick([signedInput ? 2 : 1, 2, 3, 4, 7, 8, 8])
  let shape = input
  // LiteRT's average wants 8 bits of what it reads.
  let bits = inputBits
  const requantised = (): OutputRecipe => {
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
  const put = (layer: LayerRecipe) => {
    layers.push(layer)
    if ("output" in layer && layer.output !== undefined) bits = layer.output.bits
  }
  const pool = () => {
    const size = [integer(1, Math.min(4, shape.height)), integer(1, Math.min(4, shape.width))] as const
    if (size[0] * size[1] === 1) return
    block(size)
  }
  const block = (size: readonly [number, number]) => {
    if (random() < 0.65) put({kind: "maxPool2d", size})
    else {
      const output = requantised()
      const rounding = output.rounding === "tflite" && bits !== 8 ? "half-up" : output.rounding
      put({kind: "avgPool2d", size, output: {...output, rounding, ...(rounding === "tflite" && {bits})}})
    }
    shape = {
      height: Math.floor(shape.height / size[0]),
      width: Math.floor(shape.width / size[1]),
      channels: shape.channels,
    }
  }
  const convolution = (forced: Partial<LinearRecipe> = {}) => {
    const same = forced.padding === "same" || random() < 0.25
    const most = (side: number) => Math.min(5, same ? Math.min(side + 2, 2 * side) : side)
    const kernel = [Math.min(mostly(3, 5), most(shape.height)), Math.min(mostly(3, 5), most(shape.width))] as const
    const strided = forced.padding === undefined && random() < 0.25
    const picked = pick(builds)
    // Windows one position at a time need rows of three beats between theirs.
    const short = kernel[0] === 1 || shape.width < kernel[1] + 3
    const built = short && "rows" in picked && picked.engine !== "serial" ? {engine: picked.engine} : picked
    const depthwise = random() < 0.2
    const layer: LinearRecipe = {
      kind: depthwise ? "depthwiseConv2d" : "conv2d",
      kernel,
      ...(strided && {stride: [integer(1, 3), integer(1, 3)] as const}),
      ...(same && {padding: "same" as const}),
      units: mostly(4, 6),
      weightBits: integer(1, 8),
      output: requantised(),
      ...(depthwise && "engine" in built && built.engine === "folded" ? {} : built),
      ...forced,
    }
    put(layer)
    const windows = {
      kernel: {height: kernel[0], width: kernel[1]},
      ...(layer.stride && {stride: {height: layer.stride[0], width: layer.stride[1]}}),
      ...(same && {padding: "same" as const}),
    }
    shape = {...geometry(windows, shape).output, channels: depthwise ? shape.channels : layer.units}
  }
  if (random() < 0.05) pool()
  for (let depth = pick([0, 1, 1, 1, 2, 2, 3]); depth > 0; depth--) {
    convolution()
    if (random() < 0.3) {
      const back = integer(1, 2)
      const {channels} = shape
      for (let i = 0; i < back; i++) convolution({padding: "same", units: channels})
      put({kind: "add", back, output: requantised()})
    }
    if (random() < 0.5) pool()
    else if (random() < 0.1) block([shape.height, shape.width])
  }
  for (let depth = pick([0, 0, 0, 1, 2]); depth > 0; depth--)
    put({kind: "dense", units: mostly(6, 12), kernel: point, weightBits: integer(1, 8), output: requantised()})
  const last = {kind: "dense", units: mostly(6, 12), kernel: point, weightBits: integer(1, 8)} as const
  put(random() < 0.15 ? {...last, output: requantised()} : last)
  const lanes = pick([1, 2, 4, 8, 16].filter((count) => divides(input, inputBits, count)))
  const recipe: Recipe = {
    seed,
    input: {shape: input, bits: inputBits, signed: signedInput},
    layers: layers.map(free(input, lanes)),
    lanes,
  }
  return variant(recipe, random)
}

/** Of some recipes: weights that are loaded, classes, another last layer, or a float network it was made from. */
function variant(recipe: Recipe, random: () => number): Recipe {
  if (random() < 0.1) return loadable(recipe)
  const layers = random() < 0.2 ? ended(recipe.layers, random() < 0.5) : recipe.layers
  const output = random() < 0.12 ? ({output: "class"} as const) : {}
  // Float networks read bytes of an image, and have one rounding.
  const normalised = !recipe.input.signed && random() < 0.2 ? ({normalised: true} as const) : {}
  return {...recipe, layers, ...output, ...normalised}
}

/** Without the dense layers at the end, where anything is left; a convolution then sends its accumulators, or does not. */
function ended(layers: readonly LayerRecipe[], raw: boolean): readonly LayerRecipe[] {
  const kept = layers.slice(0, layers.findLastIndex(({kind}) => kind !== "dense") + 1)
  const last = kept.at(-1)
  if (last === undefined) return layers
  if (!raw || !isLinearRecipe(last)) return kept
  const {output: _, ...sends} = last
  return kept.with(-1, sends)
}

/** As a core whose weights are loaded takes it: plain convolutions, one shift a layer, a dense layer at the end, one element a word. */
function loadable(recipe: Recipe): Recipe {
  let {height, width} = recipe.input.shape
  const layers: LayerRecipe[] = []
  for (const layer of recipe.layers) {
    if (isLinearRecipe(layer)) {
      const kernel = [Math.min(layer.kernel[0], height), Math.min(layer.kernel[1], width)] as const
      const {units, weightBits, output} = layer
      const kind = layer.kind === "dense" ? ("dense" as const) : ("conv2d" as const)
      layers.push({
        kind,
        units,
        kernel,
        weightBits: Math.max(2, weightBits),
        ...(output && {output: {...output, perChannel: false}}),
      })
      height -= kernel[0] - 1
      width -= kernel[1] - 1
    } else if (layer.kind === "maxPool2d" && layers.length > 0) {
      const size = [Math.min(layer.size[0], height), Math.min(layer.size[1], width)] as const
      layers.push({kind: "maxPool2d", size})
      height = Math.floor(height / size[0])
      width = Math.floor(width / size[1])
    }
  }
  return {...recipe, layers, lanes: 1, weights: "loadable"}
}

/** Of a convolution, instead of what the planner would choose. */
const builds = [
  {},
  {},
  {addersPerStage: 2},
  {engine: "constant"},
  {engine: "serial"},
  {engine: "serial", rows: "block"},
  {engine: "constant", rows: "block"},
  {engine: "folded"},
  {engine: "folded", multiplier: "lut"},
  {engine: "folded", rows: "block"},
] as const

/** Serial and folded engines read a position at a time: behind a beat of more the planner refuses them, so the choice is dropped. */
const free =
  (input: Shape, lanes: number) =>
  (layer: LayerRecipe, index: number): LayerRecipe => {
    if (lanes <= input.channels || index > 0 || !("engine" in layer)) return layer
    const {engine: _, multiplier: __, rows: ___, ...rest} = layer
    return rest
  }

/** Whether an image can come so many elements a beat: whole beats, whole pixels, no longer than a row, 64 bits. */
function divides(shape: Shape, bits: number, lanes: number): boolean {
  const {height, width, channels} = shape
  const slot = bits <= 2 ? bits : bits <= 4 ? 4 : 8
  if (elements(shape) % lanes !== 0 || lanes * slot > 64) return false
  if (lanes % channels !== 0 && channels % lanes !== 0) return false
  return height === 1 || lanes / channels <= width
}
