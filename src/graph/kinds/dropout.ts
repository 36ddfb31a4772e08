import type {Dropout} from "../network.ts"
import {badLayer, type Kind, type Named, only} from "./kind.ts"
import type {Spec} from "./specs.ts"

/** While training, drops each element with probability `rate` (0 <= rate < 1) and scales the others by 1 / (1 - rate). */
export const dropout = (rate: number, options: Named = {}): Spec<Dropout> => ({kind: "dropout", ...options, rate})

export const dropoutKind: Kind<Spec<Dropout>> = {
  short: "dropout",
  reads: 1,
  output(spec, site) {
    if (!(spec.rate >= 0 && spec.rate < 1))
      throw badLayer(site.where, `its rate is ${spec.rate}`, "give the share to drop: 0 or more, less than 1")
    return only(site)
  },
}
