import {geometry} from "../../graph/geometry.ts"
import type {IntegerDepthwiseConv2d} from "../../graph/integer.ts"
import {elements, type Shape} from "../../graph/shape.ts"
import type {Operator} from "../operator.ts"
import {transposed} from "./linear.ts"
import {patches} from "./patches.ts"
import {storing} from "./store.ts"

/** Channel c of each patch times kernel c, plus bias, in 32 bits; then requantised. */
export function depthwiseConv2d(layer: IntegerDepthwiseConv2d, input: Shape): Operator {
  const {channels} = input
  // A patch is [ky][kx][channel], and so are the weights when transposed.
  const byTap = transposed(layer.weights, channels)
  const store = storing(layer.requantise, layer.kind, layer.output.format)
  const windows = geometry(layer, input)
  const sums = new Int32Array(channels)
  return (image) => {
    const output = new Int32Array(elements(layer.output.shape))
    let next = 0
    for (const patch of patches(windows, input, image)) {
      sums.set(layer.bias)
      for (let i = 0; i < patch.length; i++) {
        const c = i % channels
        sums[c] = ((sums[c] as number) + (patch[i] as number) * (byTap[i] as number)) | 0
      }
      for (let c = 0; c < channels; c++) output[next++] = store(sums[c] as number, c)
    }
    return output
  }
}
