import {geometry} from "../../graph/geometry.ts"
import type {DepthwiseConv2d} from "../../graph/network.ts"
import {four, type Operator} from "./operator.ts"
import {windowWords} from "./windows.ts"

export const depthwise: Operator<DepthwiseConv2d> = {
  code: 4,
  takesRelu: true,
  takesPool: true,
  takesVectors: false,
  vectors: true,
  output: (layer, input) => ({...geometry(layer, input).output, channels: input.channels}),
  border: (layer, input) => geometry(layer, input),
  // [channel][taps, rounded up to 4]: a kernel of one row and one channel.
  slot: ({kernel}, {channels}) => ({
    outputs: channels,
    kernel: {height: 1, width: kernel.height * kernel.width},
    channels: 1,
    stride: 1,
  }),
  start({kernel}, {channels}, draw) {
    const taps = kernel.height * kernel.width
    return {weights: draw(taps * channels, taps), bias: new Float32Array(channels)}
  },
  words(site) {
    const {kernel} = site.step.layer
    return {
      integers: {
        ...windowWords(site, geometry(site.step.layer, site.input.shape)),
        KERNEL_RUN4: four(kernel.height * kernel.width),
      },
    }
  },
}
