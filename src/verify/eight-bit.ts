import {at} from "../errors.ts"
import {signedBits} from "../graph/format.ts"
import {type IntegerNetwork, isLinearLayer} from "../graph/integer.ts"
import {accumulatorRange, tensorRanges} from "../graph/range.ts"
import type {LayerRecipe, OutputRecipe, Recipe} from "./recipe.ts"

/** The recipe as LiteRT's int8 kernels can hold it: 8-bit pixels and activations, rounded and cut off as they do. */
export function eightBit(recipe: Recipe): Recipe {
  const {input, layers} = recipe
  let {lanes} = recipe
  while (lanes > 8) lanes /= 2
  return {...recipe, lanes, input: {...input, bits: 8, signed: false}, layers: layers.map(layer8)}
}

function layer8(layer: LayerRecipe): LayerRecipe {
  const {output} = layer as {readonly output?: OutputRecipe}
  if (output === undefined) return layer
  return {...layer, output: {...output, bits: 8, rounding: "tflite", overflow: "saturate"}} as LayerRecipe
}

/** The network with an int8 form of the accumulators it sends: a shift with which the largest of them saturate. */
export function withLogits8(network: IntegerNetwork): IntegerNetwork {
  const last = at(network.layers, network.layers.length - 1)
  if (!isLinearLayer(last) || last.requantise !== undefined) return network
  const input = tensorRanges(network).get(at(last.inputs, 0)) ?? {min: 0, max: 0}
  const bits = Math.max(...accumulatorRange(last, input).map(signedBits))
  return {...network, logits8: {shift: Math.max(0, bits - 11), rounding: "tflite"}}
}
