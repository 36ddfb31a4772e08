import {at} from "../../errors.ts"
import type {NumberFormat} from "../../graph/format.ts"
import type {LoweredAdd} from "../lower.ts"
import {bestFormat} from "../scale.ts"
import {type QuantizeKind, reachable} from "./kind.ts"
import {rectified} from "./linear.ts"
import {narrowed} from "./narrowed.ts"

/** The sum's fraction: both operands are shifted to the finer one. */
const finer = (inputs: readonly NumberFormat[]): number => Math.max(...inputs.map(({fraction}) => fraction))

export const add: QuantizeKind<LoweredAdd> = {
  forward: ({relu}, [left = new Float64Array(), right = new Float64Array()]) =>
    rectified(
      left.map((value, i) => value + (right[i] as number)),
      relu,
    ),
  format({relu}, {inputs, values, activationBits}) {
    const signed = !relu && inputs.some((input) => input.signed)
    return {output: reachable(bestFormat(values, activationBits, signed), finer(inputs))}
  },
  integers: (layer, inputs, formats) => ({
    kind: "add",
    ...narrowed(layer, formats, at(inputs, 0), finer(inputs)),
  }),
}
