import {at, bug} from "../errors.ts"
import {kindOf} from "./kinds.ts"
import type {Lowered} from "./lower.ts"

/** Every lowered layer's output for one image whose elements are `pixels` (values, not integers), in order. */
export function traceFloat({layers}: Lowered, pixels: Float64Array): readonly Float64Array[] {
  const tensors = new Map([["input", pixels]])
  for (const layer of layers) {
    const inputs = layer.inputs.map((name) => tensors.get(name) ?? unknown(name))
    tensors.set(layer.name, kindOf(layer).forward(layer, inputs))
  }
  return layers.map(({name}) => tensors.get(name) ?? unknown(name))
}

/** Outputs of the last layer alone. */
export const runFloat = (network: Lowered, pixels: Float64Array): Float64Array =>
  at(traceFloat(network, pixels), network.layers.length - 1)

const unknown = (name: string): never => {
  throw bug("traceFloat", `nothing before it makes ${name}`)
}
