import type {Shape, Size} from "./shape.ts"

/**
 * A float network as trained: layers in topological order, each naming the layers it reads ("input" is the image); only
 * an add reads two.
 * Built by the functions of layers.ts; shapes are the outputs', checked.
 */
export interface Network {
  readonly name: string
  readonly input: Shape
  readonly layers: readonly Layer[]
}

interface LayerBase {
  readonly name: string
  readonly inputs: readonly string[]
  readonly output: Shape
}

export interface Conv2d extends LayerBase {
  readonly kind: "conv2d"
  readonly filters: number
  readonly kernel: Size
  /** 1 where it is left out. */
  readonly stride?: Size
  /** None where it is left out. */
  readonly padding?: "same"
}
/** One kernel a channel. */
export interface DepthwiseConv2d extends LayerBase {
  readonly kind: "depthwiseConv2d"
  readonly kernel: Size
  readonly stride?: Size
  readonly padding?: "same"
}
export interface Dense extends LayerBase {
  readonly kind: "dense"
  readonly units: number
}
export interface MaxPool2d extends LayerBase {
  readonly kind: "maxPool2d"
  readonly size: Size
}
export interface AvgPool2d extends LayerBase {
  readonly kind: "avgPool2d"
  /** `global` is the whole image. */
  readonly size: Size | "global"
}
export interface BatchNorm extends LayerBase {
  readonly kind: "batchNorm"
  readonly epsilon: number
}
/** Reads two tensors. */
export interface Add extends LayerBase {
  readonly kind: "add"
}
export interface Relu extends LayerBase {
  readonly kind: "relu"
}
export interface Flatten extends LayerBase {
  readonly kind: "flatten"
}
export interface Dropout extends LayerBase {
  readonly kind: "dropout"
  readonly rate: number
}
export type Layer =
  | Conv2d
  | DepthwiseConv2d
  | Dense
  | MaxPool2d
  | AvgPool2d
  | BatchNorm
  | Add
  | Relu
  | Flatten
  | Dropout

/** The layers whose outputs are weighted sums. */
export type FloatLinear = Conv2d | DepthwiseConv2d | Dense

/**
 * Weights of a conv2d are [out][ky][kx][in], of a depthwiseConv2d [channel][ky][kx], of a dense [out][in] (inputs in NHWC
 * order); biases one per output. A batchNorm's weights are its gamma, its bias its beta.
 */
export interface Parameters {
  readonly weights: Float32Array
  readonly bias: Float32Array
  /** Of a batchNorm alone: what it subtracts, and what it divides by (with epsilon, under the root), one a channel. */
  readonly mean?: Float32Array
  readonly variance?: Float32Array
}

/** A trained network: parameters by layer name, for its linear and batchNorm layers. */
export interface FloatModel {
  readonly network: Network
  readonly parameters: Readonly<Record<string, Parameters>>
}
