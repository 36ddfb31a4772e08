import {formatRange, type NumberFormat} from "../../graph/format.ts"
import type {Requantise} from "../../graph/integer.ts"
import {overflow, type Requantised, requantise} from "../requantise.ts"

/** An accumulator of channel c as what the layer stores: shift and round, then relu, then overflow into the format. */
export function storing(
  rule: Requantise | undefined,
  kind: Requantised,
  format: NumberFormat,
): (sum: number, channel: number) => number {
  if (rule === undefined) return (sum) => sum
  const {shifts, rounding, relu, overflow: mode} = rule
  const {min, max} = formatRange(format)
  return (sum, channel) => {
    const rounded = requantise(sum, shifts[channel] as number, rounding, kind)
    const positive = relu && rounded < 0 ? 0 : rounded
    return positive >= min && positive <= max ? positive : overflow(positive, format, mode)
  }
}
