import type {IntegerLayer, IntegerMaxPool2d, LinearLayer} from "../graph/integer.ts"
import {elements, type Shape} from "../graph/shape.ts"
import {overflow, requantise} from "./requantise.ts"

/** One layer's output for one image, NHWC, from its input tensor (integers of the input's format). */
export function evaluate(layer: IntegerLayer, input: Int32Array, shape: Shape): Int32Array {
  switch (layer.kind) {
    case "conv2d":
      return linear(layer, convolve(layer.kernel, layer.output.shape, input, shape))
    case "dense":
      return linear(layer, [input])
    case "maxPool2d":
      return maxPool2d(layer, input, shape)
    case "flatten":
      return input
  }
}

/** The patches of a valid, stride 1 convolution, each [ky][kx][in], in the order of the outputs. The array is reused. */
function* convolve(
  kernel: {readonly height: number; readonly width: number},
  output: Shape,
  input: Int32Array,
  {width, channels}: Shape,
): Generator<Int32Array> {
  const row = kernel.width * channels
  const patch = new Int32Array(kernel.height * row)
  for (let y = 0; y < output.height; y++)
    for (let x = 0; x < output.width; x++) {
      for (let ky = 0; ky < kernel.height; ky++) {
        const start = ((y + ky) * width + x) * channels
        for (let i = 0; i < row; i++) patch[ky * row + i] = input[start + i] as number
      }
      yield patch
    }
}

/** Every patch times every filter, plus bias: the 32-bit accumulators, requantised where the layer says so. */
function linear(layer: LinearLayer, patches: Iterable<Int32Array>): Int32Array {
  const {weights, bias} = layer
  const output = new Int32Array(elements(layer.output.shape))
  let next = 0
  for (const patch of patches)
    for (let filter = 0; filter < bias.length; filter++) {
      const start = filter * patch.length
      let sum = bias[filter] as number
      for (let i = 0; i < patch.length; i++)
        sum = (sum + (patch[i] as number) * (weights[start + i] as number)) | 0
      output[next++] = store(layer, filter, sum)
    }
  return output
}

/** Shift and round, then relu, then overflow into the output's format. */
function store(layer: LinearLayer, filter: number, accumulator: number): number {
  if (layer.requantise === undefined) return accumulator
  const {shifts, rounding, relu, overflow: mode} = layer.requantise
  const rounded = requantise(accumulator, shifts[filter] as number, rounding, layer.kind)
  return overflow(relu ? Math.max(0, rounded) : rounded, layer.output.format, mode)
}

/** The largest of each window; windows do not overlap, and rows and columns that fill none are dropped. */
function maxPool2d({size, output: {shape}}: IntegerMaxPool2d, input: Int32Array, source: Shape): Int32Array {
  const output = new Int32Array(elements(shape))
  let next = 0
  for (let y = 0; y < shape.height; y++)
    for (let x = 0; x < shape.width; x++)
      for (let c = 0; c < shape.channels; c++) {
        let max = Number.NEGATIVE_INFINITY
        for (let py = 0; py < size.height; py++)
          for (let px = 0; px < size.width; px++) {
            const pixel = (y * size.height + py) * source.width + x * size.width + px
            max = Math.max(max, input[pixel * source.channels + c] as number)
          }
        output[next++] = max
      }
  return output
}
