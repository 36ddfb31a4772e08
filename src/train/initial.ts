import {inputShape} from "../graph/layers.ts"
import type {Network, Parameters} from "../graph/network.ts"
import {elements} from "../graph/shape.ts"
import {wordOf} from "./random.ts"

/** He's initialisation, uniform: variance 2 / inputs. Biases start at 0. The same seed and network give the same bits. */
export function initialParameters(network: Network, seed: number): Record<string, Parameters> {
  const parameters: Record<string, Parameters> = {}
  for (const [index, layer] of network.layers.entries()) {
    if (layer.kind !== "conv2d" && layer.kind !== "dense") continue
    const input = inputShape(network, layer)
    const inputs = layer.kind === "conv2d" ? layer.kernel.height * layer.kernel.width * input.channels : elements(input)
    const bound = Math.fround(Math.sqrt(6 / inputs))
    const stream = wordOf(seed, 0x10000 + index)
    const draw = (_: unknown, i: number) => ((wordOf(stream, i) >>> 8) / 2 ** 23 - 1) * bound
    parameters[layer.name] = {
      weights: Float32Array.from({length: inputs * layer.output.channels}, draw),
      bias: new Float32Array(layer.output.channels),
    }
  }
  return parameters
}
