import {signedBits} from "../graph/format.ts"
import type {IntegerLayer, IntegerNetwork} from "../graph/integer.ts"
import {accumulatorRange, tensorRanges} from "../graph/range.ts"

/**
 * The same function with a last layer as the blocks know it: a convolution that sends its accumulators is a dense layer where
 * one window is the whole image, and otherwise requantises by nothing at all.
 */
export function lastLayer(network: IntegerNetwork): IntegerNetwork {
  const index = network.layers.findLastIndex(({kind}) => kind !== "flatten")
  const last = network.layers[index]
  if (last === undefined || (last.kind !== "conv2d" && last.kind !== "depthwiseConv2d")) return network
  if (last.requantise !== undefined) return network
  const source = network.layers.find(({name}) => name === last.inputs[0])?.output.shape ?? network.input.shape
  const {kernel, padding} = last
  const whole = padding === undefined && kernel.height === source.height && kernel.width === source.width
  const range = tensorRanges(network).get(last.inputs[0] ?? "input") ?? {min: 0, max: 0}
  const bits = Math.max(...accumulatorRange(last, range).map(signedBits))
  const made: IntegerLayer =
    whole && last.kind === "conv2d"
      ? dense(last)
      : {
          ...last,
          output: {...last.output, format: {...last.output.format, bits}},
          requantise: {shifts: [...last.bias].map(() => 0), rounding: "floor", relu: false, overflow: "wrap"},
        }
  return {...network, layers: network.layers.map((layer, i) => (i === index ? made : layer))}
}

function dense({
  name,
  inputs,
  output,
  weights,
  weightBits,
  weightFractions,
  bias,
}: Extract<IntegerLayer, {kind: "conv2d"}>) {
  return {kind: "dense", name, inputs, output, weights, weightBits, weightFractions, bias} as const
}
