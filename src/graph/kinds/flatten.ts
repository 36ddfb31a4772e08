import type {Flatten} from "../network.ts"
import {elements} from "../shape.ts"
import {type Kind, type Named, only} from "./kind.ts"
import type {Spec} from "./specs.ts"

/** HxWxC to a vector, in NHWC order. */
export const flatten = (options: Named = {}): Spec<Flatten> => ({kind: "flatten", ...options})

export const flattenKind: Kind<Spec<Flatten>> = {
  short: "flatten",
  reads: 1,
  output: (_, site) => ({height: 1, width: 1, channels: elements(only(site))}),
}
