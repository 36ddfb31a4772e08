import {describe, expect, test} from "vitest"
import {largest, logits8, runGolden, traceGolden} from "../../src/golden/run.ts"
import type {IntegerNetwork} from "../../src/graph/integer.ts"
import {conv2d, dense, digits16, flatten, integer, maxPool2d, random, unsigned8} from "./networks.ts"

/** The design issue 5 reproduces: bytes / 2, convolution >> 3 and relu, low 8 bits signed, pool, dense and relu to 16 bits. */
function hls2020(seed: number): IntegerNetwork {
  const next = random(seed)
  const image = {height: 28, width: 28, channels: 1}
  const s8 = {bits: 8, signed: true, fraction: 11}
  const zero = (n: number) => ({bias: new Int32Array(n)})
  const conv = conv2d(
    "conv",
    "input",
    image,
    16,
    {height: 5, width: 5},
    s8,
    {shifts: Array<number>(16).fill(3), rounding: "floor", relu: true, overflow: "wrap"},
    next,
    zero(16),
  )
  const last = dense(
    "dense",
    "flatten",
    576,
    10,
    {bits: 16, signed: true, fraction: 18},
    {shifts: Array<number>(10).fill(0), rounding: "floor", relu: true, overflow: "wrap"},
    next,
    zero(10),
  )
  const pool = maxPool2d("pool", "conv", conv.output.shape, 4, s8)
  return {
    name: "hls2020",
    input: {shape: image, format: {bits: 7, signed: false, fraction: 7}},
    layers: [conv, pool, flatten("flatten", "pool", pool.output.shape, s8), last],
  }
}

/** That design in C's integers, from its description alone. */
function hlsModel({layers}: IntegerNetwork, bytes: Uint8Array): number[] {
  const conv = layers[0] as {weights: Int8Array}
  const last = layers[3] as {weights: Int8Array}
  const pooled = new Int8Array(576).fill(-128)
  for (let y = 0; y < 24; y++)
    for (let x = 0; x < 24; x++)
      for (let f = 0; f < 16; f++) {
        let sum = 0
        for (let k = 0; k < 25; k++)
          sum += ((bytes[(y + Math.floor(k / 5)) * 28 + x + (k % 5)] ?? 0) >> 1) * (conv.weights[f * 25 + k] ?? 0)
        const low = (Math.max(0, sum >> 3) << 24) >> 24
        const cell = ((y >> 2) * 6 + (x >> 2)) * 16 + f
        pooled[cell] = Math.max(pooled[cell] ?? 0, low)
      }
  return Array.from({length: 10}, (_, out) => {
    let sum = 0
    for (let i = 0; i < 576; i++) sum += (pooled[i] ?? 0) * (last.weights[out * 576 + i] ?? 0)
    return (Math.max(0, sum) << 16) >> 16
  })
}

