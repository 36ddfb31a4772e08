import {at} from "../../errors.ts"
import type {LoweredAvgPool2d} from "../lower.ts"
import {bestFormat} from "../scale.ts"
import {blocks} from "./blocks.ts"
import {type QuantizeKind, reachable} from "./kind.ts"
import {rectified} from "./linear.ts"
import {narrowed} from "./narrowed.ts"

/** Bits by which an average's accumulator is finer than what it sums: it is multiplied by round(2^16 / elements). */
const FRACTION = 16

export const avgPool2d: QuantizeKind<LoweredAvgPool2d> = {
  forward(layer, [image = new Float64Array()]) {
    const sums = blocks(layer, image, 0, (sum, value) => sum + value)
    const count = layer.size.height * layer.size.width
    return rectified(
      sums.map((sum) => sum / count),
      layer.relu,
    )
  },
  format({relu}, {inputs, values, activationBits, rounding}) {
    const input = at(inputs, 0)
    // LiteRT's average has the scale of what it reads.
    if (rounding === "tflite") return {output: input}
    return {output: reachable(bestFormat(values, activationBits, input.signed && !relu), input.fraction + FRACTION)}
  },
  integers(layer, inputs, formats) {
    const input = at(inputs, 0)
    return {
      kind: "avgPool2d",
      size: layer.size,
      ...narrowed(layer, formats, input, (formats.rounding === "tflite" ? 0 : FRACTION) + input.fraction),
    }
  },
}
