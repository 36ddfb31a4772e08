import {at, TlastError} from "../errors.ts"
import {formatRange} from "../graph/format.ts"
import type {Network} from "../graph/network.ts"
import {elements, type Shape} from "../graph/shape.ts"
import * as field from "./fields.ts"
import type {Norm, Slot, Step, Tensor, Words} from "./layers/operator.ts"
import {operatorOf} from "./layers/operators.ts"
import type {FakeQuantize} from "./options.ts"
import {type Laid, type Steps, stepsOf} from "./steps.ts"

/** Where everything is in a trainer's memory; bytes unless said. Plain data: workers are sent it. See assembly/kernels.ts. */
export interface Program {
  readonly words: Int32Array<ArrayBuffer>
  readonly steps: number
  readonly bytes: number
  /** Images a shard holds at most. */
  readonly capacity: number
  readonly image: Shape
  /** Bytes of a row and of a pixel of it in memory. */
  readonly imageRow: number
  readonly imagePixel: number
  /** Floor the image to this many levels; 0 for none. */
  readonly levels: number
  /** Parameters in the kernels' layout: count is a multiple of 4. Gradients have the same layout. */
  readonly count: number
  /** The first so many are Adam's; the rest are running means and variances. */
  readonly moved: number
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
    /** The average of parameters over the steps, and which weights are not pruned: 1 or 0. */
    readonly average: number
    readonly mask: number
    /** A teacher's logits: images x classes. */
    readonly teacher: number
  }
  readonly imageBytes: number
  readonly logitBytes: number
  readonly classes: number
  readonly slots: readonly Slot[]
  readonly norms: readonly Norm[]
}

/** Levels of the tree that sums 2^4 shards, and one more. */
export const SUMS = 5

const LARGEST_MEMORY = 1.2e9

/** Where a step's words are, by name. */
const places: Readonly<Record<keyof Words, number>> = field

/**
 * Lays out a network for shards of `capacity` images. Throws NOT_TRAINABLE where the last layer gives no vector of
 * classes, TOO_LARGE_TO_TRAIN past 1.2 GB.
 */
