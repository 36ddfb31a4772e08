import type {LinearLayer} from "../../graph/integer.ts"
import {elements} from "../../graph/shape.ts"
import {storing} from "./store.ts"

/** Each patch times each filter, plus bias, in 32 bits; then requantised where the layer says so. */
export function linear(layer: LinearLayer): (patches: Iterable<Int32Array>) => Int32Array {
  const filters = layer.bias.length
  const byTap = transposed(layer.weights, filters)
  const store = storing(layer.requantise, layer.kind, layer.output.format)
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
export function transposed(weights: Int8Array, filters: number): Int8Array {
  const taps = weights.length / filters
  return Int8Array.from(weights, (_, i) => weights[(i % filters) * taps + Math.floor(i / filters)] as number)
}
