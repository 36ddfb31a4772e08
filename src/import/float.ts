import {at, TlastError} from "../errors.ts"
import {checkModel} from "../graph/check.ts"
import {geometry} from "../graph/geometry.ts"
import {inputShape, isLinear, type LayerSpec, network, shortName} from "../graph/layers.ts"
import type {FloatLinear, FloatModel, Network, Parameters} from "../graph/network.ts"
import {type FileGraph, type FileTensor, shapeOf} from "./file.ts"
import type {LinearStep, Step} from "./operators/operator.ts"
import {realValues, turned} from "./values.ts"

export interface FloatOptions {
  /** The network's name; default "imported". */
  readonly name?: string
  /**
   * What the file's float input is for a pixel byte of 1: 1/256 by default, as tlast trains; 1/255 or 1 for models that
   * were trained so. It is folded into the layers that read the image. An int8 input says it itself.
   */
  readonly pixelScale?: number
}

/** The file as a float network on pixels of value byte / 256. Integer constants are dequantised. */
export function floatModel(graph: FileGraph, steps: readonly Step[], options: FloatOptions): FloatModel {
  const specs: LayerSpec[] = []
  const linear = new Map<string, LinearStep>()
  const counts = new Map<string, number>()
  /** The layer that each of the file's tensors is the output of. */
  const names = new Map<FileTensor, string>([[graph.input, "input"]])
  for (const [index, step] of steps.entries()) {
    if (step.computesShape) continue
    const {inputs: read, outputs} = at(graph.operators, index)
    let inputs = read.flatMap((tensor) => names.get(tensor as FileTensor) ?? [])
    for (const spec of step.specs) {
      const short = shortName(spec.kind)
      const count = (counts.get(short) ?? 0) + 1
      counts.set(short, count)
      const name = `${short}${count}`
      if (step.linear !== undefined && spec.kind !== "flatten" && spec.kind !== "relu") linear.set(name, step.linear)
      specs.push({...spec, name, inputs})
      inputs = [name]
    }
    names.set(at(outputs, 0), at(inputs, 0))
  }
  const shape = steps.find(({image}) => image !== undefined)?.image ?? shapeOf(graph.input)
  const made = network(options.name ?? "imported", shape ?? {height: 0, width: 0, channels: 0}, specs)
  const pixel = pixelValue(graph.input, options.pixelScale ?? 1 / 256)
  const raw = pixel.scale === 1 / 256 && pixel.offset === 0 ? new Set<string>() : readsPixels(made, pixel)
  const parameters: Record<string, Parameters> = Object.create(null)
  for (const layer of made.layers) {
    const own = linear.get(layer.name)
    if (own === undefined || !isLinear(layer)) continue
    const values = realValues(own.weights)
    const weights = own.dimension === 0 ? values : turned(values, own.outputs)
    const bias = own.bias === undefined ? new Float32Array(own.outputs) : realValues(own.bias)
    parameters[layer.name] = raw.has(at(layer.inputs, 0)) ? folded({weights, bias}, pixel) : {weights, bias}
    if (pixel.offset !== 0 && raw.has(at(layer.inputs, 0))) checkPadding(made, layer)
  }
  const model = {network: made, parameters}
  checkModel(model)
  return model
}

interface Pixel {
  readonly scale: number
  readonly offset: number
}

/** What the file's network computes with for a byte b: scale x b + offset. */
function pixelValue({type, quantization}: FileTensor, pixelScale: number): Pixel {
  if (quantization === undefined || (type !== "INT8" && type !== "UINT8")) return {scale: pixelScale, offset: 0}
  const scale = at(quantization.scales, 0)
  const first = type === "INT8" ? -128 : 0
  return {scale, offset: scale * (first - at(quantization.zeroPoints, 0))}
}

/** Tensors that scale and shift as the pixels do. Throws NOT_SUPPORTED where that changes more than weights. */
function readsPixels({layers}: Network, {scale, offset}: Pixel): ReadonlySet<string> {
  const raw = new Set(["input"])
  for (const layer of layers) {
    const reads = layer.inputs.some((name) => raw.has(name))
    if (!reads || isLinear(layer)) continue
    if (layer.kind === "add" || (layer.kind === "relu" && offset !== 0))
      throw new TlastError({
        code: "NOT_SUPPORTED",
        where: `layer ${layer.name} (${layer.kind})`,
        message: `reads the pixels themselves, as ${scale * 256} x byte / 256${offset === 0 ? "" : ` + ${offset}`}`,
        hint: "train on pixels of byte / 256, or put a convolution before it",
      })
    raw.add(layer.name)
  }
  return raw
}

/** Around the image are zeros, not pixels that are zero. */
function checkPadding(made: Network, layer: FloatLinear): void {
  if (layer.kind === "dense" || layer.padding === undefined) return
  const {top, left, bottom, right} = geometry(layer, inputShape(made, layer))
  if (top + left + bottom + right === 0) return
  throw new TlastError({
    code: "NOT_SUPPORTED",
    where: `layer ${layer.name} (${layer.kind})`,
    message: "pads the pixels with zeros, but a byte of 0 is another number",
    hint: "quantise the input with zero point -128, or use padding 'valid' in the first layer",
  })
}

/** A layer for pixels of value byte / 256: the scale goes into its weights, the offset's sum into its bias. */
function folded({weights, bias}: Parameters, {scale, offset}: Pixel): Parameters {
  const taps = weights.length / bias.length
  return {
    weights: weights.map((weight) => weight * scale * 256),
    bias: bias.map((value, channel) => {
      const own = weights.subarray(channel * taps, (channel + 1) * taps)
      return value + offset * own.reduce((sum, weight) => sum + weight, 0)
    }),
  }
}
