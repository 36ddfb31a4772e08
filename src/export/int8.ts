import {at, TlastError} from "../errors.ts"
import {checkIntegerNetwork} from "../graph/check.ts"
import type {NumberFormat} from "../graph/format.ts"
import type {IntegerNetwork, LinearLayer} from "../graph/integer.ts"
import {accumulatorRange, tensorRanges} from "../graph/range.ts"
import {elements, type Shape} from "../graph/shape.ts"
import {GraphBuilder, type Quantization} from "../tflite/build.ts"
import {convOptions, denseOptions, poolOptions, tensorShape} from "./operators.ts"

/**
 * model.int8.tflite: the same integers in LiteRT's reference kernels (BUILTIN_REF), int8 image in, int8 logits out.
 * Deterministic bytes. Throws INT8_REFUSED, naming the layer, for a network that file would compute differently.
 */
export function exportInt8(network: IntegerNetwork): Uint8Array {
  checkIntegerNetwork(network)
  const {input, layers, logits8} = network
  if (input.format.bits !== 8) throw refused("input", `has ${input.format.bits} bits`, "8-bit inputs")
  const ranges = tensorRanges(network)
  const graph = new GraphBuilder()
  const isLast = (index: number) => index === layers.length - 1
  let isVector = layers[0]?.kind === "dense"
  const activation = (name: string, shape: Shape, format: NumberFormat) =>
    graph.tensor(name, "INT8", tensorShape(shape, isVector), {quantization: quantization(format)})
  const image = activation("image", input.shape, input.format)
  const tensors = new Map([["input", {index: image, shape: input.shape, format: input.format}]])
  let current = image
  for (const [index, layer] of layers.entries()) {
    const source = tensors.get(at(layer.inputs, 0))
    if (source === undefined) throw refused(layer.name, "reads an unknown tensor", "a checked network")
    isVector = layer.kind === "flatten" || layer.kind === "dense"
    let {format} = layer.output
    if (layer.kind === "conv2d" || layer.kind === "dense") {
      const range = ranges.get(at(layer.inputs, 0))
      format = outputFormat(layer, isLast(index) ? logits8 : undefined)
      if (range !== undefined) checkDoubling(layer, range, format)
      const operands = parameters(graph, layer, source)
      current = activation(layer.name, layer.output.shape, format)
      const relu = layer.requantise?.relu ?? false
      if (layer.kind === "conv2d") graph.operator("CONV_2D", [source.index, ...operands], current, convOptions(relu))
      else graph.operator("FULLY_CONNECTED", [source.index, ...operands], current, denseOptions(relu))
    } else if (layer.kind === "maxPool2d") {
      current = activation(layer.name, layer.output.shape, format)
      graph.operator("MAX_POOL_2D", [source.index], current, poolOptions(layer.size))
    } else {
      const data = Int32Array.of(-1, elements(layer.output.shape))
      const to = graph.tensor(`${layer.name}/shape`, "INT32", [2], {data})
      current = activation(layer.name, layer.output.shape, format)
      graph.operator("RESHAPE", [source.index, to], current)
    }
    tensors.set(layer.name, {index: current, shape: layer.output.shape, format})
  }
  return graph.file(`tlast ${network.name} int8`, image, current)
}

/** An unsigned byte u is stored as u - 128, zero point -128; a signed one as itself. */
const quantization = ({signed, fraction}: NumberFormat): Quantization => ({
  scales: [2 ** -fraction],
  zeroPoint: signed ? 0 : -128,
})

/** The format of a layer's int8 tensor, once LiteRT is known to compute it as the network says. */
function outputFormat(layer: LinearLayer, logits8: IntegerNetwork["logits8"]): NumberFormat {
  const {name, requantise, output} = layer
  if (requantise === undefined) {
    if (logits8 === undefined) throw refused(name, "has no int8 form of its accumulators", "logits8")
    if (logits8.rounding !== "tflite") throw refused(name, `rounds its logits ${logits8.rounding}`, "tflite rounding")
    return {bits: 8, signed: true, fraction: output.format.fraction - logits8.shift}
  }
  if (output.format.bits !== 8) throw refused(name, `has ${output.format.bits}-bit outputs`, "8 bits")
  if (requantise.rounding !== "tflite") throw refused(name, `rounds ${requantise.rounding}`, "tflite rounding")
  if (requantise.overflow !== "saturate") throw refused(name, "wraps on overflow", "saturation")
  return output.format
}

/** LiteRT doubles an accumulator that it does not shift, in 32 bits. */
function checkDoubling(layer: LinearLayer, input: {min: number; max: number}, output: NumberFormat): void {
  const inputFraction = layer.output.format.fraction + (layer.requantise?.shifts[0] ?? 0) - at(layer.weightFractions, 0)
  for (const [channel, {min, max}] of accumulatorRange(layer, input).entries()) {
    const shift = inputFraction + at(layer.weightFractions, channel) - output.fraction
    if (shift === 0 && (min < -(2 ** 30) || max >= 2 ** 30))
      throw refused(layer.name, `does not shift accumulators of ${min}..${max}`, "31 bits where the shift is 0")
  }
}

function parameters(
  graph: GraphBuilder,
  layer: LinearLayer,
  source: {readonly shape: Shape; readonly format: NumberFormat},
): readonly [number, number] {
  const {name, weightFractions, bias} = layer
  const uniform = weightFractions.every((fraction) => fraction === weightFractions[0])
  const fractions = uniform ? weightFractions.slice(0, 1) : weightFractions
  const {channels} = source.shape
  const shape =
    layer.kind === "conv2d"
      ? [bias.length, layer.kernel.height, layer.kernel.width, channels]
      : [bias.length, elements(source.shape)]
  const scales = fractions.map((fraction) => 2 ** -fraction)
  const grid = fractions.map((fraction) => 2 ** -(fraction + source.format.fraction))
  return [
    graph.tensor(`${name}/weights`, "INT8", shape, {data: layer.weights, quantization: {scales, zeroPoint: 0}}),
    graph.tensor(`${name}/bias`, "INT32", [bias.length], {data: bias, quantization: {scales: grid, zeroPoint: 0}}),
  ]
}

const refused = (where: string, found: string, expected: string): TlastError =>
  new TlastError({
    code: "INT8_REFUSED",
    where: where === "input" ? where : `layer ${where}`,
    message: `${found}; a LiteRT int8 file needs ${expected}`,
    hint: "quantise with 8-bit input, weights and activations and tflite rounding, or build without model.int8.tflite",
  })
