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

/** What conv2d and dense share. accumulator = sum of weight * input + bias, at most 32 bits in the worst case. */
export interface Linear extends IntegerLayerBase {
  /** conv2d [out][ky][kx][in], dense [out][in]; integers of weightBits, signed. weightBits 2 here means ternary or -2..1. */
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
}
export interface IntegerDense extends Linear {
  readonly kind: "dense"
}
export interface IntegerMaxPool2d extends IntegerLayerBase {
  readonly kind: "maxPool2d"
  readonly size: Size
}
export interface IntegerFlatten extends IntegerLayerBase {
  readonly kind: "flatten"
}
export type IntegerLayer = IntegerConv2d | IntegerDense | IntegerMaxPool2d | IntegerFlatten
export type LinearLayer = IntegerConv2d | IntegerDense
