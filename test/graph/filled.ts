import {
  add,
  avgPool2d,
  batchNorm,
  conv2d,
  dense,
  depthwiseConv2d,
  flatten,
  globalAvgPool2d,
  hasParameters,
  inputShape,
  isLinear,
  maxPool2d,
  network,
  relu,
  weightCount,
} from "../../src/graph/layers.ts"
import type {FloatModel, Network, Parameters} from "../../src/graph/network.ts"
import {random} from "../golden/networks.ts"

/** Random parameters, scaled as He does, so that values stay near 1; averages and variances as of a trained batchNorm. */
export function filled(network: Network, seed: number): FloatModel {
  const next = random(seed)
  const parameters: Record<string, Parameters> = {}
  for (const layer of network.layers) {
    if (!hasParameters(layer)) continue
    const {channels} = layer.output
    const count = weightCount(layer, inputShape(network, layer))
    const values = (length: number, middle: number, spread: number) =>
      Float32Array.from({length}, () => middle + (next() * 2 - 1) * spread)
    const spread = isLinear(layer) ? Math.sqrt((6 * channels) / count) : 0.5
    parameters[layer.name] = isLinear(layer)
      ? {weights: values(count, 0, spread), bias: values(channels, 0, spread)}
      : {
          weights: values(channels, 1, spread),
          bias: values(channels, 0, spread),
          mean: values(channels, 0, spread),
          variance: values(channels, 1, spread),
        }
  }
  return {network, parameters}
}

/** Strides, padding, depthwise, batchNorm and both averages. */
export const separable = network("separable", {height: 12, width: 11, channels: 2}, [
  conv2d({filters: 6, kernel: 3, stride: {height: 2, width: 1}, padding: "same"}),
  batchNorm(),
  relu(),
  depthwiseConv2d({kernel: {height: 2, width: 3}}),
  batchNorm(),
  relu(),
  avgPool2d({size: 2}),
  conv2d({filters: 5, kernel: 1}),
  globalAvgPool2d(),
  dense({units: 4}),
])

/** Sums of two branches: around a block, of two convolutions of one stride, and of two vectors. */
export const residual = network("residual", {height: 9, width: 9, channels: 3}, [
  conv2d({name: "stem", filters: 4, kernel: 3, padding: "same"}),
  relu({name: "rest"}),
  depthwiseConv2d({kernel: 3, padding: "same"}),
  conv2d({filters: 4, kernel: 1}),
  add({inputs: ["conv2", "rest"]}),
  relu(),
  conv2d({name: "short", filters: 6, kernel: 1, stride: 2}),
  conv2d({name: "long", filters: 6, kernel: 3, stride: 2, padding: "same", inputs: ["relu2"]}),
  add({inputs: ["short", "long"]}),
  maxPool2d({size: 2}),
  relu(),
  flatten(),
  dense({name: "left", units: 5}),
  dense({name: "right", units: 5, inputs: ["flatten1"]}),
  add({inputs: ["left", "right"]}),
])
