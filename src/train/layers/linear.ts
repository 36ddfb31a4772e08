import {type Geometry, geometry} from "../../graph/geometry.ts"
import type {Conv2d, Dense} from "../../graph/network.ts"
import {elements, type Shape} from "../../graph/shape.ts"
import {four, type Operator} from "./operator.ts"
import {windowWords} from "./windows.ts"

/** A vector's convolution, like a dense layer, has its whole input as its one window. */
const windowOf = (layer: Conv2d | Dense, input: Shape, vector: boolean): Geometry =>
  layer.kind === "conv2d" && !vector ? geometry(layer, input) : geometry({kernel: input}, input)

export const linear: Operator<Conv2d | Dense> = {
  code: 0,
  takesRelu: true,
  takesPool: true,
  takesVectors: true,
  vectors: false,
  output: (layer, input, vector) => ({...windowOf(layer, input, vector).output, channels: layer.output.channels}),
  border: (layer, input) => windowOf(layer, input, layer.kind === "dense"),
  slot: (layer, input, vector, stride) => ({
    outputs: layer.output.channels,
    kernel: windowOf(layer, input, vector).kernel,
    channels: input.channels,
    stride,
  }),
  start(layer, input, draw) {
    const inputs = layer.kind === "conv2d" ? elements({...layer.kernel, channels: input.channels}) : elements(input)
    const outputs = layer.output.channels
    return {weights: draw(inputs * outputs, inputs), bias: new Float32Array(outputs)}
  },
  words(site) {
    const {step, input, output, slot, capacity} = site
    if (!slot) throw new Error("a linear layer has parameters")
    const own = step.layer.kind === "conv2d" ? geometry(step.layer, input.shape) : undefined
    const same = own !== undefined && own.kernel.height === slot.kernel.height && own.kernel.width === slot.kernel.width
    const window = same ? own : geometry({kernel: slot.kernel}, input.shape)
    const pools = step.pool.height * step.pool.width > 1
    const padded = window.top + window.left + window.bottom + window.right > 0
    const covers = slot.kernel.height === input.shape.height && slot.kernel.width === input.shape.width
    const whole = covers && !pools && !padded
    const words = windowWords(site, window)
    const run = window.kernel.width * input.stride
    return {
      integers: {
        ...words,
        KERNEL_RUN: run,
        KERNEL_RUN4: four(run),
        SPARSE: pools ? 1 : 0,
        WHOLE: whole ? 1 : 0,
        // Not an image's windows, but the batch's one window each.
        ...(whole
          ? {SCRATCH: site.allocate(capacity * output.stride * 4), DZ: site.allocate(capacity * output.stride * 4)}
          : {}),
      },
    }
  },
}
