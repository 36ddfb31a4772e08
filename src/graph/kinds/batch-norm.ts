import type {BatchNorm} from "../network.ts"
import {badLayer, type Kind, type Named, only} from "./kind.ts"
import type {Spec} from "./specs.ts"

/** Each channel to zero mean and unit variance over a batch, then scaled and shifted; folded into the layer before it. */
export const batchNorm = ({epsilon = 1e-3, ...rest}: Named & {epsilon?: number} = {}): Spec<BatchNorm> => ({
  kind: "batchNorm",
  ...rest,
  epsilon,
})

export const batchNormKind: Kind<Spec<BatchNorm>> = {
  short: "norm",
  reads: 1,
  output(spec, site) {
    if (!(spec.epsilon > 0 && spec.epsilon <= 1))
      throw badLayer(site.where, `its epsilon is ${spec.epsilon}`, "give more than 0, at most 1; 0.001 is usual")
    return only(site)
  },
  weights: (_, {channels}) => channels,
}
