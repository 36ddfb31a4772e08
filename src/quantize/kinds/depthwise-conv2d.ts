import {geometry} from "../../graph/geometry.ts"
import type {DepthwiseConv2d} from "../../graph/network.ts"
import {elements} from "../../graph/shape.ts"
import type {LoweredLinear} from "../lower.ts"
import type {QuantizeKind} from "./kind.ts"
import {byTap, linearFormat, linearIntegers, rectified} from "./linear.ts"
import {windowFields} from "./window.ts"

export const depthwiseConv2d: QuantizeKind<LoweredLinear & DepthwiseConv2d> = {
  forward(layer, [image = new Float64Array()]) {
    const {input, output, bias, relu} = layer
    const {kernel, stride, top, left} = geometry(layer, input)
    const {channels} = input
    const weights = byTap(layer.weights, channels)
    const result = new Float64Array(elements(output))
    for (let y = 0; y < output.height; y++)
      for (let x = 0; x < output.width; x++) {
        const to = (y * output.width + x) * channels
        result.set(bias, to)
        for (let ky = 0; ky < kernel.height; ky++) {
          const row = y * stride.height + ky - top
          if (row < 0 || row >= input.height) continue
          for (let kx = 0; kx < kernel.width; kx++) {
            const column = x * stride.width + kx - left
            if (column < 0 || column >= input.width) continue
            const from = (row * input.width + column) * channels
            const tap = (ky * kernel.width + kx) * channels
            for (let c = 0; c < channels; c++)
              result[to + c] = (result[to + c] as number) + (image[from + c] as number) * (weights[tap + c] as number)
          }
        }
      }
    return rectified(result, relu)
  },
  format: linearFormat,
  integers: (layer, inputs, formats) => ({
    kind: "depthwiseConv2d",
    ...windowFields(layer),
    ...linearIntegers(layer, inputs, formats),
  }),
}
