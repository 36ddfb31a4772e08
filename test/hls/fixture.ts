import type {TestContext} from "vitest"
import {TlastError} from "../../src/errors.ts"
import type {NumberFormat, Overflow, Rounding} from "../../src/graph/format.ts"
import type {IntegerLayer, IntegerNetwork, Requantise} from "../../src/graph/integer.ts"
import {executeHeader, type Header, headerFields, type LoadTarget} from "../../src/graph/packets.ts"
import {elements, type Shape} from "../../src/graph/shape.ts"
import {nodeHost} from "../../src/host/node.ts"
import {defaultHlsOptions, type HlsOptions} from "../../src/plan/hls/options.ts"
import {fetchApTypes} from "../../src/verify/hls-compile.ts"
import {root} from "../tools.ts"

/** Whole numbers below n, the same for a seed on every machine. */
export type Random = (n: number) => number

export function random(seed: number): Random {
  let state = seed >>> 0
  return (n) => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * n)
  }
}

export const roundings: readonly Rounding[] = ["floor", "half-up", "half-even", "tflite"]
export const overflows: readonly Overflow[] = ["saturate", "wrap"]

const pick = <T>(rnd: Random, list: readonly T[]): T => list[rnd(list.length)] as T
const weightsOf = (rnd: Random, length: number, bits: number) =>
  Int8Array.from({length}, () => rnd(2 ** bits) - 2 ** (bits - 1))

/** digits16 with random weights, every shift its own. `results`: 16-bit outputs, as header packets want them. */
export function digits16(rnd: Random, rounding: Rounding, overflow: Overflow, results = false): IntegerNetwork {
  const requantise = (channels: number, low: number, relu: boolean): Requantise => ({
    shifts: Array.from({length: channels}, () => low + rnd(4)),
    rounding,
    relu,
    overflow,
  })
  const conv: Shape = {height: 24, width: 24, channels: 16}
  const pool: Shape = {height: 6, width: 6, channels: 16}
  const u8 = {bits: 8, signed: false, fraction: 4}
  return {
    name: "digits16",
    input: {shape: {height: 28, width: 28, channels: 1}, format: {bits: 8, signed: false, fraction: 8}},
    layers: [
      {
        kind: "conv2d",
        name: "conv1",
        inputs: ["input"],
        kernel: {height: 5, width: 5},
        output: {shape: conv, format: u8},
        ...{weights: weightsOf(rnd, 400, 8), weightBits: 8, weightFractions: Array(16).fill(7)},
        bias: Int32Array.from({length: 16}, () => rnd(20_000) - 10_000),
        requantise: requantise(16, 6, true),
      },
      {
        kind: "maxPool2d",
        name: "pool1",
        inputs: ["conv1"],
        size: {height: 4, width: 4},
        output: {shape: pool, format: u8},
      },
      {
        kind: "flatten",
        name: "flatten1",
        inputs: ["pool1"],
        output: {shape: {height: 1, width: 1, channels: 576}, format: u8},
      },
      {
        kind: "dense",
        name: "dense1",
        inputs: ["flatten1"],
        output: {
          shape: {height: 1, width: 1, channels: 10},
          format: {bits: results ? 16 : 32, signed: true, fraction: 11},
        },
        ...{weights: weightsOf(rnd, 5760, 8), weightBits: 8, weightFractions: Array(10).fill(7)},
        bias: Int32Array.from({length: 10}, () => rnd(20_000) - 10_000),
        ...(results ? {requantise: requantise(10, 2, false)} : {}),
      },
    ],
  }
}

/** One convolution: results leave it while its image is still coming, and header packets hold them until it is whole. */
export const edges: IntegerNetwork = {
  name: "edges",
  input: {shape: {height: 6, width: 6, channels: 1}, format: {bits: 8, signed: false, fraction: 8}},
  layers: [
    {
      kind: "conv2d",
      name: "conv1",
      inputs: ["input"],
      kernel: {height: 3, width: 3},
      output: {shape: {height: 4, width: 4, channels: 2}, format: {bits: 16, signed: true, fraction: 8}},
      ...{weights: new Int8Array(18).fill(3), weightBits: 8, weightFractions: [7, 7], bias: new Int32Array(2)},
      requantise: {shifts: [4, 4], rounding: "half-up", relu: false, overflow: "saturate"},
    },
  ],
}

/** Layers in a chain, one in each rounding and overflow mode; convolutions, then dense layers (tflite rounds them apart). */
export function everyMode(rnd: Random): IntegerNetwork {
  const format = {bits: 8, signed: true, fraction: 4}
  const modes = roundings.flatMap((rounding) => overflows.map((overflow) => ({rounding, overflow})))
  const layers: IntegerLayer[] = []
  const linear = (channels: number) => ({
    inputs: [layers.at(-1)?.name ?? "input"],
    ...{
      weights: weightsOf(rnd, channels * channels, 8),
      weightBits: 8,
      weightFractions: Array<number>(channels).fill(7),
    },
    bias: Int32Array.from({length: channels}, () => rnd(512) - 256),
  })
  const requantise = (channels: number, mode: (typeof modes)[0]): Requantise => ({
    // Few bits are lost, so that a tie rounded wrongly in the first layer still shows in the last.
    ...{shifts: Array.from({length: channels}, () => 5 + rnd(3)), relu: false, ...mode},
  })
  const conv: Shape = {height: 2, width: 4, channels: 2}
  for (const [index, mode] of modes.entries()) {
    const name = `conv${index + 1}`
    const output = {shape: conv, format}
    layers.push({
      kind: "conv2d",
      name,
      ...linear(2),
      kernel: {height: 1, width: 1},
      output,
      requantise: requantise(2, mode),
    })
  }
  const flat = {shape: {height: 1, width: 1, channels: 16}, format}
  layers.push({kind: "flatten", name: "flatten1", inputs: ["conv8"], output: flat})
  for (const [index, mode] of modes.slice(-2).entries())
    layers.push({
      kind: "dense",
      name: `dense${index + 1}`,
      ...linear(16),
      output: flat,
      requantise: requantise(16, mode),
    })
  return {name: "modes", input: {shape: conv, format}, layers}
}

