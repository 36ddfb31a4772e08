import {describe, expect, test} from "vitest"
import {runGolden} from "../../src/golden/run.ts"
import {checkIntegerNetwork} from "../../src/graph/check.ts"
import type {IntegerLayer, IntegerNetwork} from "../../src/graph/integer.ts"
import {integerNetworkFromJson, integerNetworkToJson} from "../../src/graph/json.ts"
import {integer, random} from "./networks.ts"

const shape = {height: 5, width: 4, channels: 2}
const u8 = {bits: 8, signed: false, fraction: 8}
const s16 = {bits: 16, signed: true, fraction: 8}

/** One layer alone, from an image of 5x4x2 bytes. */
const alone = (layer: IntegerLayer): IntegerNetwork => ({name: "alone", input: {shape, format: u8}, layers: [layer]})

describe("operators beyond the plain chain, against sums written out", () => {
  const seed = 11
  test(`a strided, padded conv2d and depthwiseConv2d (seed ${seed})`, () => {
    const next = random(seed)
    const image = Int32Array.from({length: 40}, () => integer(next, 0, 255))
    const pixel = (y: number, x: number, c: number) =>
      y < 0 || x < 0 || y >= 5 || x >= 4 ? 0 : (image[(y * 4 + x) * 2 + c] as number)
    // 5 rows by 3 and stride 2: 3 windows, one row above; 4 columns: 2 windows, none left, one right.
    const out = {height: 3, width: 2}
    const base = {name: "layer", inputs: ["input"], kernel: {height: 3, width: 3}, stride: {height: 2, width: 2}}
    const weights = Int8Array.from({length: 3 * 18}, () => integer(next, -128, 127))
    const conv = alone({
      ...base,
      kind: "conv2d",
      padding: "same",
      output: {shape: {...out, channels: 3}, format: {bits: 32, signed: true, fraction: 8}},
      ...{weights, weightBits: 8, weightFractions: [0, 0, 0], bias: Int32Array.of(5, -7, 9)},
    })
    checkIntegerNetwork(conv)
    const expected: number[] = []
    for (let y = 0; y < 3; y++)
      for (let x = 0; x < 2; x++)
        for (let f = 0; f < 3; f++) {
          let sum = [5, -7, 9][f] as number
          for (let k = 0; k < 18; k++) {
            const [ky, kx, c] = [Math.floor(k / 6), Math.floor((k % 6) / 2), k % 2]
            sum += (weights[f * 18 + k] as number) * pixel(2 * y - 1 + ky, 2 * x + kx, c)
          }
          expected.push(sum)
        }
    expect([...runGolden(conv, image).outputs]).toEqual(expected)

    const depthwise = alone({
      ...base,
      kind: "depthwiseConv2d",
      padding: "same",
      output: {shape: {...out, channels: 2}, format: {bits: 32, signed: true, fraction: 8}},
      ...{weights: weights.subarray(0, 18), weightBits: 8, weightFractions: [0, 0], bias: Int32Array.of(1, 2)},
    })
    checkIntegerNetwork(depthwise)
    const sums: number[] = []
    for (let y = 0; y < 3; y++)
      for (let x = 0; x < 2; x++)
        for (let c = 0; c < 2; c++) {
          let sum = c + 1
          for (let k = 0; k < 9; k++)
            sum += (weights[c * 9 + k] as number) * pixel(2 * y - 1 + Math.floor(k / 3), 2 * x + (k % 3), c)
          sums.push(sum)
        }
    expect([...runGolden(depthwise, image).outputs]).toEqual(sums)
    expect(integerNetworkFromJson(integerNetworkToJson(depthwise), "file")).toEqual(depthwise)
  })

  test("an average multiplies the exact sum by round(2^16 / count) and shifts it back", () => {
    const average = alone({
      kind: "avgPool2d",
      ...{name: "mean", inputs: ["input"], size: {height: 5, width: 3}},
      output: {shape: {height: 1, width: 1, channels: 2}, format: u8},
      requantise: {shifts: [16, 16], rounding: "half-up", relu: false, overflow: "saturate"},
    })
    checkIntegerNetwork(average)
    const image = Int32Array.from({length: 40}, (_, i) => i * 6)
    const sum = (c: number) => {
      let total = 0
      for (let y = 0; y < 5; y++) for (let x = 0; x < 3; x++) total += image[(y * 4 + x) * 2 + c] as number
      return total
    }
    // 65536 / 15 = 4369.07
    expect([...runGolden(average, image).outputs]).toEqual([0, 1].map((c) => Math.floor((sum(c) * 4369) / 65536 + 0.5)))
  })

  test("LiteRT's mean rounds away from the middle of what it stores", () => {
    const mean = (format: typeof u8) =>
      alone({
        kind: "avgPool2d",
        ...{name: "mean", inputs: ["input"], size: {height: 1, width: 2}},
        output: {shape: {height: 5, width: 2, channels: 2}, format},
        requantise: {shifts: [0, 0], rounding: "tflite", relu: false, overflow: "saturate"},
      })
    // 10.5 is stored as -117.5 and goes down, 200.5 as 72.5 and goes up.
    const image = new Int32Array(40)
    image.set([10, 200, 11, 201])
    const network = mean(u8)
    checkIntegerNetwork(network)
    expect([...runGolden(network, image).outputs.slice(0, 2)]).toEqual([10, 201])
  })

  test("an add aligns its operands before it sums and rounds", () => {
    const requantise = {shifts: [4, 4], rounding: "half-up", relu: true, overflow: "saturate"} as const
    const network: IntegerNetwork = {
      name: "sum",
      input: {shape, format: u8},
      layers: [
        {
          kind: "depthwiseConv2d",
          ...{name: "half", inputs: ["input"], kernel: {height: 1, width: 1}},
          output: {shape, format: {...s16, fraction: 10}},
          ...{weights: Int8Array.of(-1, 1), weightBits: 1, weightFractions: [2, 2], bias: Int32Array.of(3, -3)},
          requantise: {shifts: [0, 0], rounding: "floor", relu: false, overflow: "saturate"},
        },
        {
          kind: "add",
          name: "sum",
          inputs: ["input", "half"],
          output: {shape, format: {...u8, fraction: 6}},
          requantise,
        },
      ],
    }
    checkIntegerNetwork(network)
    const image = Int32Array.from({length: 40}, (_, i) => (i * 37) % 256)
    const expected = [...image].map((u, i) => {
      const branch = i % 2 === 0 ? 3 - u : u - 3
      return Math.min(255, Math.max(0, Math.floor((4 * u + branch) / 16 + 0.5)))
    })
    expect([...runGolden(network, image).outputs]).toEqual(expected)
    expect(integerNetworkFromJson(integerNetworkToJson(network), "file")).toEqual(network)
  })

  test.each([
    ["a 1-bit weight of 0", {weights: Int8Array.of(0, 1), weightBits: 1}, /neither -1 nor 1/],
    [
      "a kernel too few",
      {weights: Int8Array.of(1), bias: Int32Array.of(0), weightFractions: [0]},
      /its output is|kernels/,
    ],
  ])("%s is refused", (_, change, message) => {
    const layer = {
      kind: "depthwiseConv2d",
      ...{name: "d", inputs: ["input"], kernel: {height: 1, width: 1}},
      output: {shape, format: {bits: 32, signed: true, fraction: 8}},
      ...{weights: Int8Array.of(1, 1), weightBits: 8, weightFractions: [0, 0], bias: Int32Array.of(0, 0)},
      ...change,
    } as IntegerLayer
    expect(() => checkIntegerNetwork(alone(layer))).toThrow(
      expect.objectContaining({message: expect.stringMatching(message)}),
    )
  })
})
