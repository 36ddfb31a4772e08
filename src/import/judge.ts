import type {Shape, Size} from "../graph/shape.ts"
import {elements, shapeName} from "../graph/shape.ts"
import {activations, paddings} from "../tflite/schema.ts"
import type {FileGraph, FileOperator, FileTensor} from "./file.ts"

/** What an operator becomes; `none` for those that change no integer, such as the softmax at the end. */
export type Step =
  | {
      readonly kind: "conv2d"
      readonly relu: boolean
      readonly kernel: Size
      readonly weights: FileTensor
      readonly bias?: FileTensor
    }
  | {
      readonly kind: "dense"
      readonly relu: boolean
      readonly flatten: boolean
      readonly weights: FileTensor
      readonly bias?: FileTensor
    }
  | {readonly kind: "maxPool2d"; readonly relu: boolean; readonly size: Size}
  | {readonly kind: "flatten"}
  | {readonly kind: "relu"}
  | {readonly kind: "image"; readonly shape: Shape}
  | {readonly kind: "none"}

export interface Verdict {
  readonly status: "ok" | "rewritten" | "unsupported"
  /** What we make of it, or what is wrong. */
  readonly note?: string
  /** The smallest change that would make it fit; with `unsupported`. */
  readonly fix?: string
  readonly step?: Step
}

/** Each operator of a file on its own, in order, as if those before it fitted. */
export function judge(graph: FileGraph): readonly Verdict[] {
  let current = graph.input
  let started = false
  return graph.operators.map((operator, index) => {
    const verdict = chained(graph, operator, index, current, started)
    started ||= verdict.step !== undefined && !["none", "image"].includes(verdict.step.kind)
    current = operator.outputs[0] ?? current
    return verdict
  })
}

function chained(
  graph: FileGraph,
  operator: FileOperator,
  index: number,
  current: FileTensor,
  started: boolean,
): Verdict {
  const read = operator.inputs.filter((input) => input !== undefined && input.data === undefined)
  if (read.length !== 1 || read[0] !== current || operator.inputs[0] !== current)
    return no(
      `reads ${read.length} computed tensors, not just the one before it`,
      "use a plain chain of layers, without branches",
    )
  if (operator.outputs.length !== 1) return no(`has ${operator.outputs.length} outputs`, "use layers with one output")
  const from = shapeOf(current)
  const to = shapeOf(operator.outputs[0])
  if (from === undefined || to === undefined)
    return no(
      "has tensors that are not one image or vector",
      "export it with a batch of 1 and NHWC tensors of 2 to 4 dimensions",
    )
  const last = graph.operators.slice(index + 1).every(({name}) => tail.includes(name))
  return operatorVerdict(operator, current, from, to, {first: !started, last})
}

/** What may follow the last layer. */
const tail = ["SOFTMAX", "QUANTIZE", "DEQUANTIZE"]

/** NHWC with a batch of 1; [1, n] is a vector, [1, h, w] one channel. */
export function shapeOf(tensor: FileTensor | undefined): Shape | undefined {
  const [batch, a, b, c] = tensor?.shape ?? []
  if (tensor === undefined || batch !== 1 || a === undefined || tensor.shape.length > 4) return undefined
  if (b === undefined) return {height: 1, width: 1, channels: a}
  return {height: a, width: b, channels: c ?? 1}
}

interface Place {
  /** No layer stands before it. */
  readonly first: boolean
  readonly last: boolean
}

function operatorVerdict(operator: FileOperator, source: FileTensor, from: Shape, to: Shape, place: Place): Verdict {
  switch (operator.name) {
    case "CONV_2D":
      return conv2d(operator, from, to)
    case "FULLY_CONNECTED":
      return dense(operator, source, from, to)
    case "MAX_POOL_2D":
      return maxPool2d(operator, from, to)
    case "RESHAPE":
      return reshape(from, to, operator.outputs[0]?.shape.length === 2, place)
    case "RELU":
      return same(from, to) ?? {status: "ok", step: {kind: "relu"}}
    case "SOFTMAX":
      if (!place.last) return no("is not at the end", "move the softmax to the end, or remove it")
      return {status: "rewritten", note: "left out: outputs are logits, in the same order", step: {kind: "none"}}
    case "QUANTIZE":
    case "DEQUANTIZE":
      if (place.first || place.last) return same(from, to) ?? {status: "ok", step: {kind: "none"}}
      return no("is in the middle of the network", "quantise the whole network, or none of it")
    default:
      return no(
        "is none of the layers tlast has",
        fixes[operator.name] ?? "use conv2d, maxPool2d, dense, relu and softmax",
      )
  }
}

const fixes: Readonly<Record<string, string>> = {
  PAD: "use padding 'valid' and a larger image",
  PADV2: "use padding 'valid' and a larger image",
  AVERAGE_POOL_2D: "use max pooling",
  MEAN: "use max pooling, then flatten and dense",
  RELU6: "train with relu",
  LEAKY_RELU: "train with relu",
  HARD_SWISH: "train with relu",
  LOGISTIC: "use relu inside, and leave the sigmoid out at the end: it keeps the order",
  TANH: "train with relu",
  DEPTHWISE_CONV_2D: "use a plain convolution",
  ADD: "remove the branch",
  MUL: "fold the scale into the weights of the layer before it",
  SUB: "fold it into the bias of the layer after it",
}