/** A small chain of random layers, formats, modes and shapes. */
export function randomNetwork(rnd: Random, name = "net"): IntegerNetwork {
  let shape: Shape = {height: 5 + rnd(7), width: 5 + rnd(7), channels: 1 + rnd(3)}
  let format: NumberFormat = {bits: 1 + rnd(8), signed: rnd(4) === 0, fraction: 4}
  if (format.signed && format.bits < 2) format = {...format, bits: 2}
  const input = {shape, format}
  const layers: IntegerLayer[] = []
  let source = "input"
  const push = (layer: IntegerLayer) => {
    layers.push(layer)
    source = layer.name
    shape = layer.output.shape
    format = layer.output.format
  }
  const linear = (kind: "conv2d" | "dense", index: number, last: boolean) => {
    const channels = 1 + rnd(6)
    const kernel = {height: 1 + rnd(Math.min(3, shape.height)), width: 1 + rnd(Math.min(3, shape.width))}
    const taps = kind === "dense" ? shape.channels : kernel.height * kernel.width * shape.channels
    const weightBits = 2 + rnd(7)
    const plain = last && rnd(2) === 0
    const signed = rnd(2) === 0
    const out: NumberFormat = plain
      ? {bits: 32, signed: true, fraction: 8}
      : {bits: last ? 2 + rnd(15) : 2 + rnd(7), signed, fraction: 4}
    const base = {
      name: `${kind === "dense" ? "dense" : "conv"}${index}`,
      inputs: [source],
      weights: weightsOf(rnd, channels * taps, weightBits),
      weightBits,
      weightFractions: Array<number>(channels).fill(4),
      bias: Int32Array.from({length: channels}, () => rnd(512) - 256),
      ...(plain
        ? {}
        : {
            requantise: {
              shifts: Array.from({length: channels}, () => rnd(9)),
              rounding: pick(rnd, roundings),
              relu: rnd(2) === 0,
              overflow: pick(rnd, overflows),
            },
          }),
    }
    if (kind === "dense") push({...base, kind, output: {shape: {height: 1, width: 1, channels}, format: out}})
    else {
      const after = {height: shape.height - kernel.height + 1, width: shape.width - kernel.width + 1, channels}
      push({...base, kind, kernel, output: {shape: after, format: out}})
    }
  }
  // The emitter's line buffers want rows of four packs, and a pack is at most what the layer before gives a step.
  const wide = () => shape.width >= 4
  const convs = rnd(3)
  for (let i = 1; i <= convs && wide(); i++) {
    linear("conv2d", i, false)
    if (rnd(2) === 0) {
      const size = {height: 1 + rnd(Math.min(3, shape.height)), width: 1 + rnd(Math.min(3, shape.width))}
      push({
        kind: "maxPool2d",
        name: `pool${i}`,
        inputs: [source],
        size,
        output: {
          shape: {
            height: Math.floor(shape.height / size.height),
            width: Math.floor(shape.width / size.width),
            channels: shape.channels,
          },
          format,
        },
      })
    }
  }
  if (convs > 0 && rnd(5) === 0) return {name, input, layers}
  push({
    kind: "flatten",
    name: "flatten1",
    inputs: [source],
    output: {shape: {height: 1, width: 1, channels: elements(shape)}, format},
  })
  const denses = 1 + rnd(2)
  for (let i = 1; i <= denses; i++) linear("dense", i, i === denses)
  return {name, input, layers}
}

/** Elements of the network's input format. */
export function randomImages(rnd: Random, {input}: IntegerNetwork, images: number): Int16Array {
  const {bits, signed} = input.format
  return Int16Array.from(
    {length: images * elements(input.shape)},
    () => rnd(2 ** bits) - (signed ? 2 ** (bits - 1) : 0),
  )
}

export const words = (header: Header): number[] => headerFields.map((field) => header[field])

/** An execute packet of random images, and a load of random words. */
export const execute = (rnd: Random, network: IntegerNetwork, images: number): number[] => [
  ...words(executeHeader(network, images)),
  ...Array.from(randomImages(rnd, network, images), (value) => value & 0xffff),
]
export const load = (rnd: Random, target: LoadTarget): number[] => [
  ...words(target.header),
  ...Array.from({length: target.words}, (_, i) =>
    // Small biases and moderate shifts, or every result would be an end of its format.
    target.kind === "shift" ? 4 + rnd(8) : target.kind === "biases" && i % 2 === 1 ? 0 : rnd(2 ** 16),
  ),
]

export const headerOptions: HlsOptions = {
  ...defaultHlsOptions,
  packets: "header",
  weights: "loadable",
  folding: {conv1: {pe: 16, simd: 5}, dense1: {pe: 10, simd: 1}},
}

/** The ap_int headers, fetched once for all tests; without them the test is skipped, and fails where CI=true. */
export async function apTypes(context: Pick<TestContext, "skip">): Promise<string> {
  try {
    return await fetchApTypes(nodeHost(), `${root}build/hls-ap-types`)
  } catch (error) {
    if (process.env.CI === "true" || !(error instanceof TlastError)) throw error
    return context.skip(error.message)
  }
}
