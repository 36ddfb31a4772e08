import type {Data, Dataset} from "../../src/data/data.ts"
import {
  add,
  avgPool2d,
  batchNorm,
  conv2d,
  dense,
  depthwiseConv2d,
  dropout,
  flatten,
  globalAvgPool2d,
  maxPool2d,
  network,
  relu,
} from "../../src/graph/layers.ts"
import type {Network, Parameters} from "../../src/graph/network.ts"
import {elements, type Shape} from "../../src/graph/shape.ts"
import {initialParameters} from "../../src/train/initial.ts"
import {wordOf} from "../../src/train/random.ts"

const small = {height: 9, width: 8, channels: 1}

/** Chains that between them use every step of the kernels, with and without what is left over from blocks of 4 and 8. */
export const networks: readonly Network[] = [
  network("reference_like", {height: 12, width: 12, channels: 1}, [
    conv2d({filters: 16, kernel: 5}),
    relu(),
    maxPool2d({size: 4}),
    flatten(),
    dropout(0),
    dense({units: 10}),
  ]),
  network("odd", small, [
    conv2d({filters: 5, kernel: {height: 2, width: 3}}),
    relu(),
    maxPool2d({size: {height: 3, width: 2}}),
    conv2d({filters: 7, kernel: 2}),
    relu(),
    flatten(),
    dense({units: 3}),
  ]),
  network("colour", {height: 7, width: 9, channels: 3}, [
    conv2d({filters: 6, kernel: 3}),
    maxPool2d({size: 2}),
    relu(),
    conv2d({filters: 12, kernel: 2}),
    flatten(),
    dense({units: 4}),
  ]),
  network("mlp", {height: 3, width: 5, channels: 1}, [
    flatten(),
    dense({units: 9}),
    relu(),
    dense({units: 6}),
    relu(),
    dense({units: 3}),
  ]),
  network("one_layer", small, [flatten(), dense({units: 10})]),
  network("no_dense", small, [
    conv2d({filters: 4, kernel: 3}),
    relu(),
    conv2d({filters: 3, kernel: {height: 7, width: 6}}),
  ]),
  network("pool_first", small, [
    maxPool2d({size: 2}),
    relu(),
    conv2d({filters: 3, kernel: 2}),
    flatten(),
    dense({units: 2}),
  ]),
  network("pool_twice", {height: 17, width: 17, channels: 2}, [
    conv2d({filters: 4, kernel: 2}),
    relu(),
    maxPool2d({size: 2}),
    maxPool2d({size: 3}),
    relu(),
    flatten(),
    conv2d({filters: 5, kernel: 1}),
    dense({units: 2}),
  ]),
  network("strided", {height: 13, width: 11, channels: 1}, [
    conv2d({filters: 6, kernel: 3, stride: 2, padding: "same"}),
    relu(),
    conv2d({filters: 9, kernel: {height: 3, width: 2}, stride: {height: 2, width: 3}}),
    relu(),
    conv2d({filters: 12, kernel: 1}),
    relu(),
    flatten(),
    dense({units: 5}),
  ]),
  network("same", {height: 8, width: 7, channels: 3}, [
    conv2d({filters: 8, kernel: 5, padding: "same"}),
    relu(),
    conv2d({filters: 5, kernel: {height: 2, width: 4}, padding: "same"}),
    relu(),
    maxPool2d({size: 2}),
    conv2d({filters: 4, kernel: 3, padding: "same"}),
    maxPool2d({size: 3}),
    relu(),
    flatten(),
    dense({units: 3}),
  ]),
  network("skips_pixels", {height: 9, width: 10, channels: 2}, [
    conv2d({filters: 4, kernel: 2}),
    relu(),
    conv2d({filters: 7, kernel: 2, stride: 3}),
    conv2d({filters: 3, kernel: 3, padding: "same", stride: 2}),
    flatten(),
    dense({units: 3}),
  ]),
  network("separable", {height: 12, width: 10, channels: 1}, [
    conv2d({filters: 6, kernel: 3, stride: 2, padding: "same"}),
    relu(),
    depthwiseConv2d({kernel: 3, padding: "same"}),
    relu(),
    conv2d({filters: 9, kernel: 1}),
    relu(),
    depthwiseConv2d({kernel: {height: 2, width: 3}, stride: 2, padding: "same"}),
    maxPool2d({size: 2}),
    relu(),
    flatten(),
    dense({units: 4}),
  ]),
  network("depthwise_first", {height: 9, width: 8, channels: 3}, [
    depthwiseConv2d({kernel: 3, stride: {height: 1, width: 2}}),
    relu(),
    depthwiseConv2d({kernel: 1}),
    maxPool2d({size: {height: 2, width: 1}}),
    conv2d({filters: 4, kernel: 2}),
    flatten(),
    dense({units: 3}),
  ]),
  network("averages", {height: 9, width: 8, channels: 2}, [
    avgPool2d({size: {height: 1, width: 2}}),
    conv2d({filters: 6, kernel: 2}),
    avgPool2d({size: 2}),
    relu(),
    conv2d({filters: 5, kernel: 1}),
    relu(),
    globalAvgPool2d(),
    flatten(),
    dense({units: 3}),
  ]),
  network("residual", {height: 8, width: 8, channels: 1}, [
    conv2d({filters: 6, kernel: 3, padding: "same", name: "stem"}),
    relu({name: "trunk"}),
    conv2d({filters: 6, kernel: 3, padding: "same"}),
    relu(),
    conv2d({filters: 6, kernel: 3, padding: "same", name: "end"}),
    add({inputs: ["end", "trunk"], name: "join"}),
    relu({name: "joined"}),
    conv2d({filters: 5, kernel: 3, stride: 2, padding: "same", name: "left"}),
    conv2d({filters: 5, kernel: 1, stride: 2, inputs: ["joined"], name: "right"}),
    add({inputs: ["left", "right"]}),
    maxPool2d({size: 2}),
    relu({name: "positive"}),
    add({inputs: ["positive", "positive"]}),
    flatten(),
    dense({units: 3}),
  ]),
  network("normalised", {height: 11, width: 10, channels: 2}, [
    conv2d({filters: 6, kernel: 3}),
    batchNorm(),
    relu(),
    maxPool2d({size: 2}),
    depthwiseConv2d({kernel: 2}),
    batchNorm({epsilon: 0.01}),
    conv2d({filters: 4, kernel: 1, name: "branch"}),
    batchNorm({name: "normal"}),
    relu({name: "trunk"}),
    conv2d({filters: 4, kernel: 3, padding: "same"}),
    batchNorm({name: "other"}),
    add({inputs: ["other", "trunk"]}),
    relu(),
    flatten(),
    dense({units: 6}),
    batchNorm(),
    relu(),
    dense({units: 3}),
  ]),
]

