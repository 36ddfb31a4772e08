import {windowed} from "../geometry.ts"
import type {MaxPool2d} from "../network.ts"
import type {Size} from "../shape.ts"
import {type Kind, type Named, only, size} from "./kind.ts"
import type {Spec} from "./specs.ts"
import {blockGeometry} from "./window.ts"

/** Largest of each size x size block; rows and columns that fill no block are dropped, as in TFLite's VALID. */
export const maxPool2d = ({size: pool, ...rest}: Named & {size: number | Size}): Spec<MaxPool2d> => ({
  kind: "maxPool2d",
  ...rest,
  size: size(pool),
})

export const maxPool2dKind: Kind<Spec<MaxPool2d>> = {
  short: "pool",
  reads: 1,
  output: (spec, site) => windowed(blockGeometry(spec.size, site), only(site).channels),
}
