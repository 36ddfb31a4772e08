import {windowed} from "../geometry.ts"
import type {AvgPool2d} from "../network.ts"
import type {Size} from "../shape.ts"
import {type Kind, type Named, only, size} from "./kind.ts"
import type {Spec} from "./specs.ts"
import {blockGeometry} from "./window.ts"

/** Mean of each size x size block; rows and columns that fill no block are dropped, as in TFLite's VALID. */
export const avgPool2d = ({size: pool, ...rest}: Named & {size: number | Size}): Spec<AvgPool2d> => ({
  kind: "avgPool2d",
  ...rest,
  size: size(pool),
})

/** Mean of each channel over the whole image: HxWxC becomes a vector of C. */
export const globalAvgPool2d = (options: Named = {}): Spec<AvgPool2d> => ({
  kind: "avgPool2d",
  ...options,
  size: "global",
})

export const avgPool2dKind: Kind<Spec<AvgPool2d>> = {
  short: "average",
  reads: 1,
  output: (spec, site) => windowed(blockGeometry(averaged(spec.size, only(site)), site), only(site).channels),
}

/** The block a mean is taken over. */
export const averaged = (given: Size | "global", input: Size): Size =>
  given === "global" ? {height: input.height, width: input.width} : given
