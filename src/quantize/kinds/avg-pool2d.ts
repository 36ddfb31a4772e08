import {at} from "../../errors.ts"
import {formatName} from "../../graph/format.ts"
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
    if (rounding === "tflite" && input.bits === 8 && activationBits === 8) return {output: input}
    return {output: reachable(bestFormat(values, activationBits, input.signed && !relu), input.fraction + FRACTION)}
  },
  integers(layer, inputs, formats) {
    const input = at(inputs, 0)
    const output = formats.layers[layer.name]?.output ?? input
    // LiteRT's average has 8 bits and the format it reads; any other is the exact one.
    const tflite = formats.rounding === "tflite" && output.bits === 8 && formatName(output) === formatName(input)
    const rounding = formats.rounding === "tflite" && !tflite ? "half-up" : formats.rounding
    const accumulator = input.fraction + (tflite ? 0 : FRACTION)
    return {
      kind: "avgPool2d",
      size: layer.size,
      ...narrowed(layer, {...formats, rounding}, input, accumulator),
    }
  },
}
