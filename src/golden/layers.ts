import {formatRange} from "../graph/format.ts"
import type {IntegerConv2d, IntegerLayer, IntegerMaxPool2d, LinearLayer} from "../graph/integer.ts"
import {elements, type Shape} from "../graph/shape.ts"
import {overflow, requantise} from "./requantise.ts"

/** A layer's tensor of one image, NHWC, to its output tensor. */
export type Operator = (input: Int32Array) => Int32Array

/** What a layer does to tensors of the given shape. */
export function operator(layer: IntegerLayer, input: Shape): Operator {
  switch (layer.kind) {
    case "conv2d": {
      const apply = linear(layer)
      return (image) => apply(patches(layer, input, image))
    }
    case "dense": {
      const apply = linear(layer)
      return (vector) => apply([vector])
    }
    case "maxPool2d":
      return (image) => maxPool2d(layer, input, image)
    case "flatten":
      return (image) => image
  }
}

/** The patches of a valid, stride 1 convolution, each [ky][kx][in], in the order of the outputs. The array is reused. */
function* patches({kernel, output: {shape}}: IntegerConv2d, input: Shape, image: Int32Array): Generator<Int32Array> {
  const row = kernel.width * input.channels
  const patch = new Int32Array(kernel.height * row)
  for (let y = 0; y < shape.height; y++)
    for (let x = 0; x < shape.width; x++) {
      for (let ky = 0; ky < kernel.height; ky++) {
        const start = ((y + ky) * input.width + x) * input.channels
        for (let i = 0; i < row; i++) patch[ky * row + i] = image[start + i] as number
      }
      yield patch
    }
}

/** Each patch times each filter, plus bias, in 32 bits; then requantised where the layer says so. */
function linear(layer: LinearLayer): (patches: Iterable<Int32Array>) => Int32Array {
  const filters = layer.bias.length
  const byTap = transposed(layer.weights, filters)
  const store = storing(layer)
  const sums = new Int32Array(filters)
  return (all) => {
    const output = new Int32Array(elements(layer.output.shape))
    let next = 0
    for (const patch of all) {
      sums.set(layer.bias)
      for (let tap = 0; tap < patch.length; tap++) {
        const value = patch[tap] as number
        if (value === 0) continue
        for (let f = 0; f < filters; f++)
          sums[f] = ((sums[f] as number) + value * (byTap[tap * filters + f] as number)) | 0
      }
      for (let f = 0; f < filters; f++) output[next++] = store(sums[f] as number, f)
    }
    return output
  }
}

/** [out][tap] to [tap][out], so that a zero pixel skips all filters at once. */
function transposed(weights: Int8Array, filters: number): Int8Array {
  const taps = weights.length / filters
  return Int8Array.from(weights, (_, i) => weights[(i % filters) * taps + Math.floor(i / filters)] as number)
}

/** Shift and round, then relu, then overflow into the output's format. */
function storing({requantise: rule, kind, output: {format}}: LinearLayer): (sum: number, filter: number) => number {
  if (rule === undefined) return (sum) => sum
  const {shifts, rounding, relu, overflow: mode} = rule
  const {min, max} = formatRange(format)
  return (sum, filter) => {
    const rounded = requantise(sum, shifts[filter] as number, rounding, kind)
    const positive = relu && rounded < 0 ? 0 : rounded
    return positive >= min && positive <= max ? positive : overflow(positive, format, mode)
  }
}

/** The largest of each window; windows do not overlap, and rows and columns that fill none are dropped. */
function maxPool2d({size, output: {shape}}: IntegerMaxPool2d, input: Shape, image: Int32Array): Int32Array {
  const output = new Int32Array(elements(shape))
  let next = 0
  for (let y = 0; y < shape.height; y++)
    for (let x = 0; x < shape.width; x++)
      for (let c = 0; c < shape.channels; c++) {
        let max = Number.NEGATIVE_INFINITY
        for (let py = 0; py < size.height; py++)
          for (let px = 0; px < size.width; px++) {
            const pixel = (y * size.height + py) * input.width + x * size.width + px
            max = Math.max(max, image[pixel * input.channels + c] as number)
          }
        output[next++] = max
      }
  return output
}
