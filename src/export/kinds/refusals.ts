import {at} from "../../errors.ts"
import type {NumberFormat} from "../../graph/format.ts"
import type {LinearLayer} from "../../graph/integer.ts"
import {accumulatorRange} from "../../graph/range.ts"
import type {ReadTensor, Refusal} from "./kind.ts"

/** LiteRT doubles an accumulator that it does not shift, in 32 bits. */
export function doubling(layer: LinearLayer, inputs: readonly ReadTensor[], output: NumberFormat): Refusal | undefined {
  const {format, range} = at(inputs, 0)
  for (const [channel, {min, max}] of accumulatorRange(layer, range).entries()) {
    const shift = format.fraction + at(layer.weightFractions, channel) - output.fraction
    if (shift === 0 && (min < -(2 ** 30) || max >= 2 ** 30))
      return {found: `does not shift accumulators of ${min}..${max}`, expected: "31 bits where the shift is 0"}
  }
  return undefined
}
