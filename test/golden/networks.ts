import type {NumberFormat, Rounding} from "../../src/graph/format.ts"
import type {IntegerConv2d, IntegerDense, IntegerLayer, IntegerNetwork, Requantise} from "../../src/graph/integer.ts"
import {elements, type Shape, type Size} from "../../src/graph/shape.ts"

/** Numbers 0 <= x < 1 from a seed (mulberry32): tests print the seed they used. */
export function random(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

export const integer = (next: () => number, min: number, max: number): number =>
  min + Math.floor(next() * (max - min + 1))

export const unsigned8 = (fraction: number): NumberFormat => ({bits: 8, signed: false, fraction})

export const vector = (channels: number): Shape => ({height: 1, width: 1, channels})

type Filled = {
  readonly weights?: Int8Array
  readonly bias?: Int32Array
  readonly weightBits?: number
  readonly weightFraction?: number
}

export function conv2d(
  name: string,
  input: string,
  shape: Shape,
  filters: number,
  kernel: Size,
  format: NumberFormat,
  requantise: Requantise | undefined,
  next: () => number,
  given: Filled = {},
): IntegerConv2d {
  const output = {height: shape.height - kernel.height + 1, width: shape.width - kernel.width + 1, channels: filters}
  return {
    kind: "conv2d",
    name,
    inputs: [input],
    kernel,
    output: {shape: output, format},
    ...filled(filters, kernel.height * kernel.width * shape.channels, next, given),
    ...(requantise === undefined ? {} : {requantise}),
  }
}

export function dense(
  name: string,
  input: string,
  inputs: number,
  units: number,
  format: NumberFormat,
  requantise: Requantise | undefined,
  next: () => number,
  given: Filled = {},
): IntegerDense {
  return {
    kind: "dense",
    name,
    inputs: [input],
    output: {shape: vector(units), format},
    ...filled(units, inputs, next, given),
    ...(requantise === undefined ? {} : {requantise}),
  }
}

function filled(outputs: number, taps: number, next: () => number, given: Filled) {
  const bits = given.weightBits ?? 8
  const most = 2 ** (bits - 1) - 1
  return {
    weights: given.weights ?? Int8Array.from({length: outputs * taps}, () => integer(next, -most, most)),
    weightBits: bits,
    weightFractions: Array<number>(outputs).fill(given.weightFraction ?? 7),
    bias: given.bias ?? Int32Array.from({length: outputs}, () => integer(next, -500, 500)),
  }
}

export function maxPool2d(name: string, input: string, shape: Shape, size: number, format: NumberFormat): IntegerLayer {
  const output = {
    height: Math.floor(shape.height / size),
    width: Math.floor(shape.width / size),
    channels: shape.channels,
  }
  return {kind: "maxPool2d", name, inputs: [input], size: {height: size, width: size}, output: {shape: output, format}}
}

export const flatten = (name: string, input: string, shape: Shape, format: NumberFormat): IntegerLayer => ({
  kind: "flatten",
  name,
  inputs: [input],
  output: {shape: vector(elements(shape)), format},
})

/** The shape of digits16 with random weights: conv 16@5x5, pool 4, flatten, dense 10. */
export function digits16(seed: number, rounding: Rounding = "tflite"): IntegerNetwork {
  const next = random(seed)
  const image = {height: 28, width: 28, channels: 1}
  const format = unsigned8(5)
  const conv = conv2d(
    "conv",
    "input",
    image,
    16,
    {height: 5, width: 5},
    format,
    {shifts: Array<number>(16).fill(10), rounding, relu: true, overflow: "saturate"},
    next,
  )
  const pool = maxPool2d("pool", "conv", conv.output.shape, 4, format)
  const flat = flatten("flatten", "pool", pool.output.shape, format)
  const accumulator = {bits: 32, signed: true, fraction: 12}
  const last = dense("dense", "flatten", elements(flat.output.shape), 10, accumulator, undefined, next)
  return {
    name: "random16",
    input: {shape: image, format: unsigned8(8)},
    layers: [conv, pool, flat, last],
    logits8: {shift: 11, rounding},
  }
}
