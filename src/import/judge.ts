import {type FileGraph, type FileOperator, type FileTensor, shapeOf} from "./file.ts"
import {add} from "./operators/add.ts"
import {averagePool2d} from "./operators/average-pool-2d.ts"
import {conv2d} from "./operators/conv-2d.ts"
import {depthwiseConv2d} from "./operators/depthwise-conv-2d.ts"
import {fullyConnected} from "./operators/fully-connected.ts"
import {maxPool2d} from "./operators/max-pool-2d.ts"
import {mean} from "./operators/mean.ts"
import {type Judge, no, type Verdict} from "./operators/operator.ts"
import {quantize, relu, softmax} from "./operators/others.ts"
import {pad} from "./operators/pad.ts"
import {reshape} from "./operators/reshape.ts"

const JUDGES: Readonly<Record<string, Judge>> = {
  CONV_2D: conv2d,
  DEPTHWISE_CONV_2D: depthwiseConv2d,
  FULLY_CONNECTED: fullyConnected,
  MAX_POOL_2D: maxPool2d,
  AVERAGE_POOL_2D: averagePool2d,
  MEAN: mean,
  ADD: add,
  PAD: pad,
  RESHAPE: reshape,
  RELU: relu,
  SOFTMAX: softmax,
  QUANTIZE: quantize,
  DEQUANTIZE: quantize,
}

/** What converters compute the shape of a RESHAPE with, where the batch is open. */
const shapes = ["SHAPE", "STRIDED_SLICE", "PACK"]

/** What may follow the last layer. */
const tail = ["SOFTMAX", "QUANTIZE", "DEQUANTIZE"]

/** Each operator of a file on its own, in order, as if those before it fitted. */
export function judge(graph: FileGraph): readonly Verdict[] {
  /** Tensors that are still the image. */
  const images = new Set([graph.input])
  return graph.operators.map((operator, index) => {
    const first = operator.inputs.some((input) => input !== undefined && images.has(input))
    const verdict = placed(graph, operator, index, first)
    const [output] = operator.outputs
    const passes = verdict.step?.specs.length === 0 && verdict.step.computesShape !== true
    if (first && output !== undefined && passes) images.add(output)
    return verdict
  })
}

function placed(graph: FileGraph, operator: FileOperator, index: number, first: boolean): Verdict {
  const sources = operator.inputs.filter(
    (input): input is FileTensor => input !== undefined && input.data === undefined && input.type !== "INT32",
  )
  const [output, ...more] = operator.outputs
  if (output === undefined || more.length > 0)
    return no(`has ${operator.outputs.length} outputs`, "use layers with one output")
  if (output.type === "INT32" && output !== graph.output && shapes.includes(operator.name))
    return {status: "ok", note: "computes a shape that the file states", step: {specs: [], computesShape: true}}
  const judgeOf = Object.hasOwn(JUDGES, operator.name) ? JUDGES[operator.name] : undefined
  if (judgeOf === undefined)
    return no(
      "is none of the layers tlast has",
      fixes[operator.name] ?? "use conv2d, depthwiseConv2d, dense, maxPool2d, avgPool2d, add, relu and softmax",
    )
  const isAdd = operator.name === "ADD"
  if (sources.length === 0 || (!isAdd && (sources.length !== 1 || operator.inputs[0] !== sources[0])))
    return no(`reads ${sources.length} computed tensors`, "only an add reads two: use layers that read one")
  const read = graph.operators.some(({inputs}) => inputs.includes(output))
  if (!read && output !== graph.output)
    return no("makes a tensor that nobody reads", "join it with an add, or leave it out")
  const from = shapeOf(sources[0])
  const to = shapeOf(output)
  if (from === undefined || to === undefined)
    return no(
      "has tensors that are not one image or vector",
      "export it with a batch of 1 and NHWC tensors of 2 to 4 dimensions",
    )
  const last = graph.operators.slice(index + 1).every(({name}) => tail.includes(name))
  return judgeOf({graph, operator, sources, from, to, first, last})
}

const fixes: Readonly<Record<string, string>> = {
  PADV2: "use padding 'same' in the convolution instead",
  SPACE_TO_BATCH_ND: "use dilation 1: it is part of a dilated convolution",
  BATCH_TO_SPACE_ND: "use dilation 1: it is part of a dilated convolution",
  RELU6: "train with relu",
  LEAKY_RELU: "train with relu",
  HARD_SWISH: "train with relu",
  LOGISTIC: "use relu inside, and leave the sigmoid out at the end: it keeps the order",
  TANH: "train with relu",
  MUL: "fold the scale into the weights of the layer before it",
  SUB: "fold it into the bias of the layer after it",
  CONCATENATION: "join branches with an add",
}
