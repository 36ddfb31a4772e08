import type {IntegerDense} from "../../graph/integer.ts"
import type {Operator} from "../operator.ts"
import {linear} from "./linear.ts"

export function dense(layer: IntegerDense): Operator {
  const apply = linear(layer)
  return (vector) => apply([vector])
}