function conv2d(operator: FileOperator, from: Shape, to: Shape): Verdict {
  const {padding, strideW, strideH, dilationWFactor, dilationHFactor} = numbers(operator)
  const [, weights, bias] = operator.inputs
  const wrong = constants(operator) ?? fused(operator)
  if (wrong !== undefined) return wrong
  if (weights === undefined || weights.shape.length !== 4)
    return no("has weights that are not 4-dimensional", "export it again")
  const [filters = 0, height = 0, width = 0, channels = 0] = weights.shape
  if (strideW !== 1 || strideH !== 1)
    return no(`has stride ${strideH}x${strideW}`, "use stride 1, and max pooling to shrink")
  if (dilationWFactor !== 1 || dilationHFactor !== 1) return no("is dilated", "use dilation 1")
  if (padding !== paddings.VALID && (height > 1 || width > 1)) return no("has padding 'same'", "use padding 'valid'")
  if (channels !== from.channels)
    return no(`has weights for ${channels} channels, its input has ${from.channels}`, "use groups of 1")
  const expected = {height: from.height - height + 1, width: from.width - width + 1, channels: filters}
  return (
    shapes(expected, to) ?? {
      status: "ok",
      step: {
        kind: "conv2d",
        relu: relu(operator),
        kernel: {height, width},
        weights,
        ...(bias === undefined ? {} : {bias}),
      },
    }
  )
}

function dense(operator: FileOperator, source: FileTensor, from: Shape, to: Shape): Verdict {
  const [, weights, bias] = operator.inputs
  const wrong = constants(operator) ?? fused(operator)
  if (wrong !== undefined) return wrong
  if (weights === undefined || weights.shape.length !== 2)
    return no("has weights that are not a matrix", "export it again")
  if ((operator.options?.weightsFormat ?? 0) !== 0)
    return no("has shuffled weights", "export it with the default format")
  const [units = 0, inputs = 0] = weights.shape
  if (inputs !== elements(from))
    return no(`has ${inputs} weights an output, its input ${elements(from)} elements`, "flatten first")
  const flatten = source.shape.length > 2
  if (flatten && operator.options?.keepNumDims === true)
    return no("works on rows of an image", "flatten before the dense layer")
  return (
    shapes({height: 1, width: 1, channels: units}, to) ?? {
      status: "ok",
      step: {kind: "dense", relu: relu(operator), flatten, weights, ...(bias === undefined ? {} : {bias})},
    }
  )
}

function maxPool2d(operator: FileOperator, from: Shape, to: Shape): Verdict {
  const {padding, strideW = 0, strideH = 0, filterWidth: width = 0, filterHeight: height = 0} = numbers(operator)
  const wrong = fused(operator)
  if (wrong !== undefined) return wrong
  if (height < 1 || width < 1 || strideH !== height || strideW !== width)
    return no(`pools ${height}x${width} with stride ${strideH}x${strideW}`, "use a stride as large as the pool")
  if (padding !== paddings.VALID && (from.height % height !== 0 || from.width % width !== 0))
    return no("has padding 'same' where its windows do not fit", "use padding 'valid'")
  const expected = {...from, height: Math.floor(from.height / height), width: Math.floor(from.width / width)}
  return shapes(expected, to) ?? {status: "ok", step: {kind: "maxPool2d", relu: relu(operator), size: {height, width}}}
}

function reshape(from: Shape, to: Shape, toVector: boolean, place: Place): Verdict {
  if (elements(from) !== elements(to))
    return no(`makes ${elements(from)} elements ${elements(to)}`, "keep the number of elements")
  if (shapeName(from) === shapeName(to)) return {status: "ok", step: {kind: "none"}}
  if (toVector) return {status: "ok", step: {kind: "flatten"}}
  if (place.first)
    return {status: "rewritten", note: `the image is read as ${shapeName(to)}`, step: {kind: "image", shape: to}}
  return no(`makes ${shapeName(from)} ${shapeName(to)}`, "reshape only the image at the start, or to a vector")
}

const numbers = ({options = {}}: FileOperator) => options as Readonly<Record<string, number | undefined>>

const relu = (operator: FileOperator): boolean => numbers(operator).fusedActivationFunction === activations.RELU

function fused(operator: FileOperator): Verdict | undefined {
  const code = numbers(operator).fusedActivationFunction ?? 0
  if (code === activations.NONE || code === activations.RELU) return undefined
  const name = Object.keys(activations).find((key) => activations[key as keyof typeof activations] === code)
  return no(`has the activation ${name ?? code}`, "train with relu")
}

function constants(operator: FileOperator): Verdict | undefined {
  if (operator.options === undefined) return no("has no options", "export it again")
  for (const input of operator.inputs.slice(1))
    if (input !== undefined && input.data === undefined)
      return no("has weights that are computed or left out", "export it with constant float32 or int8 weights")
  return undefined
}

function shapes(expected: Shape, found: Shape): Verdict | undefined {
  if (expected.height < 1 || expected.width < 1) return no("has a window larger than its input", "use a smaller one")
  if (shapeName(expected) === shapeName(found)) return undefined
  return no(`says its output is ${shapeName(found)}, it is ${shapeName(expected)}`, "export the model again")
}

const same = (from: Shape, to: Shape): Verdict | undefined => shapes(from, to)

const no = (note: string, fix: string): Verdict => ({status: "unsupported", note, fix})
