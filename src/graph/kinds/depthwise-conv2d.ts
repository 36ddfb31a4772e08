import {windowed} from "../geometry.ts"
import type {DepthwiseConv2d} from "../network.ts"
import {bounded, type Kind, type Named, only} from "./kind.ts"
import type {Spec} from "./specs.ts"
import {type WindowOptions, windowGeometry, windowSpec} from "./window.ts"

/** One kernel a channel: HxWxC becomes (H-k+1)x(W-k+1)xC, or ceil(H/stride)x... with padding "same". */
export function depthwiseConv2d({kernel, stride, padding, ...rest}: Named & WindowOptions): Spec<DepthwiseConv2d> {
  return {
    kind: "depthwiseConv2d",
    ...rest,
    ...windowSpec({kernel, stride, padding}),
  }
}

export const depthwiseConv2dKind: Kind<Spec<DepthwiseConv2d>> = {
  short: "depthwise",
  reads: 1,
  output(spec, site) {
    const windows = windowGeometry(spec, site)
    const {channels} = only(site)
    return bounded(site.where, spec.kernel.height * spec.kernel.width * channels, windowed(windows, channels))
  },
  weights: ({kernel}, {channels}) => kernel.height * kernel.width * channels,
}
