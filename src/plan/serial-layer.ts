import {at} from "../errors.ts"
import {type Range, signedBits} from "../graph/format.ts"
import type {IntegerConv2d} from "../graph/integer.ts"
import type {Size} from "../graph/shape.ts"
import type {BitSums} from "./blocks/found.ts"
import {type LineBuffer, lineBuffer} from "./blocks/lines.ts"
import * as cost from "./cost.ts"
import type {Memory, Rate, SerialStage} from "./plan.ts"
import {roundingUnit} from "./rounding.ts"
import {additions} from "./serial-sums.ts"

/** What a convolution sees: positions one at a time, of an image of `size`. */
export interface SerialRequest {
  readonly layer: IntegerConv2d
  readonly rate: Rate
  readonly size: Size
  /** Clocks an image may take. */
  readonly budget: number
  /** Its weights as sums of single bits, at one position. */
  readonly sums: BitSums
  /** Where its rows are to be; the planner's choice where left out. */
  readonly memory?: Memory | undefined
}

/** The blocks of a convolution done bit by bit. */
export interface SerialLayer {
  readonly lines: LineBuffer
  readonly serial: SerialStage
}

/** The shortest frame there can be: bits of the worst accumulator, from the weights alone. */
export function frameOf(layer: IntegerConv2d, accumulators: readonly Range[], inputBits: number): number {
  const rule = layer.requantise
  const constants = rule === undefined ? [] : roundingUnit(rule, "conv2d").constants
  const widest = accumulators.map(({min, max}, c) =>
    signedBits({min: Math.min(0, min), max: Math.max(0, max) + (constants[c] ?? 0)}),
  )
  return Math.max(inputBits, ...widest)
}

/**
 * Line buffer, window loader and bit-serial engine of a convolution. The frame holds the worst accumulator, biases and
 * rounding included; where the budget has fewer clocks a window, it is lengthened and the stage says by how many.
 */
export function serialLayer({layer, rate, size, budget, sums, memory}: SerialRequest): SerialLayer {
  const {serial, whole} = sums
  const {kernel, bias, name} = layer
  const filters = bias.length
  const taps = kernel.height * kernel.width * rate.channels
  const positions: Size = {height: layer.output.shape.height, width: layer.output.shape.width}
  const windows = positions.height * positions.width
  const wide: Rate = {...rate, channels: taps, beats: windows}
  const vector = rate.channels * rate.bits
  const lines = lineBuffer({layer, rate, size, budget, frame: serial.frame, ...(memory && {memory})})
  return {
    lines,
    serial: {
      kind: "serial",
      engine: "serial",
      name: `${name}_serial`,
      layer: name,
      input: at(lines.stages, lines.stages.length - 1).output,
      output: {...wide, channels: filters, bits: serial.frame, signed: true},
      interval: lines.work,
      latency: serial.latency,
      kernel,
      size,
      ...(layer.stride && {stride: layer.stride}),
      ...(lines.ports !== undefined && {ports: lines.ports}),
      frame: serial.frame,
      lengthened: Math.max(0, serial.frame - Math.floor(budget / windows)),
      accumulatorBits: serial.accumulatorBits,
      adders: additions(serial.network),
      serial,
      resources: cost.add(cost.part(serial.resources, whole), cost.loader(vector, kernel)),
    },
  }
}
