import {at} from "../errors.ts"
import {checkModel} from "../graph/check.ts"
import {conv2d, dense, flatten, type LayerSpec, maxPool2d, network, relu} from "../graph/layers.ts"
import type {FloatModel, Parameters} from "../graph/network.ts"
import type {Shape} from "../graph/shape.ts"
import type {FileGraph, FileTensor} from "./file.ts"
import {type Step, shapeOf} from "./judge.ts"
import {realValues} from "./values.ts"

export interface FloatOptions {
  /** The network's name; default "imported". */
  readonly name?: string
  /**
   * What the file's float input is for a pixel byte of 1: 1/256 by default, as tlast trains; 1/255 or 1 for models that
   * were trained so. It is folded into the first layer. An int8 input says it itself.
   */
  readonly pixelScale?: number
}

/** The file as a float network on pixels of value byte / 256. Integer constants are dequantised. */
export function floatModel(graph: FileGraph, steps: readonly Step[], options: FloatOptions): FloatModel {
  const image = steps.find((step) => step.kind === "image")
  const shape = image?.kind === "image" ? image.shape : (shapeOf(graph.input) as Shape)
  const specs: LayerSpec[] = []
  const linear: Extract<Step, {kind: "conv2d" | "dense"}>[] = []
  for (const step of steps) {
    switch (step.kind) {
      case "conv2d":
        specs.push(conv2d({filters: at(step.weights.shape, 0), kernel: step.kernel}))
        linear.push(step)
        break
      case "dense":
        if (step.flatten && specs.at(-1)?.kind !== "flatten") specs.push(flatten())
        specs.push(dense({units: at(step.weights.shape, 0)}))
        linear.push(step)
        break
      case "maxPool2d":
        specs.push(maxPool2d({size: step.size}))
        break
      case "flatten":
      case "relu":
        specs.push(step.kind === "flatten" ? flatten() : relu())
        break
      case "image":
      case "none":
        break
    }
    if ((step.kind === "conv2d" || step.kind === "dense" || step.kind === "maxPool2d") && step.relu) specs.push(relu())
  }
  const made = network(options.name ?? "imported", shape, specs)
  const pixel = pixelValue(graph.input, options.pixelScale ?? 1 / 256)
  const names = made.layers.filter(({kind}) => kind === "conv2d" || kind === "dense").map(({name}) => name)
  const parameters: Record<string, Parameters> = Object.create(null)
  for (const [index, {weights, bias}] of linear.entries()) {
    const own = {weights: realValues(weights), bias: biasValues(weights, bias)}
    parameters[at(names, index)] = index === 0 ? folded(own, pixel) : own
  }
  const model = {network: made, parameters}
  checkModel(model)
  return model
}

/** What the file's network computes with for a byte b: scale x b + offset. */
function pixelValue({type, quantization}: FileTensor, pixelScale: number): {scale: number; offset: number} {
  if (quantization === undefined || (type !== "INT8" && type !== "UINT8")) return {scale: pixelScale, offset: 0}
  const scale = at(quantization.scales, 0)
  const first = type === "INT8" ? -128 : 0
  return {scale, offset: scale * (first - at(quantization.zeroPoints, 0))}
}

const biasValues = (weights: FileTensor, bias: FileTensor | undefined): Float32Array =>
  bias === undefined ? new Float32Array(at(weights.shape, 0)) : realValues(bias)

/** The first layer for pixels of value byte / 256: scales leave no trace in a max pool before it, offsets sum into the bias. */
function folded({weights, bias}: Parameters, {scale, offset}: {scale: number; offset: number}): Parameters {
  if (scale === 1 / 256 && offset === 0) return {weights, bias}
  const taps = weights.length / bias.length
  return {
    weights: weights.map((weight) => weight * scale * 256),
    bias: bias.map((value, channel) => {
      const own = weights.subarray(channel * taps, (channel + 1) * taps)
      return value + offset * own.reduce((sum, weight) => sum + weight, 0)
    }),
  }
}
