import {bug} from "../errors.ts"
import type {NumberFormat, Overflow, Rounding} from "./format.ts"
import type {Shape, Size} from "./shape.ts"

/**
 * A network in integers: what golden defines, plan maps and emit builds. Layers are in topological order; each names
 * the tensors it reads, "input" first. Relu is part of the requantise that follows a linear layer; dropout is gone.
 */
export interface IntegerNetwork {
  readonly name: string
  /** Elements are integers of this format; a byte of an image file becomes its top bits (byteElements). */
  readonly input: {readonly shape: Shape; readonly format: NumberFormat}
  readonly layers: readonly IntegerLayer[]
  /** How the last layer's accumulators become the int8 logits of model.int8.tflite; absent where that file is refused. */
  readonly logits8?: {readonly shift: number; readonly rounding: Rounding}
}

interface IntegerLayerBase {
  readonly name: string
  readonly inputs: readonly string[]
  readonly output: {readonly shape: Shape; readonly format: NumberFormat}
}

/** Per output channel: shift right by shifts[c], round, then relu if asked, then overflow into the output's format. */
export interface Requantise {
  /** One per output channel, each 0..31. */
  readonly shifts: readonly number[]
  readonly rounding: Rounding
  readonly relu: boolean
  readonly overflow: Overflow
}

/** What the layers of weighted sums share. accumulator = sum of weight * input + bias, at most 32 bits in the worst case. */
export interface Linear extends IntegerLayerBase {
  /**
   * conv2d [out][ky][kx][in], depthwiseConv2d [channel][ky][kx], dense [out][in]; integers of weightBits, signed.
   * weightBits 2 means ternary or -2..1, 1 means binary: -1 or +1, never 0.
   */
  readonly weights: Int8Array
  readonly weightBits: number
  /** One per output channel: the weight's fraction. The accumulator's is this plus the input's. */
  readonly weightFractions: readonly number[]
  /** One per output channel, on its accumulator's grid. */
  readonly bias: Int32Array
  /** Absent only on the last layer: then the outputs are the accumulators themselves, all of one fraction. */
  readonly requantise?: Requantise
}

export interface IntegerConv2d extends Linear {
  readonly kind: "conv2d"
  readonly kernel: Size
  /** 1 where it is left out. */
  readonly stride?: Size
  /** `same` surrounds the image with the integer 0, as TensorFlow does (geometry.ts). */
  readonly padding?: "same"
}
export interface IntegerDepthwiseConv2d extends Linear {
  readonly kind: "depthwiseConv2d"
  readonly kernel: Size
  readonly stride?: Size
  readonly padding?: "same"
}
export interface IntegerDense extends Linear {
  readonly kind: "dense"
}
export interface IntegerMaxPool2d extends IntegerLayerBase {
  readonly kind: "maxPool2d"
  readonly size: Size
}
/**
 * accumulator = (exact sum of the block) * round(2^16 / elements of the block), whose fraction is the input's plus 16. With
 * rounding `tflite` the sum itself, divided by LiteRT's rule (docs/numbers.md); its format is then the input's, all shifts 0.
 */
export interface IntegerAvgPool2d extends IntegerLayerBase {
  readonly kind: "avgPool2d"
  readonly size: Size
  readonly requantise: Requantise
}
/** Both operands on the finer one's fraction, summed exactly, then requantised; all shifts are the same. */
export interface IntegerAdd extends IntegerLayerBase {
  readonly kind: "add"
  readonly requantise: Requantise
}
export interface IntegerFlatten extends IntegerLayerBase {
  readonly kind: "flatten"
}
export type LinearLayer = IntegerConv2d | IntegerDepthwiseConv2d | IntegerDense
export type IntegerLayer = LinearLayer | IntegerMaxPool2d | IntegerAvgPool2d | IntegerAdd | IntegerFlatten

/** Whether a layer's outputs are weighted sums. */
export const isLinearLayer = (layer: IntegerLayer): layer is LinearLayer =>
  layer.kind === "conv2d" || layer.kind === "depthwiseConv2d" || layer.kind === "dense"

/** The layer of that name, which has weights: the planner made a stage of it. */
export function linearLayer(network: IntegerNetwork, name: string | undefined): LinearLayer {
  const layer = network.layers.find((one) => one.name === name)
  if (layer === undefined || !isLinearLayer(layer)) throw bug("graph", `no linear layer ${name}`)
  return layer
}

/** round(2^16 / count): what an average's sum is multiplied by. */
export const reciprocal = ({height, width}: Size): number => Math.round(2 ** 16 / (height * width))
