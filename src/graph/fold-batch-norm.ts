import {at, bug} from "../errors.ts"
import {badLayer} from "./kinds/kind.ts"
import {isLinear} from "./layers.ts"
import type {BatchNorm, FloatModel, Layer, Parameters} from "./network.ts"

/**
 * The same function without batchNorm layers: each becomes part of the linear layer it reads. Computed in double, kept
 * as float32. Throws BAD_LAYER where the layer it reads is not linear, or is read by another one too.
 */
export function foldBatchNorm({network, parameters}: FloatModel): FloatModel {
  if (network.layers.every(({kind}) => kind !== "batchNorm")) return {network, parameters}
  const folded: Record<string, Parameters> = {...parameters}
  /** The tensor that stands for each batchNorm's output. */
  const stands = new Map<string, string>()
  const layers: Layer[] = []
  for (const layer of network.layers) {
    const inputs = layer.inputs.map((name) => stands.get(name) ?? name)
    if (layer.kind !== "batchNorm") {
      layers.push({...layer, inputs})
      continue
    }
    const source = layerBefore(layer, network.layers)
    folded[source.name] = scaled(folded[source.name], folded[layer.name], layer)
    delete folded[layer.name]
    stands.set(layer.name, at(inputs, 0))
  }
  return {network: {...network, layers}, parameters: folded}
}

/** The linear layer a batchNorm is folded into. */
export function layerBefore(norm: BatchNorm, layers: readonly Layer[]): Layer {
  const name = at(norm.inputs, 0)
  const source = layers.find((layer) => layer.name === name)
  const where = `layer ${norm.name} (batchNorm)`
  if (source === undefined || !isLinear(source))
    throw badLayer(
      where,
      `reads ${name}${source ? ` (${source.kind})` : ""}, which has no weights to fold it into`,
      "put it right after a conv2d, depthwiseConv2d or dense",
    )
  const reader = layers.find((layer) => layer !== norm && layer.inputs.includes(name))
  if (reader)
    throw badLayer(
      where,
      `reads ${name}, which ${reader.name} reads too: folding would change what that one sees`,
      `let ${reader.name} read ${norm.name}, or give it a convolution of its own`,
    )
  return source
}

function scaled(linear: Parameters | undefined, norm: Parameters | undefined, layer: BatchNorm): Parameters {
  if (!linear || !norm?.mean || !norm.variance) throw bug("foldBatchNorm", `${layer.name} has no parameters`)
  const {mean, variance} = norm
  const scale = Float64Array.from(norm.weights, (gamma, c) => gamma / Math.sqrt(at(variance, c) + layer.epsilon))
  const taps = linear.weights.length / scale.length
  return {
    weights: linear.weights.map((weight, i) => weight * at(scale, Math.floor(i / taps))),
    bias: linear.bias.map((bias, c) => (bias - at(mean, c)) * at(scale, c) + at(norm.bias, c)),
  }
}
