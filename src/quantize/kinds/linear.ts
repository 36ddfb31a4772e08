import {at, TlastError} from "../../errors.ts"
import {formatRange, type NumberFormat} from "../../graph/format.ts"
import type {Linear} from "../../graph/integer.ts"
import type {Formats, LayerFormat, WeightFormat} from "../formats.ts"
import type {LoweredLinear} from "../lower.ts"
import {bestBinary, bestFormat, bestFraction, weightRange} from "../scale.ts"
import {type FormatSite, reachable} from "./kind.ts"

/** Formats of a layer of weighted sums: a fraction for its weights, or one a channel, and one for what it sends. */
export function linearFormat(layer: LoweredLinear, site: FormatSite): LayerFormat {
  const {inputs, values, weightBits, activationBits, sends, options} = site
  const {fraction} = at(inputs, 0)
  const chosen = weightFractions(layer, site)
  const forced = options.weightFraction !== undefined || options.weightScale !== undefined
  const whole = formatRange({bits: weightBits, signed: true, fraction: 0})
  const range = forced && weightBits > 1 ? whole : weightRange(weightBits)
  if (sends) return {weights: {bits: weightBits, range, fractions: chosen}}
  // One bit has no finer grid to move to: the coarsest channel is then the limit.
  const finest = fraction + (weightBits === 1 ? Math.min(...chosen) : Math.max(...chosen))
  const output = reachable(bestFormat(values, activationBits, !layer.relu), finest)
  return {
    weights: {bits: weightBits, range, fractions: chosen.map((f) => Math.max(f, output.fraction - fraction))},
    output,
  }
}

function weightFractions({weights, bias}: LoweredLinear, site: FormatSite): readonly number[] {
  const {options, weightBits, sends} = site
  const all = (fraction: number) => Array<number>(bias.length).fill(Math.min(Math.max(fraction, -16), 40))
  if (options.weightScale !== undefined) return all(Math.round(Math.log2(options.weightScale)))
  if (options.weightFraction !== undefined) return all(options.weightFraction)
  const best = (values: Float32Array) =>
    weightBits === 1 ? bestBinary(values) : bestFraction(values, weightRange(weightBits))
  const whole = best(weights)
  if (options.perChannel !== true || sends) return all(whole)
  const taps = weights.length / bias.length
  return Array.from(bias, (_, channel) => {
    const own = weights.subarray(channel * taps, (channel + 1) * taps)
    return own.every((weight) => weight === 0) ? whole : Math.min(best(own), whole + 8)
  })
}

/** What conv2d, depthwiseConv2d and dense share in integers. Throws ACCUMULATOR_TOO_WIDE for a bias past 32 bits. */
export function linearIntegers(
  layer: LoweredLinear,
  inputs: readonly NumberFormat[],
  formats: Formats,
): Omit<Linear, "kind"> {
  const format = formats.layers[layer.name]
  const weights = format?.weights
  if (format === undefined || weights === undefined)
    throw new TlastError({
      code: "BAD_BITS",
      where: `layer ${layer.name}`,
      message: "the formats have none for it",
      hint: "choose the formats from this network",
    })
  const fractions = weights.fractions.map((fraction) => at(inputs, 0).fraction + fraction)
  const output = format.output ?? {bits: 32, signed: true, fraction: at(fractions, 0)}
  const requantise = {
    shifts: fractions.map((fraction) => fraction - output.fraction),
    rounding: formats.rounding,
    relu: layer.relu,
    overflow: formats.overflow,
  }
  return {
    name: layer.name,
    inputs: layer.inputs,
    output: {shape: layer.output, format: output},
    weights: integerWeights(layer, weights, formats.weightScale),
    weightBits: weights.bits,
    weightFractions: weights.fractions,
    bias: Int32Array.from(layer.bias, (bias, channel) => {
      const own = at(weights.fractions, channel)
      const scale = formats.weightScale === undefined ? 1 : formats.weightScale / 2 ** own
      return integerBias(layer, bias, channel, at(fractions, channel), scale)
    }),
    ...(format.output === undefined ? {} : {requantise}),
  }
}

/** The nearest integers on each channel's grid, cut to the range; with a weightScale trunc(w x weightScale). */
function integerWeights(layer: LoweredLinear, {bits, range, fractions}: WeightFormat, weightScale?: number): Int8Array {
  const taps = layer.weights.length / layer.bias.length
  return Int8Array.from(layer.weights, (weight, i) => {
    if (bits === 1) return weight < 0 ? -1 : 1
    const free = gridValue(weight, at(fractions, Math.floor(i / taps)), weightScale)
    return Math.min(Math.max(free, range.min), range.max)
  })
}

/** Where a weight falls on its grid before it is cut to the range. */
export const gridValue = (weight: number, fraction: number, weightScale?: number): number =>
  weightScale === undefined ? Math.round(weight * 2 ** fraction) : Math.trunc(weight * weightScale)

function integerBias(layer: LoweredLinear, bias: number, channel: number, fraction: number, scale: number): number {
  const value = Math.round(bias * scale * 2 ** fraction)
  if (Math.abs(value) < 2 ** 31) return value
  throw new TlastError({
    code: "ACCUMULATOR_TOO_WIDE",
    where: `layer ${layer.name}`,
    message: `the bias ${bias} of output channel ${channel} is ${value} on its grid of 2^-${fraction}, past 32 bits`,
    hint: "give this layer fewer weight or activation bits, or train with weight decay",
  })
}

const cache = new WeakMap<Float32Array, Float64Array>()

/** [out][tap] to [tap][out], once a tensor, so that a zero element skips all outputs at once. */
export function byTap(weights: Float32Array, filters: number): Float64Array {
  const known = cache.get(weights)
  if (known !== undefined) return known
  const taps = weights.length / filters
  const turned = new Float64Array(weights.length)
  for (let f = 0; f < filters; f++) for (let t = 0; t < taps; t++) turned[t * filters + f] = at(weights, f * taps + t)
  cache.set(weights, turned)
  return turned
}

/** max(x, 0) in place, where the layer has a relu. */
export function rectified(values: Float64Array, relu: boolean): Float64Array {
  if (relu) for (let i = 0; i < values.length; i++) values[i] = Math.max(0, values[i] as number)
  return values
}
