import {windowed} from "../geometry.ts"
import type {Conv2d} from "../network.ts"
import type {Shape} from "../shape.ts"
import {bounded, count, type Kind, type Named, only} from "./kind.ts"
import type {Spec} from "./specs.ts"
import {type WindowOptions, windowGeometry, windowSpec} from "./window.ts"

/** Convolution: HxWxC becomes (H-k+1)x(W-k+1)xfilters, or ceil(H/stride)x... with padding "same". */
export function conv2d({kernel, stride, padding, ...rest}: Named & WindowOptions & {filters: number}): Spec<Conv2d> {
  return {
    kind: "conv2d",
    ...rest,
    ...windowSpec({kernel, stride, padding}),
  }
}

export const conv2dKind: Kind<Spec<Conv2d>> = {
  short: "conv",
  reads: 1,
  output(spec, site) {
    count(site.where, "filters", spec.filters)
    const windows = windowGeometry(spec, site)
    return bounded(site.where, weightsOf(spec, only(site)), windowed(windows, spec.filters))
  },
  weights: weightsOf,
}

function weightsOf({filters, kernel}: Spec<Conv2d>, {channels}: Shape): number {
  return filters * kernel.height * kernel.width * channels
}
