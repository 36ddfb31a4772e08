import {bug, TlastError} from "../errors.ts"
import {checkIntegerNetwork} from "../graph/check.ts"
import type {NumberFormat} from "../graph/format.ts"
import {type IntegerLayer, type IntegerNetwork, isLinearLayer} from "../graph/integer.ts"
import {tensorRanges} from "../graph/range.ts"
import type {Shape} from "../graph/shape.ts"
import {GraphBuilder, type Quantization} from "../tflite/build.ts"
import type {ExportKind} from "./kinds/kind.ts"
import {kindOf} from "./kinds.ts"
import {writeLayers} from "./write.ts"

/**
 * model.int8.tflite: the same integers in LiteRT's reference kernels (BUILTIN_REF), int8 image in, int8 logits out.
 * Deterministic bytes. Throws INT8_REFUSED, naming the layer, for a network that file would compute differently.
 */
export function exportInt8(network: IntegerNetwork): Uint8Array {
  checkIntegerNetwork(network)
  const formats = fileFormats(network)
  const formatOf = (name: string) => formats.get(name) ?? unknown(name)
  const graph = new GraphBuilder()
  const {image, output} = writeLayers(
    graph,
    {input: network.input.shape, layers: network.layers},
    {
      activation: (name, shape, like) =>
        graph.tensor(name, "INT8", shape, {quantization: quantization(formatOf(like))}),
      constants: (layer, input, source) => parameters(graph, layer, input, formatOf(source)),
    },
  )
  return graph.file(`tlast ${network.name} int8`, image.index, output.index)
}

/** The format of every tensor in the file, once LiteRT is known to compute each as the network says. */
function fileFormats(network: IntegerNetwork): ReadonlyMap<string, NumberFormat> {
  const {input, layers, logits8} = network
  if (input.format.bits !== 8) throw refused("input", `has ${input.format.bits} bits`, "8-bit inputs")
  const ranges = tensorRanges(network)
  const formats = new Map([["input", input.format]])
  for (const layer of layers) {
    const format = outputFormat(layer, layer === layers.at(-1) ? logits8 : undefined)
    const kind: ExportKind<IntegerLayer["kind"]> = kindOf(layer.kind)
    const read = layer.inputs.map((name) => ({
      format: formats.get(name) ?? unknown(name),
      range: ranges.get(name) ?? unknown(name),
    }))
    const refusal = kind.refusal?.(layer as never, read, format)
    if (refusal !== undefined) throw refused(layer.name, refusal.found, refusal.expected)
    formats.set(layer.name, format)
  }
  return formats
}

/** An unsigned byte u is stored as u - 128, zero point -128; a signed one as itself. */
const quantization = ({signed, fraction}: NumberFormat): Quantization => ({
  scales: [2 ** -fraction],
  zeroPoint: signed ? 0 : -128,
})

function outputFormat(layer: IntegerLayer, logits8: IntegerNetwork["logits8"]): NumberFormat {
  const {name, output} = layer
  if (layer.kind === "maxPool2d" || layer.kind === "flatten") return output.format
  const {requantise} = layer
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

/** Weights and bias; one scale where all channels share it, else one a channel. */
function parameters(graph: GraphBuilder, layer: IntegerLayer, input: Shape, source: NumberFormat): readonly number[] {
  const {weights: order}: ExportKind<IntegerLayer["kind"]> = kindOf(layer.kind)
  if (!isLinearLayer(layer) || order === undefined) return []
  const {name, weightFractions, weights, bias} = layer
  const uniform = weightFractions.every((fraction) => fraction === weightFractions[0])
  const fractions = uniform ? weightFractions.slice(0, 1) : weightFractions
  const scales = fractions.map((fraction) => 2 ** -fraction)
  const grid = fractions.map((fraction) => 2 ** -(fraction + source.fraction))
  const along = order.dimension === 0 ? {} : {dimension: order.dimension}
  return [
    graph.tensor(`${name}/weights`, "INT8", order.shape(layer as never, input), {
      data: order.arrange?.(weights, layer as never) ?? weights,
      quantization: {scales, zeroPoint: 0, ...along},
    }),
    graph.tensor(`${name}/bias`, "INT32", [bias.length], {
      data: bias,
      quantization: {scales: grid, zeroPoint: 0},
    }),
  ]
}

const unknown = (name: string): never => {
  throw bug("exportInt8", `nothing before it makes ${name}`)
}

const refused = (where: string, found: string, expected: string): TlastError =>
  new TlastError({
    code: "INT8_REFUSED",
    where: where === "input" ? where : `layer ${where}`,
    message: `${found}; a LiteRT int8 file needs ${expected}`,
    hint: "quantise with 8-bit input, weights and activations and tflite rounding, or build without model.int8.tflite",
  })
