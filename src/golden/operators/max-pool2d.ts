import {poolGeometry} from "../../graph/geometry.ts"
import type {IntegerMaxPool2d} from "../../graph/integer.ts"
import type {Shape} from "../../graph/shape.ts"
import type {Operator} from "../operator.ts"
import {blocks} from "./blocks.ts"

/** The largest of each block and channel. */
export function maxPool2d({size}: IntegerMaxPool2d, input: Shape): Operator {
  const windows = poolGeometry(size, input)
  return (image) =>
    blocks(windows, input, image, Number.NEGATIVE_INFINITY, (largest, value) => Math.max(largest, value))
}
