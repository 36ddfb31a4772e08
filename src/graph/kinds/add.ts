import type {Add} from "../network.ts"
import {shapeName} from "../shape.ts"
import {type Kind, mismatch, type Named, only, reads} from "./kind.ts"
import type {Spec} from "./specs.ts"

/** Sum of two tensors of one shape, element by element: the join of a residual branch. */
export const add = (options: Named & {inputs: readonly [string, string]}): Spec<Add> => ({kind: "add", ...options})

export const addKind: Kind<Spec<Add>> = {
  short: "add",
  reads: 2,
  output(_, site) {
    const [left, right] = site.inputs
    if (left && right && shapeName(left) !== shapeName(right))
      throw mismatch(
        site,
        `${reads(site)}, but both must be of one shape`,
        'use padding "same", or a 1x1 convolution on the shorter branch',
      )
    return only(site)
  },
}
