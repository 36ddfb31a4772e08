import type {NumberFormat} from "../../graph/format.ts"
import type {IntegerAdd} from "../../graph/integer.ts"
import {addShifts} from "../../graph/range.ts"
import type {Operator} from "../operator.ts"
import {storing} from "./store.ts"

/** Both operands on the finer one's fraction, their exact sum, requantised. */
export function add({requantise, output}: IntegerAdd, left: NumberFormat, right: NumberFormat): Operator {
  const store = storing(requantise, "add", output.format)
  const {channels} = output.shape
  const [leftShift, rightShift] = addShifts(left, right)
  return (a, b) =>
    Int32Array.from(a, (value, i) => store(value * 2 ** leftShift + (b[i] as number) * 2 ** rightShift, i % channels))
}
