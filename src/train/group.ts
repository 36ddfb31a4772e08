import {inputShape} from "../graph/layers.ts"
import type {Layer, Network} from "../graph/network.ts"
import type {Size} from "../graph/shape.ts"

/** Rounded up to a multiple of 4: a vector's lanes. */
export const four = (n: number): number => (n + 3) & ~3

/** One linear layer's place among the parameters, in f32 elements. */
export interface Slot {
  readonly name: string
  readonly weights: number
  readonly bias: number
  readonly outputs: number
  readonly kernel: Size
  readonly channels: number
  readonly stride: number
  /** A kernel's row, rounded up to 4. */
  readonly run4: number
}

/** One step of the kernels. */
export interface Group {
  readonly layer: Layer
  relu: boolean
  pool: Size
}

/** Layers as steps: a conv2d or dense takes the relu and the first pooling that follow it; flatten costs nothing. */
export function group(network: Network): Group[] {
  const groups: Group[] = []
  for (const layer of network.layers) {
    const open = groups.at(-1)
    const linear = open?.layer.kind === "conv2d" || open?.layer.kind === "dense"
    const pooled = open !== undefined && open.pool.height * open.pool.width > 1
    if (layer.kind === "flatten") continue
    if (layer.kind === "relu" && open && linear) open.relu = true
    // After flatten the shape is a vector, and a pool of it can only be 1x1.
    else if (layer.kind === "maxPool2d" && layer.size.height * layer.size.width === 1) continue
    else if (layer.kind === "maxPool2d" && open && linear && !pooled) open.pool = layer.size
    else groups.push({layer, relu: false, pool: layer.kind === "maxPool2d" ? layer.size : {height: 1, width: 1}})
  }
  return groups
}

/** Where each linear layer's parameters lie, in the order of the steps. */
export function placeParameters(network: Network, groups: readonly Group[]): Slot[] {
  const slots: Slot[] = []
  let end = 0
  let physical = network.input
  let stride = network.input.channels
  for (const {layer, pool} of groups) {
    if (layer.kind === "conv2d" || layer.kind === "dense") {
      // A vector may still lie as the image it was flattened from: then its kernel is all of it.
      const vector = inputShape(network, layer)
      const whole = vector.height * vector.width === 1
      const kernel = layer.kind === "conv2d" && !whole ? layer.kernel : physical
      const {height, width} = kernel
      const outputs = layer.output.channels
      const run4 = four(width * stride)
      slots.push({
        name: layer.name,
        weights: end,
        bias: end + outputs * height * run4,
        outputs,
        kernel: {height, width},
        channels: physical.channels,
        stride,
        run4,
      })
      end += outputs * height * run4 + four(outputs)
      physical = {height: physical.height - height + 1, width: physical.width - width + 1, channels: outputs}
      stride = four(outputs)
    }
    physical = {
      height: Math.floor(physical.height / pool.height),
      width: Math.floor(physical.width / pool.width),
      channels: physical.channels,
    }
  }
  return slots
}
