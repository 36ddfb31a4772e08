import {at} from "../errors.ts"
import type {IntegerNetwork} from "../graph/integer.ts"
import * as layers from "../graph/layers.ts"
import type {FloatModel, Parameters} from "../graph/network.ts"
import {elements} from "../graph/shape.ts"
import {quantize} from "../quantize/quantize.ts"
import {generator} from "../simulate/stall.ts"
import {isLinearRecipe, type LayerRecipe, type LinearRecipe, type OutputRecipe, type Recipe} from "./recipe.ts"

/**
 * The network of a recipe by way of float32: batch norms behind its convolutions, random parameters, then folded and quantised
 * on random images. Of a layer's output only bits and relu are the recipe's; rounding and overflow are those of its first one.
 */
export function normalisedNetwork(recipe: Recipe): IntegerNetwork {
  const model = floatModel(recipe)
  const random = generator(recipe.seed ^ 0x2c1b3c6d)
  const pixels = Uint8Array.from({length: 16 * elements(recipe.input.shape)}, () => Math.floor(random() * 256))
  const named = recipe.layers.map((layer, i) => [`layer${i}`, layer] as const)
  const first = named.map(([, layer]) => outputOf(layer)).find((output) => output !== undefined)
  const options = {
    inputBits: recipe.input.bits,
    weightBits: Object.fromEntries(
      named.flatMap(([name, layer]) => (isLinearRecipe(layer) ? [[name, layer.weightBits]] : [])),
    ),
    activationBits: Object.fromEntries(
      named.flatMap(([name, layer]) => {
        const output = outputOf(layer)
        return output === undefined ? [] : [[name, output.bits]]
      }),
    ),
    ...(first && {rounding: first.rounding, overflow: first.overflow, perChannel: first.perChannel}),
  }
  return quantize(model, pixels, options).network
}

const outputOf = (layer: LayerRecipe): OutputRecipe | undefined => ("output" in layer ? layer.output : undefined)

/** The recipe in float: the tensor that layer n ends in is read by the next, and by sums. */
function floatModel(recipe: Recipe): FloatModel {
  const specs: layers.LayerSpec[] = []
  const tensors = ["input"]
  for (const [i, layer] of recipe.layers.entries()) {
    const name = `layer${i}`
    const from = at(tensors, tensors.length - 1)
    let end = name
    const then = (suffix: string, make: (given: {name: string; inputs: string[]}) => layers.LayerSpec) => {
      const given = {name: `${name}${suffix}`, inputs: [end]}
      specs.push(make(given))
      end = given.name
    }
    const given = {name, inputs: [from]}
    if (layer.kind === "add") {
      const left = at(tensors, Math.max(0, tensors.length - 1 - layer.back))
      specs.push(layers.add({name, inputs: [left, from]}))
    } else if (layer.kind === "dense") {
      specs.push(layers.flatten({name: `${name}f`, inputs: [from]}))
      specs.push(layers.dense({name, inputs: [`${name}f`], units: layer.units}))
    } else if (isLinearRecipe(layer)) {
      specs.push(convolution(layer, given))
      if (layer.output) then("n", (of) => layers.batchNorm(of))
    } else {
      const size = {height: layer.size[0], width: layer.size[1]}
      specs.push(layer.kind === "maxPool2d" ? layers.maxPool2d({...given, size}) : layers.avgPool2d({...given, size}))
    }
    if (outputOf(layer)?.relu) then("r", (of) => layers.relu(of))
    tensors.push(end)
  }
  const network = layers.network(`fuzz${recipe.seed}`, recipe.input.shape, specs)
  return {network, parameters: randomParameters(network, generator(recipe.seed ^ 0x297a2d39))}
}

function convolution(
  {kind, units, kernel, stride, padding}: LinearRecipe,
  given: {readonly name: string; readonly inputs: readonly string[]},
): layers.LayerSpec {
  const window = {
    ...given,
    kernel: {height: kernel[0], width: kernel[1]},
    ...(stride && {stride: {height: stride[0], width: stride[1]}}),
    ...(padding && {padding}),
  }
  return kind === "depthwiseConv2d" ? layers.depthwiseConv2d(window) : layers.conv2d({...window, filters: units})
}

/** Weights that keep the size of what they read, and normalisations far from the identity. */
function randomParameters(network: FloatModel["network"], random: () => number): Record<string, Parameters> {
  const between = (low: number, high: number) => () => low + random() * (high - low)
  return Object.fromEntries(
    network.layers.flatMap((layer): [string, Parameters][] => {
      if (!layers.hasParameters(layer)) return []
      const channels = layer.output.channels
      const bias = Float32Array.from({length: channels}, between(-0.3, 0.3))
      if (layer.kind === "batchNorm") {
        const weights = Float32Array.from({length: channels}, between(-1.2, 1.5))
        const mean = Float32Array.from({length: channels}, between(-0.3, 0.3))
        const variance = Float32Array.from({length: channels}, between(0.1, 2))
        return [[layer.name, {weights, bias, mean, variance}]]
      }
      const count = layers.weightCount(layer, layers.inputShape(network, layer))
      const bound = Math.sqrt((6 * channels) / count)
      return [[layer.name, {weights: Float32Array.from({length: count}, between(-bound, bound)), bias}]]
    }),
  )
}
