import {foldBatchNorm} from "../graph/fold-batch-norm.ts"
import {type IntegerNetwork, isLinearLayer} from "../graph/integer.ts"
import type {FloatModel} from "../graph/network.ts"
import type {LayerWeights} from "./data.ts"

const BINS = 96

/** Float and integer weights of each layer that has both, in value, over the range of the wider of the two. */
export function weightsOf(model: FloatModel, network: IntegerNetwork): readonly LayerWeights[] {
  const {parameters} = foldBatchNorm(model)
  return network.layers.flatMap((layer) => {
    if (!isLinearLayer(layer)) return []
    const before = parameters[layer.name]?.weights
    if (before === undefined) return []
    const perOutput = layer.weights.length / layer.weightFractions.length
    const after = Array.from(
      layer.weights,
      (weight, index) => weight * 2 ** -(layer.weightFractions[Math.floor(index / perOutput)] ?? 0),
    )
    const most = Math.max(2 ** -20, largest(before), largest(after))
    const low = -most
    const step = (2 * most) / BINS
    const fractions = [...new Set(layer.weightFractions)]
    return [
      {
        layer: layer.name,
        format:
          fractions.length === 1
            ? `s${layer.weightBits}.${fractions[0]}`
            : `s${layer.weightBits}, a fraction a channel`,
        count: layer.weights.length,
        low,
        step,
        before: bins(before, low, step),
        after: bins(after, low, step),
      },
    ]
  })
}

function bins(values: ArrayLike<number>, low: number, step: number): readonly number[] {
  const counts = new Array<number>(BINS).fill(0)
  for (let i = 0; i < values.length; i++) {
    const bin = Math.max(0, Math.min(BINS - 1, Math.floor(((values[i] ?? 0) - low) / step)))
    counts[bin] = (counts[bin] ?? 0) + 1
  }
  return counts
}

function largest(values: ArrayLike<number>): number {
  let most = 0
  for (let i = 0; i < values.length; i++) most = Math.max(most, Math.abs(values[i] ?? 0))
  return most
}
