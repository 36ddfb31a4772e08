import {at} from "../errors.ts"
import {elements} from "../graph/shape.ts"
import {isLinear, type Lowered, type LoweredLayer, type LoweredLinear} from "./lower.ts"

/** Every lowered layer's output for one image whose elements are `pixels` (values, not integers), in order. */
export function traceFloat({layers}: Lowered, pixels: Float64Array): readonly Float64Array[] {
  const tensors: Float64Array[] = []
  let input = pixels
  for (const layer of layers) {
    input = apply(layer, input)
    tensors.push(input)
  }
  return tensors
}

function apply(layer: LoweredLayer, input: Float64Array): Float64Array {
  if (isLinear(layer)) return linear(layer, input)
  if (layer.kind === "flatten") return input
  const {size, output} = layer
  const result = new Float64Array(elements(output))
  for (let i = 0; i < result.length; i++) {
    const channel = i % output.channels
    const y = Math.floor(i / output.channels / output.width) * size.height
    const x = (Math.floor(i / output.channels) % output.width) * size.width
    let max = Number.NEGATIVE_INFINITY
    for (let py = 0; py < size.height; py++)
      for (let px = 0; px < size.width; px++)
        max = Math.max(max, input[((y + py) * layer.input.width + x + px) * output.channels + channel] as number)
    result[i] = max
  }
  return result
}

/** A dense layer is a convolution whose kernel is its whole input. Zero elements, most of an image's, are skipped. */
function linear(layer: LoweredLinear, input: Float64Array): Float64Array {
  const {output, weights, bias, relu} = layer
  const kernel = layer.kind === "conv2d" ? layer.kernel : {height: layer.input.height, width: layer.input.width}
  const {channels, width} = layer.input
  const filters = bias.length
  const taps = kernel.height * kernel.width * channels
  const byTap = transposed(weights, filters)
  const result = new Float64Array(elements(output))
  for (let y = 0; y < output.height; y++)
    for (let x = 0; x < output.width; x++) {
      const to = (y * output.width + x) * filters
      result.set(bias, to)
      for (let tap = 0; tap < taps; tap++) {
        const column = tap % (kernel.width * channels)
        const row = (tap - column) / (kernel.width * channels)
        const value = input[((y + row) * width + x) * channels + column] as number
        if (value === 0) continue
        for (let f = 0; f < filters; f++)
          result[to + f] = (result[to + f] as number) + value * (byTap[tap * filters + f] as number)
      }
    }
  if (relu) for (let i = 0; i < result.length; i++) result[i] = Math.max(0, at(result, i))
  return result
}

const cache = new WeakMap<Float32Array, Float64Array>()

/** [out][tap] to [tap][out], once a tensor. */
function transposed(weights: Float32Array, filters: number): Float64Array {
  const known = cache.get(weights)
  if (known !== undefined) return known
  const taps = weights.length / filters
  const byTap = new Float64Array(weights.length)
  for (let f = 0; f < filters; f++) for (let t = 0; t < taps; t++) byTap[t * filters + f] = at(weights, f * taps + t)
  cache.set(weights, byTap)
  return byTap
}
