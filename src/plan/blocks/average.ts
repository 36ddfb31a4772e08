import {at} from "../../errors.ts"
import {signedBits} from "../../graph/format.ts"
import {type IntegerAvgPool2d, reciprocal} from "../../graph/integer.ts"
import * as cost from "../cost-layers.ts"
import type {MeanStage, Rate} from "../plan.ts"
import {requantiseRoom, roundingUnit} from "../rounding.ts"
import {canonicalDigits} from "../shift-add/digits.ts"
import {queue, type Walk} from "./walk.ts"

/** Sums of blocks as they come (rtl/blocks.sv), then their means, as few channels at a time as there are clocks (rtl/mean.sv). */
export function average(walk: Walk, layer: IntegerAvgPool2d): void {
  const {place, stages, steps} = walk
  if (place.slots !== 1 || place.rate.positions !== 1 || place.raster !== undefined) queue(walk, layer.name, 1)
  const {rate, rows, columns} = place
  const {size, requantise: rule} = layer
  const {shape, format} = layer.output
  const count = size.height * size.width
  const input = walk.ranges.get(at(layer.inputs, 0)) ?? {min: 0, max: 2 ** rate.bits - 1}
  const range = {min: input.min * count, max: input.max * count}
  const sumBits = Math.max(rate.bits + 1, rate.signed ? signedBits(range) : signedBits(range) - 1)
  const beats = shape.height * shape.width
  const sums: Rate = {positions: 1, channels: rate.channels, bits: sumBits, signed: rate.signed, beats}
  stages.push({
    kind: "blocks",
    name: `${layer.name}_blocks`,
    layer: layer.name,
    input: rate,
    output: sums,
    interval: rate.beats,
    latency: 2,
    size,
    of: {height: rows, width: columns},
    resources: cost.blocks(rate.channels, sumBits, shape.width, size.height),
  })
  const outputs = Array.from({length: beats}, (_, i) => {
    const row = Math.floor(i / shape.width) * size.height + size.height - 1
    const column = (i % shape.width) * size.width + size.width - 1
    return {input: row * columns + column, lane: 0}
  })
  steps.push({kind: "pass", latency: 2, outputs: () => outputs})
  // From a block to the next there are at least so many positions, and positions come at most one a clock.
  const apart = shape.width > 1 ? size.width : size.height * columns
  const units = Math.ceil(rate.channels / Math.min(apart, rate.channels))
  const clocks = Math.ceil(rate.channels / units)
  const mean = rule.rounding === "tflite" ? divided(count, range, rate.signed) : scaled(layer, range)
  const digits = canonicalDigits(mean.constant)
  const levels = Math.ceil(Math.log2(digits.length))
  const latency = clocks + 3 + levels
  const out: Rate = {positions: 1, channels: rate.channels, bits: format.bits, signed: format.signed, beats}
  stages.push({
    kind: "mean",
    name: layer.name,
    layer: layer.name,
    input: sums,
    output: out,
    interval: beats * clocks,
    latency,
    units,
    clocks,
    ...mean,
    overflow: rule.overflow,
    relu: rule.relu,
    resources: cost.mean({
      channels: rate.channels,
      sumBits,
      units,
      clocks,
      terms: digits.length,
      productBits: mean.productBits,
      shift: mean.shift,
      outBits: format.bits,
    }),
  })
  steps.push({kind: "pass", latency, outputs: (n) => Array.from({length: n}, (_, i) => ({input: i, lane: 0}))})
  place.rate = out
  place.rows = shape.height
  place.columns = shape.width
}

type Mean = Pick<
  MeanStage,
  "constant" | "complement" | "shift" | "rounding" | "productBits" | "room" | "bias" | "divide"
>

/** What the terms of a constant lack where a negative one is the complement of its shifted input. */
const complementOf = (constant: number): number =>
  canonicalDigits(constant).reduce((sum, digit) => sum + (digit & 1 ? 2 ** (digit >> 1) : 0), 0)

/** The sum times round(2^16 / count), requantised. */
function scaled({size, requantise: rule, output}: IntegerAvgPool2d, sum: {min: number; max: number}): Mean {
  const constant = reciprocal(size)
  const product = {min: sum.min * constant, max: sum.max * constant}
  const unit = roundingUnit(rule, "dense")
  const shift = at(rule.shifts, 0)
  const bias = at(unit.constants, 0)
  const complement = complementOf(constant)
  return {
    constant,
    complement,
    shift,
    rounding: unit.mode,
    productBits: signedBits({...product, min: product.min - complement}),
    room: requantiseRoom({min: product.min, max: product.max + bias}, shift, output.format.bits),
    bias,
  }
}

/**
 * LiteRT's mean: half away from zero of what it stores, an unsigned u as u - 128. |x| + floor(count / 2) is divided by a
 * multiplication: with constant = ceil(2^shift / count), exact up to `most` where most * (constant * count - 2^shift) < 2^shift.
 */
function divided(count: number, sum: {min: number; max: number}, signed: boolean): Mean {
  const zero = signed ? 0 : 128
  const offset = zero * count
  const half = Math.floor(count / 2)
  const most = Math.max(Math.abs(sum.min - offset), Math.abs(sum.max - offset)) + half
  let shift = 0
  const constantOf = (n: number) => Math.ceil(2 ** n / count)
  while (most * (constantOf(shift) * count - 2 ** shift) >= 2 ** shift) shift++
  const constant = constantOf(shift)
  const complement = complementOf(constant)
  const productBits = signedBits({min: -complement, max: most * constant}) + 1
  return {
    constant,
    complement,
    shift,
    rounding: 0,
    productBits,
    room: productBits,
    bias: 0,
    divide: {offset, half, zero},
  }
}
