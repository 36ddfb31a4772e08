import type {Shape, Size} from "../graph/shape.ts"
import {activations, paddings, type Table} from "../tflite/schema.ts"

type Options = Pick<Table<"Operator">, "builtinOptionsType" | "builtinOptions">

const activation = (relu: boolean): number => (relu ? activations.RELU : activations.NONE)

export const convOptions = (relu: boolean): Options => ({
  builtinOptionsType: 1,
  builtinOptions: {
    padding: paddings.VALID,
    strideW: 1,
    strideH: 1,
    fusedActivationFunction: activation(relu),
  } as Table<"Conv2DOptions">,
})

export const poolOptions = ({height, width}: Size): Options => ({
  builtinOptionsType: 5,
  builtinOptions: {
    padding: paddings.VALID,
    strideW: width,
    strideH: height,
    filterWidth: width,
    filterHeight: height,
  } as Table<"Pool2DOptions">,
})

export const denseOptions = (relu: boolean): Options => ({
  builtinOptionsType: 8,
  builtinOptions: {fusedActivationFunction: activation(relu)} as Table<"FullyConnectedOptions">,
})

export const softmaxOptions: Options = {builtinOptionsType: 9, builtinOptions: {beta: 1} as Table<"SoftmaxOptions">}

/** NHWC with a batch of one; a vector is [1, n]. */
export const tensorShape = ({height, width, channels}: Shape, isVector: boolean): readonly number[] =>
  isVector ? [1, channels] : [1, height, width, channels]
