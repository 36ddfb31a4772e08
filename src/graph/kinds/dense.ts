import type {Dense} from "../network.ts"
import {elements} from "../shape.ts"
import {bounded, count, type Kind, mismatch, type Named, only, reads} from "./kind.ts"
import type {Spec} from "./specs.ts"

/** Fully connected: needs a vector, so put flatten() before the first one. */
export const dense = (options: Named & {units: number}): Spec<Dense> => ({kind: "dense", ...options})

export const denseKind: Kind<Spec<Dense>> = {
  short: "dense",
  reads: 1,
  output(spec, site) {
    count(site.where, "units", spec.units)
    const input = only(site)
    if (input.height !== 1 || input.width !== 1)
      throw mismatch(
        site,
        `${reads(site)}, but needs a vector (of ${elements(input)})`,
        `put flatten() between ${site.from[0] ?? "it"} and ${site.name}`,
      )
    return bounded(site.where, spec.units * elements(input), {height: 1, width: 1, channels: spec.units})
  },
  weights: ({units}, input) => units * elements(input),
}
