import type {Dense} from "../../graph/network.ts"
import type {LoweredLinear} from "../lower.ts"
import type {QuantizeKind} from "./kind.ts"
import {byTap, linearFormat, linearIntegers, rectified} from "./linear.ts"

export const dense: QuantizeKind<LoweredLinear & Dense> = {
  forward({bias, relu, weights: own}, [vector = new Float64Array()]) {
    const units = bias.length
    const weights = byTap(own, units)
    const result = Float64Array.from(bias)
    for (let i = 0; i < vector.length; i++) {
      const value = vector[i] as number
      if (value === 0) continue
      for (let unit = 0; unit < units; unit++)
        result[unit] = (result[unit] as number) + value * (weights[i * units + unit] as number)
    }
    return rectified(result, relu)
  },
  format: linearFormat,
  integers: (layer, inputs, formats) => ({kind: "dense", ...linearIntegers(layer, inputs, formats)}),
}
