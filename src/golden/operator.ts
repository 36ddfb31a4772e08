import {at} from "../errors.ts"
import type {IntegerLayer} from "../graph/integer.ts"
import type {Tensor} from "../graph/tensor.ts"
import {add} from "./operators/add.ts"
import {avgPool2d} from "./operators/avg-pool2d.ts"
import {conv2d} from "./operators/conv2d.ts"
import {dense} from "./operators/dense.ts"
import {depthwiseConv2d} from "./operators/depthwise-conv2d.ts"
import {maxPool2d} from "./operators/max-pool2d.ts"

/** The tensors a layer reads, of one image and NHWC, to its output tensor. Only an add looks at the second. */
export type Operator = (first: Int32Array, second: Int32Array) => Int32Array

/** What a layer does to tensors of the shapes and formats it reads. A kind is one file of operators/. */
export function operator(layer: IntegerLayer, sources: readonly Tensor[]): Operator {
  const input = at(sources, 0)
  switch (layer.kind) {
    case "conv2d":
      return conv2d(layer, input.shape)
    case "depthwiseConv2d":
      return depthwiseConv2d(layer, input.shape)
    case "dense":
      return dense(layer)
    case "maxPool2d":
      return maxPool2d(layer, input.shape)
    case "avgPool2d":
      return avgPool2d(layer, input)
    case "add":
      return add(layer, input.format, at(sources, 1).format)
    case "flatten":
      return (image) => image
  }
}
