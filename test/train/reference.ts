import {at} from "../../src/errors.ts"
import {geometry, poolGeometry} from "../../src/graph/geometry.ts"
import {inputShape} from "../../src/graph/layers.ts"
import type {Layer, Network, Parameters} from "../../src/graph/network.ts"
import {elements, type Shape} from "../../src/graph/shape.ts"

type Images = readonly (readonly number[])[]

/**
 * The networks' definition, in f64 and as plainly as possible: what the kernels are held against. Without dropout. A
 * batchNorm uses the images' own mean and variance where `batch` is true, else its running ones.
 */
export function forwardBatch(
  network: Network,
  parameters: Readonly<Record<string, Parameters>>,
  images: Images,
  batch: boolean,
): number[][] {
  const tensors = new Map<string, Images>([["input", images]])
  let last: Images = images
  for (const layer of network.layers) {
    const reads = layer.inputs.map((name) => tensors.get(name) ?? [])
    const input = inputShape(network, layer)
    const own = parameters[layer.name]
    last =
      layer.kind === "batchNorm"
        ? normalised(at(reads, 0), input.channels, layer.epsilon, own, batch)
        : at(reads, 0).map((x, image) => apply(layer, input, own, x, reads[1]?.[image] ?? []))
    tensors.set(layer.name, last)
  }
  return last.map((image) => [...image])
}

/** One image, with running means and variances. */
export const forward = (
  network: Network,
  parameters: Readonly<Record<string, Parameters>>,
  image: readonly number[],
): number[] => at(forwardBatch(network, parameters, [image], false), 0)

function apply(
  layer: Layer,
  input: Shape,
  own: Parameters | undefined,
  x: readonly number[],
  other: readonly number[],
): number[] {
  const {output} = layer
  const pixel = (row: number, column: number, channel: number) =>
    row < 0 || column < 0 || row >= input.height || column >= input.width
      ? 0
      : at(x, (row * input.width + column) * input.channels + channel)
  const each = (value: (row: number, column: number, channel: number) => number) =>
    Array.from({length: elements(output)}, (_, i) =>
      value(
        Math.floor(i / (output.width * output.channels)),
        Math.floor(i / output.channels) % output.width,
        i % output.channels,
      ),
    )
  const weight = (i: number) => at(own?.weights ?? [], i)
  const bias = (i: number) => at(own?.bias ?? [], i)
  switch (layer.kind) {
    case "conv2d":
    case "depthwiseConv2d": {
      const {kernel, stride, top, left} = geometry(layer, input)
      const deep = layer.kind === "depthwiseConv2d"
      return each((row, column, o) => {
        let sum = bias(o)
        for (let i = 0; i < kernel.height; i++)
          for (let j = 0; j < kernel.width; j++) {
            const [y, z] = [row * stride.height - top + i, column * stride.width - left + j]
            const tap = (o * kernel.height + i) * kernel.width + j
            if (deep) sum += weight(tap) * pixel(y, z, o)
            else for (let c = 0; c < input.channels; c++) sum += weight(tap * input.channels + c) * pixel(y, z, c)
          }
        return sum
      })
    }
    case "dense":
      return each((_, __, o) => x.reduce((sum, value, i) => sum + value * weight(o * x.length + i), bias(o)))
    case "maxPool2d":
    case "avgPool2d": {
      const {kernel} = poolGeometry(layer.size === "global" ? input : layer.size, input)
      const {height, width} = kernel
      return each((row, column, c) => {
        const all = Array.from({length: height * width}, (_, i) =>
          pixel(row * height + Math.floor(i / width), column * width + (i % width), c),
        )
        return layer.kind === "maxPool2d" ? Math.max(...all) : all.reduce((a, b) => a + b, 0) / all.length
      })
    }
    case "add":
      return x.map((value, i) => value + at(other, i))
    case "relu":
      return x.map((value) => Math.max(value, 0))
    case "flatten":
    case "dropout":
    case "batchNorm":
      return [...x]
  }
}

function normalised(images: Images, channels: number, epsilon: number, own: Parameters | undefined, batch: boolean) {
  const ofChannel = (c: number) => images.flatMap((image) => image.filter((_, i) => i % channels === c))
  const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length
  const moments = Array.from({length: channels}, (_, c) => {
    if (!batch) return {mean: at(own?.mean ?? [], c), variance: at(own?.variance ?? [], c)}
    const middle = mean(ofChannel(c))
    return {mean: middle, variance: mean(ofChannel(c).map((value) => (value - middle) ** 2))}
  })
  return images.map((image) =>
    image.map((value, i) => {
      const c = i % channels
      const {mean: middle, variance} = at(moments, c)
      return (at(own?.weights ?? [], c) * (value - middle)) / Math.sqrt(variance + epsilon) + at(own?.bias ?? [], c)
    }),
  )
}

/** Softmax cross entropy of logits. */
export function crossEntropy(logits: readonly number[], label: number): number {
  const most = Math.max(...logits)
  return Math.log(logits.reduce((sum, logit) => sum + Math.exp(logit - most), 0)) + most - at(logits, label)
}
