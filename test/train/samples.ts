import type {Data, Dataset} from "../../src/data/data.ts"
import {conv2d, dense, dropout, flatten, maxPool2d, network, relu} from "../../src/graph/layers.ts"
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
]

/** Numbers of [-1, 1) by seed. */
export const numbers = (length: number, seed: number): number[] =>
  Array.from({length}, (_, i) => wordOf(seed, i) / 2 ** 31 - 1)

/** Parameters with biases that are not zero. */
export function parametersOf(net: Network, seed: number): Record<string, Parameters> {
  const entries = Object.entries(initialParameters(net, seed)).map(([name, {weights, bias}], i) => {
    const biases = Float32Array.from(numbers(bias.length, seed + i), (value) => value * 0.3)
    return [name, {weights, bias: biases}] as const
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
