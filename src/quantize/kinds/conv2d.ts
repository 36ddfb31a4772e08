import {geometry} from "../../graph/geometry.ts"
import type {Conv2d} from "../../graph/network.ts"
import {elements} from "../../graph/shape.ts"
import type {LoweredLinear} from "../lower.ts"
import type {QuantizeKind} from "./kind.ts"
import {byTap, linearFormat, linearIntegers, rectified} from "./linear.ts"
import {windowFields} from "./window.ts"

export const conv2d: QuantizeKind<LoweredLinear & Conv2d> = {
  forward(layer, [image = new Float64Array()]) {
    const {input, output, bias, relu} = layer
    const {kernel, stride, top, left} = geometry(layer, input)
    const filters = bias.length
    const weights = byTap(layer.weights, filters)
    const result = new Float64Array(elements(output))
    for (let y = 0; y < output.height; y++)
      for (let x = 0; x < output.width; x++) {
        const to = (y * output.width + x) * filters
        result.set(bias, to)
        for (let ky = 0; ky < kernel.height; ky++) {
          const row = y * stride.height + ky - top
          if (row < 0 || row >= input.height) continue
          for (let kx = 0; kx < kernel.width; kx++) {
            const column = x * stride.width + kx - left
            if (column < 0 || column >= input.width) continue
            for (let c = 0; c < input.channels; c++) {
              const value = image[(row * input.width + column) * input.channels + c] as number
              if (value === 0) continue
              const tap = ((ky * kernel.width + kx) * input.channels + c) * filters
              for (let f = 0; f < filters; f++)
                result[to + f] = (result[to + f] as number) + value * (weights[tap + f] as number)
            }
          }
        }
      }
    return rectified(result, relu)
  },
  format: linearFormat,
  integers: (layer, inputs, formats) => ({
    kind: "conv2d",
    ...windowFields(layer),
    ...linearIntegers(layer, inputs, formats),
  }),
}