/** Numbers of [-1, 1) by seed. */
export const numbers = (length: number, seed: number): number[] =>
  Array.from({length}, (_, i) => wordOf(seed, i) / 2 ** 31 - 1)

/** Parameters with biases that are not zero. */
export function parametersOf(net: Network, seed: number): Record<string, Parameters> {
  const entries = Object.entries(initialParameters(net, seed)).map(([name, own], i) => {
    const bias = Float32Array.from(numbers(own.bias.length, seed + i), (value) => value * 0.3)
    if (!own.mean) return [name, {weights: own.weights, bias}] as const
    const around = (middle: number, salt: number) =>
      Float32Array.from(numbers(bias.length, seed + i + salt), (value) => middle + value * 0.3)
    return [name, {weights: around(1, 100), bias, mean: around(0, 200), variance: around(1, 300)}] as const
  })
  return Object.fromEntries(entries)
}

/** Images whose class can be learnt: a bright bar at a place of its own for each class, over noise. */
export function bars(shape: Shape, classes: number, count: number, seed: number): Dataset {
  const size = elements(shape)
  const images = new Uint8Array(count * size)
  const labels = new Uint8Array(count)
  for (let image = 0; image < count; image++) {
    const label = wordOf(seed, image) % classes
    labels[image] = label
    for (let i = 0; i < size; i++) {
      const bar = Math.floor((i * classes) / size) === label ? 120 : 0
      images[image * size + i] = (wordOf(seed + 1 + image, i) % 130) + bar
    }
  }
  return {images, labels, shape, classes}
}

export const barData = (shape: Shape, classes: number, count: number): Data => ({
  name: "bars",
  training: bars(shape, classes, count, 1),
  test: bars(shape, classes, 200, 2),
})
