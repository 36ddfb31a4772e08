import {geometry} from "../../graph/geometry.ts"
import type {IntegerConv2d} from "../../graph/integer.ts"
import type {Shape} from "../../graph/shape.ts"
import type {Operator} from "../operator.ts"
import {linear} from "./linear.ts"
import {patches} from "./patches.ts"

export function conv2d(layer: IntegerConv2d, input: Shape): Operator {
  const apply = linear(layer)
  const windows = geometry(layer, input)
  return (image) => apply(patches(windows, input, image))
}
