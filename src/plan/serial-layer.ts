import {type Range, signedBits} from "../graph/format.ts"
import type {IntegerConv2d} from "../graph/integer.ts"
import type {Size} from "../graph/shape.ts"
import * as cost from "./cost.ts"
import type {ColumnsStage, Rate, SerialStage} from "./plan.ts"
import {roundingUnit} from "./rounding.ts"
import {planSerial} from "./serial.ts"
import {additions, type SerialSums} from "./serial-sums.ts"

/** What a convolution sees: positions one at a time, of an image of `size`. */
export interface SerialRequest {
  readonly layer: IntegerConv2d
  readonly rate: Rate
  readonly size: Size
  /** Clocks an image may take. */
  readonly budget: number
  /** Its weights as sums of single bits, at one position. */
  readonly network: SerialSums
}

/** The blocks of a convolution done bit by bit; a queue of columns lies between them. */
export interface SerialLayer {
  readonly columns: ColumnsStage
  readonly serial: SerialStage
}

/**
 * Clocks of an image of so many windows: a window a frame, or as many as it has new columns; the first of a row waits for the
 * rest of the row before and its own.
 */
export const serialWork = ({height, width}: Size, columns: number, stride: number, frame: number): number =>
  height * ((width - 1) * Math.max(frame, stride) + Math.max(frame, columns - (width - 1) * stride))

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
export function serialLayer({layer, rate, size, budget, network}: SerialRequest): SerialLayer {
  const {kernel, bias, name} = layer
  const filters = bias.length
  const taps = kernel.height * kernel.width * rate.channels
  const constants = layer.requantise === undefined ? [] : roundingUnit(layer.requantise, "conv2d").constants
  const positions: Size = {height: layer.output.shape.height, width: layer.output.shape.width}
  const stride = layer.stride ?? {height: 1, width: 1}
  const windows = positions.height * positions.width
  const serial = planSerial({
    network,
    bias: Array.from(bias, (b, c) => b + (constants[c] ?? 0)),
    inputBits: rate.bits,
    signed: rate.signed,
  })
  const columnRate: Rate = {...rate, channels: rate.channels * kernel.height, beats: positions.height * size.width}
  const wide: Rate = {...rate, channels: taps, beats: windows}
  const vector = rate.channels * rate.bits
  const work = serialWork(positions, size.width, stride.width, serial.frame)
  return {
    columns: {
      kind: "columns",
      name: `${name}_columns`,
      layer: name,
      input: rate,
      output: columnRate,
      interval: rate.beats,
      latency: 1,
      size,
      rows: kernel.height,
      ...(stride.height > 1 && {stride: stride.height}),
      resources: cost.columns(vector, size, kernel.height),
    },
    serial: {
      kind: "serial",
      engine: "serial",
      name: `${name}_serial`,
      layer: name,
      input: columnRate,
      output: {...wide, channels: filters, bits: serial.frame, signed: true},
      interval: work,
      latency: serial.latency,
      kernel,
      size,
      ...(layer.stride && {stride}),
      frame: serial.frame,
      lengthened: Math.max(0, serial.frame - Math.floor(budget / windows)),
      accumulatorBits: serial.accumulatorBits,
      adders: additions(network),
      serial,
      resources: cost.add(serial.resources, cost.loader(vector, kernel)),
    },
  }
}
