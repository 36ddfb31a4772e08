import {inputShape} from "../graph/layers.ts"
import type {Network, Parameters} from "../graph/network.ts"
import {operatorOf} from "./layers/operators.ts"
import {wordOf} from "./random.ts"

/** He's initialisation, uniform: variance 2 / inputs. Biases start at 0. The same seed and network give the same bits. */
export function initialParameters(network: Network, seed: number): Record<string, Parameters> {
  const parameters: Record<string, Parameters> = {}
  for (const [index, layer] of network.layers.entries()) {
    if (layer.kind === "flatten") continue
    const own = operatorOf(layer).start?.(layer, inputShape(network, layer), (count, inputs) => {
      const bound = Math.fround(Math.sqrt(6 / inputs))
      const stream = wordOf(seed, 0x10000 + index)
      return Float32Array.from({length: count}, (_, i) => ((wordOf(stream, i) >>> 8) / 2 ** 23 - 1) * bound)
    })
    if (own) parameters[layer.name] = own
  }
  return parameters
}
