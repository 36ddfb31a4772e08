import type {Shape, Size} from "./shape.ts"

/**
 * A float network as trained: layers in topological order, each naming the layers it reads ("input" is the image).
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
}
export interface Dense extends LayerBase {
  readonly kind: "dense"
  readonly units: number
}
export interface MaxPool2d extends LayerBase {
  readonly kind: "maxPool2d"
  readonly size: Size
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
export type Layer = Conv2d | Dense | MaxPool2d | Relu | Flatten | Dropout

/** Weights of a conv2d are [out][ky][kx][in], of a dense [out][in] (inputs in NHWC order); biases one per output. */
export interface Parameters {
  readonly weights: Float32Array
  readonly bias: Float32Array
}

/** A trained network: parameters by layer name, for its conv2d and dense layers. */
export interface FloatModel {
  readonly network: Network
  readonly parameters: Readonly<Record<string, Parameters>>
}