describe("golden", () => {
  test("computes a network small enough to check by hand", () => {
    const never = () => 0
    const conv = conv2d(
      "conv",
      "input",
      {height: 3, width: 3, channels: 1},
      1,
      {height: 2, width: 2},
      unsigned8(0),
      {shifts: [1], rounding: "half-up", relu: true, overflow: "saturate"},
      never,
      {weights: Int8Array.of(1, -1, 2, 3), bias: Int32Array.of(-4)},
    )
    const pool = maxPool2d("pool", "conv", conv.output.shape, 2, unsigned8(0))
    const last = dense("dense", "pool", 1, 2, {bits: 32, signed: true, fraction: 0}, undefined, never, {
      weights: Int8Array.of(-3, 5),
      bias: Int32Array.of(7, -7),
    })
    const input = {shape: {height: 3, width: 3, channels: 1}, format: unsigned8(0)}
    const network: IntegerNetwork = {name: "tiny", input, layers: [conv, pool, last]}
    const trace = traceGolden(network, [1, 2, 3, 4, 5, 6, 7, 8, 9])
    // sums: 1-2+8+15-4=18, 2-3+10+18-4=23, 4-5+14+24-4=33, 5-6+16+27-4=38; halves, the half up
    expect([...(trace.get("conv") ?? [])]).toEqual([9, 12, 17, 19])
    expect([...(trace.get("pool") ?? [])]).toEqual([19])
    expect([...(trace.get("dense") ?? [])]).toEqual([-50, 88])
    const both = runGolden(network, [1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 0, 0, 0, 0, 0, 0, 0, 0])
    expect([...both.outputs]).toEqual([-50, 88, 7, -7])
    expect([...both.classes]).toEqual([1, 0])
  })

  test("expresses the arithmetic of hls-2020, wraps included", () => {
    const seed = 5
    const next = random(seed)
    const network = hls2020(seed)
    let wrapped = 0
    for (let n = 0; n < 10; n++) {
      const bytes = Uint8Array.from({length: 784}, () => integer(next, 0, 255))
      const {outputs} = runGolden(
        network,
        bytes.map((byte) => byte >> 1),
      )
      expect([...outputs], `seed ${seed}, image ${n}`).toEqual(hlsModel(network, bytes))
      wrapped += [...outputs].filter((v) => v < 0).length
    }
    expect(wrapped).toBeGreaterThan(0)
  })

  test("pads nothing and drops the rows and columns that fill no window", () => {
    const pool = maxPool2d("pool", "input", {height: 5, width: 5, channels: 1}, 2, unsigned8(0))
    const input = {shape: {height: 5, width: 5, channels: 1}, format: unsigned8(0)}
    const pixels = Array.from({length: 25}, (_, i) => i)
    expect([...runGolden({name: "pool", input, layers: [pool]}, pixels).outputs]).toEqual([6, 8, 16, 18])
  })

  test("pools windows that are not square, channel by channel", () => {
    const shape = {height: 6, width: 4, channels: 2}
    const pool = {...maxPool2d("pool", "input", shape, 2, unsigned8(0)), size: {height: 3, width: 2}}
    const layer = {...pool, output: {shape: {height: 2, width: 2, channels: 2}, format: unsigned8(0)}} as typeof pool
    const pixels = Array.from({length: 48}, (_, i) => (i % 2 === 0 ? i : 100 - i))
    const network = {name: "pool", input: {shape, format: unsigned8(0)}, layers: [layer]}
    expect([...runGolden(network, pixels).outputs]).toEqual([18, 99, 22, 95, 42, 75, 46, 71])
  })

  test("gives the lowest class in a tie", () => {
    expect(largest([3, 9, 9, 1])).toBe(1)
    expect(largest([-5, -5])).toBe(0)
  })

  test("keeps accumulators at the ends of 32 bits exact", () => {
    const input = {shape: {height: 1, width: 1, channels: 1}, format: {bits: 1, signed: false, fraction: 0}}
    const s32 = {bits: 32, signed: true, fraction: 0}
    const last = dense("dense", "input", 1, 2, s32, undefined, () => 0, {
      weights: Int8Array.of(-1, 1),
      bias: Int32Array.of(-(2 ** 31) + 1, 2 ** 31 - 2),
    })
    expect([...runGolden({name: "ends", input, layers: [last]}, [1]).outputs]).toEqual([-(2 ** 31), 2 ** 31 - 1])
  })

  test("refuses images that are not whole", () => {
    expect(() => runGolden(digits16(1), new Uint8Array(785))).toThrow(/found 785 elements, expected 1 images of 784/)
  })

  test("gives int8 logits by the network's rule, and refuses where there is none", () => {
    const network = digits16(1)
    const rule = {shift: 4, rounding: "tflite" as const}
    expect([...logits8({...network, logits8: rule}, [24, -24, 23, 5000, -5000])]).toEqual([2, -2, 1, 127, -128])
    const {logits8: _, ...without} = network
    expect(() => logits8(without, [1])).toThrow(/no int8 form/)
  })
})
