import {at} from "../../errors.ts"
import type {IntegerConv2d, IntegerDepthwiseConv2d} from "../../graph/integer.ts"
import {convolution} from "./convolution.ts"
import type {Walk} from "./walk.ts"

/**
 * A convolution whose weights between different channels are 0: the engines make nothing of those, and each channel becomes a
 * small graph of its own.
 */
export const depthwise = (walk: Walk, layer: IntegerDepthwiseConv2d): void => convolution(walk, asConvolution(layer))

const known = new WeakMap<IntegerDepthwiseConv2d, IntegerConv2d>()

/** The same object for the same layer, so that several plans share what was found for it. */
function asConvolution(layer: IntegerDepthwiseConv2d): IntegerConv2d {
  const before = known.get(layer)
  if (before !== undefined) return before
  const channels = layer.bias.length
  const taps = layer.weights.length / channels
  const weights = new Int8Array(channels * taps * channels)
  for (let c = 0; c < channels; c++)
    for (let tap = 0; tap < taps; tap++) weights[(c * taps + tap) * channels + c] = at(layer.weights, c * taps + tap)
  const made: IntegerConv2d = {...layer, kind: "conv2d", weights}
  known.set(layer, made)
  return made
}
