import {poolGeometry} from "../../graph/geometry.ts"
import {type IntegerAvgPool2d, reciprocal} from "../../graph/integer.ts"
import type {Tensor} from "../../graph/tensor.ts"
import type {Operator} from "../operator.ts"
import {roundHalfAway} from "../requantise.ts"
import {blocks} from "./blocks.ts"
import {storing} from "./store.ts"

/** The exact sum of each block and channel, times the reciprocal of its elements, requantised; with `tflite` LiteRT's mean. */
export function avgPool2d({size, requantise, output}: IntegerAvgPool2d, {shape, format}: Tensor): Operator {
  const windows = poolGeometry(size, shape)
  const store = storing(requantise, "avgPool2d", output.format)
  const count = size.height * size.width
  const tflite = requantise.rounding === "tflite"
  // LiteRT divides the sum of what it stores: an unsigned u is stored as u - 128.
  const offset = format.signed ? 0 : 128
  const scaled = tflite
    ? (sum: number) => roundHalfAway((sum - offset * count) / count) + offset
    : (sum: number) => sum * reciprocal(size)
  return (image) =>
    blocks(windows, shape, image, 0, (sum, value) => sum + value).map((sum, i) =>
      store(scaled(sum), i % shape.channels),
    )
}
