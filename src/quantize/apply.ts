import {at, TlastError} from "../errors.ts"
import {checkIntegerNetwork} from "../graph/check.ts"
import type {NumberFormat, Range} from "../graph/format.ts"
import type {IntegerLayer, IntegerNetwork, LinearLayer} from "../graph/integer.ts"
import type {Formats, LayerFormat} from "./formats.ts"
import {isLinear, type Lowered, type LoweredLinear} from "./lower.ts"

/** The integers of a network in given formats. Throws ACCUMULATOR_TOO_WIDE where 32 bits do not hold the worst case. */
export function applyFormats(network: Lowered, formats: Formats): IntegerNetwork {
  const layers: IntegerLayer[] = []
  let format: NumberFormat = formats.input
  for (const layer of network.layers) {
    const {name, inputs} = layer
    if (isLinear(layer)) {
      const made = linear(layer, format, formats)
      layers.push(made)
      format = made.output.format
    } else {
      const output = {shape: layer.output, format}
      const {kind} = layer
      layers.push(kind === "flatten" ? {kind, name, inputs, output} : {kind, name, inputs, size: layer.size, output})
    }
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

function linear(layer: LoweredLinear, input: NumberFormat, formats: Formats): LinearLayer {
  const format = formats.layers[layer.name]
  if (format === undefined)
    throw new TlastError({
      code: "BAD_BITS",
      where: `layer ${layer.name}`,
      message: "the formats have none for it",
      hint: "choose the formats from this network",
    })
  const {weightFractions, weightBits} = format
  const fractions = weightFractions.map((fraction) => input.fraction + fraction)
  const output = format.output ?? {bits: 32, signed: true, fraction: at(fractions, 0)}
  const requantise = {
    shifts: fractions.map((fraction) => fraction - output.fraction),
    rounding: formats.rounding,
    relu: layer.relu,
    overflow: formats.overflow,
  }
  const common = {
    name: layer.name,
    inputs: layer.inputs,
    output: {shape: layer.output, format: output},
    weights: integerWeights(layer, format, formats.weightScale),
    weightBits,
    weightFractions,
    bias: Int32Array.from(layer.bias, (bias, c) => integerBias(layer, bias, c, at(fractions, c), formats)),
    ...(format.output === undefined ? {} : {requantise}),
  }
  return layer.kind === "conv2d" ? {kind: "conv2d", kernel: layer.kernel, ...common} : {kind: "dense", ...common}
}

/** The nearest integers on each channel's grid, cut to the range; with a weightScale trunc(w x weightScale). */
export function integerWeights(layer: LoweredLinear, format: LayerFormat, weightScale?: number): Int8Array {
  const taps = layer.weights.length / layer.bias.length
  return Int8Array.from(layer.weights, (weight, i) =>
    clamp(gridValue(weight, at(format.weightFractions, Math.floor(i / taps)), weightScale), format.weightRange),
  )
}

/** Where a weight falls on its grid before it is cut to the range. */
export const gridValue = (weight: number, fraction: number, weightScale?: number): number =>
  weightScale === undefined ? Math.round(weight * 2 ** fraction) : Math.trunc(weight * weightScale)

function integerBias(layer: LoweredLinear, bias: number, channel: number, fraction: number, formats: Formats): number {
  const own = at(formats.layers[layer.name]?.weightFractions ?? [], channel)
  const scale = formats.weightScale === undefined ? 1 : formats.weightScale / 2 ** own
  const value = Math.round(bias * scale * 2 ** fraction)
  if (Math.abs(value) < 2 ** 31) return value
  throw new TlastError({
    code: "ACCUMULATOR_TOO_WIDE",
    where: `layer ${layer.name}`,
    message: `the bias ${bias} of output channel ${channel} is ${value} on its grid of 2^-${fraction}, past 32 bits`,
    hint: "give this layer fewer weight or activation bits, or train with weight decay",
  })
}

const clamp = (value: number, {min, max}: Range): number => Math.min(Math.max(value, min), max)
