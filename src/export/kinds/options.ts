import type {Windowed} from "../../graph/geometry.ts"
import type {Size} from "../../graph/shape.ts"
import {activations, paddings, type Table} from "../../tflite/schema.ts"
import {hasRelu, type Options, type Written} from "./kind.ts"

export const activation = (layer: Written): {readonly fusedActivationFunction: number} => ({
  fusedActivationFunction: hasRelu(layer) ? activations.RELU : activations.NONE,
})

/** What the options of both convolutions share. */
export const windowOptions = (layer: Written & Windowed) => ({
  padding: layer.padding === "same" ? paddings.SAME : paddings.VALID,
  strideW: layer.stride?.width ?? 1,
  strideH: layer.stride?.height ?? 1,
  ...activation(layer),
})

/** Of both pools: blocks side by side. */
export const poolOptions = (layer: Written & {readonly size: Size}): Options => ({
  builtinOptionsType: 5,
  builtinOptions: {
    padding: paddings.VALID,
    strideW: layer.size.width,
    strideH: layer.size.height,
    filterWidth: layer.size.width,
    filterHeight: layer.size.height,
    ...activation(layer),
  } as Table<"Pool2DOptions">,
})

export const softmaxOptions: Options = {builtinOptionsType: 9, builtinOptions: {beta: 1} as Table<"SoftmaxOptions">}
