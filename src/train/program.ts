import {at, bug, TlastError} from "../errors.ts"
import {formatRange} from "../graph/format.ts"
import type {Network} from "../graph/network.ts"
import {elements, type Shape} from "../graph/shape.ts"
import {refuseUnsupported} from "../graph/support.ts"
import {four, group, placeParameters, type Slot} from "./group.ts"
import type {FakeQuantize} from "./options.ts"

/** Where everything is in a trainer's memory; bytes unless said. Plain data: workers are sent it. See assembly/kernels.ts. */
export interface Program {
  readonly words: Int32Array<ArrayBuffer>
  readonly steps: number
  readonly bytes: number
  /** Images a shard holds at most. */
  readonly capacity: number
  readonly image: Shape
  /** Floor the image to this many levels; 0 for none. */
  readonly levels: number
  /** Parameters in the kernels' layout: count is a multiple of 4. Gradients have the same layout. */
  readonly count: number
  readonly at: {
    readonly program: number
    readonly parameters: number
    readonly gradient: number
    /** Sums of shards, one a level of the tree: each `count` f32. */
    readonly sums: number
    readonly pixels: number
    readonly canvas: number
    readonly labels: number
    readonly seeds: number
    readonly images: number
    readonly logits: number
    readonly logitsGradient: number
    /** Parameters before quantisation, and Adam's moments. */
    readonly master: number
    readonly firstMoment: number
    readonly secondMoment: number
  }
  readonly imageBytes: number
  readonly logitBytes: number
  readonly classes: number
  readonly slots: readonly Slot[]
}

/** Levels of the tree that sums 2^4 shards, and one more. */
export const SUMS = 5

const WORDS = 32
const LARGEST_MEMORY = 1.2e9

interface Tensor {
  readonly shape: Shape
  readonly stride: number
  readonly address: number
  readonly gradient: number
}

/**
 * Lays out a network for shards of `capacity` images. Throws NOT_TRAINABLE where the last layer gives no vector of
 * classes, TOO_LARGE_TO_TRAIN past 1.2 GB.
 */
export function layOut(network: Network, capacity: number, quantise?: FakeQuantize): Program {
  refuseUnsupported(network.layers, "training", [], "use stride 1, no padding and a chain of layers")
  const last = at(network.layers, network.layers.length - 1)
  if ((last.kind !== "dense" && last.kind !== "conv2d") || last.output.height * last.output.width !== 1) {
    throw new TlastError({
      code: "NOT_TRAINABLE",
      where: `layer ${last.name} (${last.kind})`,
      message: "training needs one logit a class from the last layer: a dense, or a conv2d whose output is 1x1",
      hint: "end the network with flatten() and dense({units: classes})",
    })
  }
  let end = 65_536
  const allocate = (bytes: number) => {
    const address = end
    // 64 bytes between: vectors are read a little past the end.
    end = (end + bytes + 127) & ~63
    return address
  }
  const groups = group(network)
  const slots = placeParameters(network, groups)
  const lastSlot = slots.at(-1)
  if (!lastSlot) throw bug("layOut", "no linear layer")
  const count = lastSlot.bias + four(lastSlot.outputs)
  const program = allocate(groups.length * WORDS * 4)
  const parameters = allocate(count * 4)
  const gradient = allocate(count * 4)
  const sums = allocate(count * 4 * SUMS)
  const {height, width, channels} = network.input
  const pixels = allocate(elements(network.input))
  const canvas = allocate((height + 3) * (width + 3) * channels * 4)
  const labels = allocate(capacity)
  const seeds = allocate(capacity * 4)
  const images = allocate(elements(network.input) * 4 * capacity)
  const words = new Int32Array(groups.length * WORDS)
  const floats = new Float32Array(words.buffer)
  let tensor: Tensor = {shape: network.input, stride: channels, address: images, gradient: 0}
  for (const [index, {layer, relu, pool}] of groups.entries()) {
    const slot = slots.find(({name}) => name === layer.name)
    const window = slot?.kernel ?? {height: 1, width: 1}
    const convRows = tensor.shape.height - window.height + 1
    const convColumns = tensor.shape.width - window.width + 1
    const shape: Shape = {
      height: Math.floor(convRows / pool.height),
      width: Math.floor(convColumns / pool.width),
      channels: slot?.outputs ?? tensor.shape.channels,
    }
    const stride = slot ? four(slot.outputs) : tensor.stride
    const bytes = shape.height * shape.width * stride * 4 * capacity
    const next: Tensor = {shape, stride, address: allocate(bytes), gradient: allocate(bytes)}
    const winners = allocate(bytes)
    const scratch = slot ? allocate(Math.max(pool.height * convColumns, capacity) * stride * 4) : 0
    const format = slot ? quantise?.layers[slot.name]?.activation : undefined
    const range = format ? formatRange(format) : {min: 0, max: 0}
    const rounding = quantise?.layers[slot?.name ?? ""]?.rounding === "floor" ? 2 : 1
    const run = window.width * tensor.stride
    const integers = [
      slot ? 0 : layer.kind === "maxPool2d" ? 1 : layer.kind === "relu" ? 2 : 3,
      tensor.address,
      elements({...tensor.shape, channels: tensor.stride}) * 4,
      tensor.shape.width * tensor.stride * 4,
      tensor.stride * 4,
      next.address,
      shape.height * shape.width * stride * 4,
      shape.channels,
      stride,
      window.height,
      run,
      four(run),
      slot ? parameters + slot.weights * 4 : 0,
      slot ? allocate(window.height * run * stride * 4) : 0,
      slot ? parameters + slot.bias * 4 : 0,
      slot ? gradient + slot.weights * 4 : 0,
      slot ? gradient + slot.bias * 4 : 0,
      shape.height,
      shape.width,
      pool.height,
      pool.width,
      relu ? 1 : 0,
      winners,
      index === 0 ? 0 : tensor.gradient,
      next.gradient,
      scratch,
      format ? rounding : 0,
      0,
      0,
      0,
      0,
      convColumns,
    ]
    words.set(integers, index * WORDS)
    floats.set(
      [format ? 2 ** format.fraction : 1, range.min, range.max, layer.kind === "dropout" ? layer.rate : 0],
      index * WORDS + 27,
    )
    tensor = next
  }
  const master = allocate(count * 4)
  const firstMoment = allocate(count * 4)
  const secondMoment = allocate(count * 4)
  if (end > LARGEST_MEMORY) {
    throw new TlastError({
      code: "TOO_LARGE_TO_TRAIN",
      where: `network ${network.name}`,
      message: `training needs ${Math.ceil(end / 1e6)} MB a thread, at most ${LARGEST_MEMORY / 1e6} are taken`,
      hint: "use fewer filters or units, pool earlier, or a smaller batch",
    })
  }
  return {
    words,
    steps: groups.length,
    bytes: end,
    capacity,
    image: network.input,
    levels: quantise ? 2 ** quantise.input.fraction : 0,
    count,
    at: {
      program,
      parameters,
      gradient,
      sums,
      pixels,
      canvas,
      labels,
      seeds,
      images,
      logits: tensor.address,
      logitsGradient: tensor.gradient,
      master,
      firstMoment,
      secondMoment,
    },
    imageBytes: elements(network.input) * 4,
    logitBytes: tensor.stride * 4,
    classes: tensor.shape.channels,
    slots,
  }
}