export function layOut(network: Network, capacity: number, quantise?: FakeQuantize): Program {
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
  const plan = stepsOf(network)
  const {steps, slots, norms, count, moved} = plan
  const program = allocate(steps.length * field.STEP_BYTES)
  const parameters = allocate(count * 4)
  const gradient = allocate(count * 4)
  const sums = allocate(count * 4 * SUMS)
  const {height, width, channels} = network.input
  const pixels = allocate(elements(network.input))
  const canvas = allocate((height + 3) * (width + 3) * channels * 4)
  const labels = allocate(capacity)
  const seeds = allocate(capacity * 4)
  const zeros = allocate(longest(plan) * 4)
  const tensors = [plan.image, ...plan.outputs].map((laid) => place(laid, capacity, allocate))
  const image = at(tensors, 0)
  const logits = at(tensors, tensors.length - 1)
  const words = new Int32Array((steps.length * field.STEP_BYTES) / 4)
  const floats = new Float32Array(words.buffer)
  for (const [index, step] of steps.entries()) {
    const {layer} = step
    const input = at(tensors, at(step.reads, 0) + 1)
    const output = at(tensors, index + 1)
    const own = quantise?.layers[layer.name]
    const format = own?.activation
    const range = format ? formatRange(format) : {min: 0, max: 0}
    const special = operatorOf(layer).words?.({
      step,
      input,
      output,
      slot: slots.find(({name}) => name === layer.name),
      norm: norms.find(({name}) => name === layer.name),
      capacity,
      format,
      quantised: quantise !== undefined,
      parameter: (element) => parameters + element * 4,
      gradient: (element) => gradient + element * 4,
      allocate,
    })
    const integers: Words = {
      KIND: operatorOf(layer).code,
      ...readWords(steps, index, tensors),
      Y: output.address + output.inside,
      Y_IMAGE: output.image,
      Y_ROW: output.row,
      DY: output.gradient + output.inside,
      ROWS: output.shape.height,
      COLUMNS: output.shape.width,
      OUTPUTS: output.shape.channels,
      OUTPUTS4: output.stride,
      WINNERS: allocate(output.image * capacity) + output.inside,
      RELU: step.relu ? 1 : 0,
      QUANTISE: format ? (own?.rounding === "floor" ? 2 : 1) : 0,
      POOL_ROWS: step.pool.height,
      POOL_COLUMNS: step.pool.width,
      ZEROS: zeros,
      SEED: index * 128,
      ...special?.integers,
    }
    const reals: Words = {
      SCALE: format ? 2 ** format.fraction : 1,
      LOWEST: range.min,
      HIGHEST: range.max,
      ...special?.floats,
    }
    const base = (index * field.STEP_BYTES) / 4
    for (const [name, value] of Object.entries(integers)) words[base + places[name as keyof Words] / 4] = value
    for (const [name, value] of Object.entries(reals)) floats[base + places[name as keyof Words] / 4] = value
  }
  const teacher = allocate(capacity * logits.shape.channels * 4)
  const master = allocate(count * 4)
  const firstMoment = allocate(count * 4)
  const secondMoment = allocate(count * 4)
  const average = allocate(count * 4)
  const mask = allocate(count * 4)
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
    steps: steps.length,
    bytes: end,
    capacity,
    image: network.input,
    imageRow: image.row,
    imagePixel: image.stride * 4,
    levels: quantise ? 2 ** quantise.input.fraction : 0,
    count,
    moved,
    at: {
      program,
      parameters,
      gradient,
      sums,
      pixels,
      canvas,
      labels,
      seeds,
      images: image.address + image.inside,
      logits: logits.address + logits.inside,
      logitsGradient: logits.gradient + logits.inside,
      master,
      firstMoment,
      secondMoment,
      average,
      mask,
      teacher,
    },
    imageBytes: image.image,
    logitBytes: logits.image,
    classes: logits.shape.channels,
    slots,
    norms,
  }
}

/** A tensor's memory, and its gradient's where one is of use. */
function place({shape, stride, border, trained}: Laid, capacity: number, allocate: (bytes: number) => number): Tensor {
  const {top, left, bottom, right} = border
  const row = (left + shape.width + right) * stride * 4
  const image = (top + shape.height + bottom) * row
  return {
    shape,
    stride,
    border,
    image,
    row,
    inside: top * row + left * stride * 4,
    address: allocate(image * capacity),
    gradient: trained ? allocate(image * capacity) : 0,
  }
}

/** The words of what a step reads. */
function readWords(steps: readonly Step[], index: number, tensors: readonly Tensor[]): Words {
  const {reads} = at(steps, index)
  const [first = -1, second] = reads
  const input = at(tensors, first + 1)
  // Backwards, the last of its readers is the first to put a share there.
  const adds = (tensor: number, from: number) =>
    steps.slice(index + 1).some((later) => later.reads.includes(tensor)) || reads.slice(0, from).includes(tensor)
      ? 1
      : 0
  const gradient = (tensor: Tensor) => (tensor.gradient ? tensor.gradient + tensor.inside : 0)
  const common: Words = {
    X: input.address + input.inside,
    X_IMAGE: input.image,
    X_ROW: input.row,
    X_PIXEL: input.stride * 4,
    X_ROWS: input.shape.height,
    X_COLUMNS: input.shape.width,
    CHANNELS: input.stride,
    DX: gradient(input),
    DX_INSIDE: input.inside,
    ADDS: adds(first, 0),
  }
  if (second === undefined) return common
  const other = at(tensors, second + 1)
  return {
    ...common,
    X2: other.address + other.inside,
    X2_IMAGE: other.image,
    X2_ROW: other.row,
    DX2: gradient(other),
    ADDS2: adds(second, 1),
  }
}

/** Elements of the longest row of outputs that starts from zero. */
const longest = ({image, outputs}: Steps): number =>
  Math.max(...[image, ...outputs].map(({shape, stride}) => shape.width * stride))
