import {bug} from "../errors.ts"
import {checkIntegerNetwork} from "../graph/check.ts"
import type {IntegerLayer, IntegerNetwork} from "../graph/integer.ts"
import type {Formats} from "./formats.ts"
import {kindOf} from "./kinds.ts"
import type {Lowered} from "./lower.ts"

/** The integers of a network in given formats. Throws ACCUMULATOR_TOO_WIDE where 32 bits do not hold the worst case. */
export function applyFormats(network: Lowered, formats: Formats): IntegerNetwork {
  const layers: IntegerLayer[] = []
  const known = new Map([["input", formats.input]])
  for (const layer of network.layers) {
    const inputs = layer.inputs.map((name) => {
      const format = known.get(name)
      if (format === undefined) throw bug("applyFormats", `nothing before ${layer.name} makes ${name}`)
      return format
    })
    const made = kindOf(layer).integers(layer, inputs, formats)
    layers.push(made)
    known.set(layer.name, made.output.format)
  }
  const {logitsShift, rounding} = formats
  const integer: IntegerNetwork = {
    name: network.name,
    input: {shape: network.input, format: formats.input},
    layers,
    ...(logitsShift === undefined ? {} : {logits8: {shift: logitsShift, rounding}}),
  }
  checkIntegerNetwork(integer)
  return integer
}
