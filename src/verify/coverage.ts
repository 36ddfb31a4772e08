import {elements} from "../graph/shape.ts"
import {isLinearRecipe, type LayerRecipe, type Recipe} from "./recipe.ts"

/** What a recipe has in it, for the table of what a campaign has met: no feature twice. */
export function featuresOf(recipe: Recipe): ReadonlySet<string> {
  const {input, layers, lanes} = recipe
  const last = layers.at(-1)
  const found = new Set<string>([
    `${lanes} ${lanes === 1 ? "lane" : "lanes"}`,
    `stream elements of ${slotBits(input.bits)} bits`,
    ...(input.signed ? ["signed input"] : []),
    ...(recipe.output ? ["class output"] : []),
    recipe.weights ? "loadable weights, header packets" : "constant weights, raw packets",
    ...(recipe.normalised ? ["float network quantised"] : []),
    ...(last === undefined ? [] : [`last layer ${last.kind}${sends(last)}`]),
  ])
  for (const [index, layer] of layers.entries())
    for (const feature of layerFeatures(layer, recipe, index)) found.add(feature)
  return found
}

const slotBits = (bits: number): number => (bits <= 2 ? bits : bits <= 4 ? 4 : 8)

/** What the last layer sends. */
const sends = (layer: LayerRecipe): string =>
  layer.kind === "maxPool2d" ? "" : layer.output ? ", requantised" : ", accumulators"

function* layerFeatures(layer: LayerRecipe, recipe: Recipe, index: number): Generator<string> {
  yield layer.kind
  if (layer.kind === "avgPool2d" && coversImage(recipe, index)) yield "global average"
  if (layer.kind === "add" && index - 1 - layer.back < 0) yield "add of the image"
  if (isLinearRecipe(layer)) {
    yield `weights of ${layer.weightBits} ${layer.weightBits === 1 ? "bit" : "bits"}`
    const {stride, padding, engine, multiplier, rows, addersPerStage} = layer
    if (stride && (stride[0] > 1 || stride[1] > 1)) yield "stride"
    if (padding) yield 'padding "same"'
    if (stride && padding) yield 'stride and padding "same"'
    if (engine) yield `engine ${engine} asked for`
    if (multiplier) yield "LUT multipliers asked for"
    if (rows) yield "rows in block RAM asked for"
    if (addersPerStage === 2) yield "two adders between registers"
    if (recipe.normalised && layer.kind !== "dense" && layer.output) yield "batch norm folded"
  }
  if (!("output" in layer) || layer.output === undefined) return
  const {bits, signed, rounding, overflow, relu, perChannel} = layer.output
  yield `activations of ${bits} ${bits === 1 ? "bit" : "bits"}`
  yield `rounding ${rounding}`
  yield `overflow ${overflow}`
  yield relu ? "relu" : "no relu"
  if (signed && !recipe.normalised) yield "signed activations"
  if (perChannel) yield "a shift a channel"
}

/** Whether a pool's window is all there is: what it reads is only known by its image where sides are kept before it. */
function coversImage({input, layers}: Recipe, index: number): boolean {
  const layer = layers[index]
  if (layer?.kind !== "avgPool2d") return false
  let {height, width} = input.shape
  for (const before of layers.slice(0, index)) {
    if (before.kind === "add" || before.kind === "dense") continue
    if (isLinearRecipe(before)) {
      const [sy, sx] = before.stride ?? [1, 1]
      const same = before.padding === "same"
      height = Math.ceil((height - (same ? 0 : before.kernel[0] - 1)) / sy)
      width = Math.ceil((width - (same ? 0 : before.kernel[1] - 1)) / sx)
    } else {
      height = Math.floor(height / before.size[0])
      width = Math.floor(width / before.size[1])
    }
  }
  return layer.size[0] === height && layer.size[1] === width && elements({height, width, channels: 1}) > 1
}
