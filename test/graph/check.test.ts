import {describe, expect, test} from "vitest"
import {at} from "../../src/errors.ts"
import {checkIntegerNetwork, checkModel, checkNetwork} from "../../src/graph/check.ts"
import type {IntegerLayer, IntegerNetwork, LinearLayer} from "../../src/graph/integer.ts"
import {dense as denseSpec, network as networkOf} from "../../src/graph/layers.ts"
import {accumulatorRange, tensorRanges} from "../../src/graph/range.ts"
import {dense, digits16, integer, random, unsigned8} from "../golden/networks.ts"

const good = digits16(7)

/** digits16 with some fields of its n-th layer changed. */
function changed(index: number, fields: Partial<LinearLayer> | Partial<IntegerLayer>): IntegerNetwork {
  const layers = good.layers.map((layer, i) => (i === index ? ({...layer, ...fields} as IntegerLayer) : layer))
  return {...good, layers}
}

describe("checkIntegerNetwork", () => {
  test("takes a network that is right", () => {
    expect(() => checkIntegerNetwork(good)).not.toThrow()
  })

  const wrong: readonly (readonly [string, IntegerNetwork, RegExp])[] = [
    [
      "a shape that does not follow",
      changed(1, {output: {format: unsigned8(5), shape: {height: 5, width: 6, channels: 16}}}),
      /pool: its output is 5x6x16, expected 6x6x16/,
    ],
    ["too few weights", changed(0, {weights: new Int8Array(399)}), /conv: has 399 weights, expected 16 x 25/],
    ["a weight past its bits", changed(0, {weightBits: 4}), /conv: weight .* outside -8..7/],
    ["a dangling input", changed(1, {inputs: ["nobody"]}), /pool: reads \[nobody\]/],
    ["an input that comes later", changed(0, {inputs: ["dense"]}), /conv: reads \[dense\]/],
    ["a name twice", changed(1, {name: "Conv"}), /its name is taken/],
    [
      "a shift of 32",
      changed(0, {requantise: {shifts: Array(16).fill(32), rounding: "floor", relu: true, overflow: "wrap"}}),
      /shifts channel 0 by 32/,
    ],
    [
      "fractions that do not agree",
      changed(0, {requantise: {shifts: Array(16).fill(9), rounding: "floor", relu: true, overflow: "wrap"}}),
      /8 \+ 7 - 9 = 6 fraction bits, its output 5/,
    ],
    ["accumulators in the middle", changed(0, {requantise: undefined} as never), /only the last layer/],
    ["9-bit weights", changed(0, {weightBits: 9}), /9-bit weights/],
    ["no layers", {...good, layers: []}, /has no layers/],
    ["a huge shape", {...good, input: {...good.input, shape: {height: 1e6, width: 1e6, channels: 1}}}, /its shape is/],
    ["a name that climbs", {...good, name: "../x"}, /may not have/],
  ]
  test.each(wrong)("refuses %s", (_, network, message) => {
    expect(() => checkIntegerNetwork(network)).toThrow(message)
  })

  test("refuses an accumulator that could pass 32 bits, and only then", () => {
    const input = {shape: {height: 1, width: 1, channels: 1}, format: {bits: 1, signed: false, fraction: 0}}
    const s32 = {bits: 32, signed: true, fraction: 0}
    const ends = (bias: number) => {
      const last = dense("dense", "input", 1, 1, s32, undefined, () => 0, {
        weights: Int8Array.of(1),
        bias: Int32Array.of(bias),
        weightFraction: 0,
      })
      return {name: "ends", input, layers: [last]}
    }
    expect(() => checkIntegerNetwork(ends(2 ** 31 - 2))).not.toThrow()
    expect(() => checkIntegerNetwork(ends(2 ** 31 - 1))).toThrow(/channel 0 can reach .* needs 33 bits/)
  })
})

describe("ranges", () => {
  test("are reached, and never passed, by the worst images", () => {
    const seed = 3
    const next = random(seed)
    const layer = dense("dense", "input", 6, 3, unsigned8(0), undefined, next)
    const range = {min: -3, max: 12}
    const found = accumulatorRange(layer, range)
    for (let channel = 0; channel < 3; channel++) {
      const sum = (pick: (weight: number) => number) => {
        let total = layer.bias[channel] ?? 0
        for (let i = 0; i < 6; i++)
          total += (layer.weights[channel * 6 + i] ?? 0) * pick(layer.weights[channel * 6 + i] ?? 0)
        return total
      }
      expect(found[channel]?.max).toBe(sum((w) => (w > 0 ? range.max : range.min)))
      expect(found[channel]?.min).toBe(sum((w) => (w > 0 ? range.min : range.max)))
      for (let n = 0; n < 100; n++) {
        const any = sum(() => integer(next, range.min, range.max))
        expect(any).toBeGreaterThanOrEqual(found[channel]?.min ?? 0)
        expect(any).toBeLessThanOrEqual(found[channel]?.max ?? 0)
      }
    }
  })

  test("of tensors follow formats and relu", () => {
    const ranges = tensorRanges(good)
    expect(ranges.get("input")).toEqual({min: 0, max: 255})
    expect(ranges.get("flatten")).toEqual({min: 0, max: 255})
  })
})

describe("checkModel", () => {
  const network = networkOf("lone", {height: 1, width: 1, channels: 4}, [denseSpec({units: 2, name: "dense"})])
  const filled = (weights: number[], bias: number[]) => ({
    network,
    parameters: {dense: {weights: Float32Array.from(weights), bias: Float32Array.from(bias)}},
  })
  test("takes what layers.ts builds, and refuses links and shapes that were changed", () => {
    expect(() => checkNetwork(network)).not.toThrow()
    const first = at(network.layers, 0)
    const relinked = {...network, layers: [{...first, inputs: ["nobody"]}]}
    expect(() => checkNetwork(relinked)).toThrow(/reads "nobody", which is no layer before it/)
    const reshaped = {...network, layers: [{...first, output: {height: 1, width: 1, channels: 3}}]}
    expect(() => checkNetwork(reshaped)).toThrow(/says its output is 3, it is 2/)
  })
  test("refuses missing, short and infinite parameters, by layer", () => {
    expect(() => checkModel(filled([1, 2, 3, 4, 5, 6, 7, 8], [0, 0]))).not.toThrow()
    expect(() => checkModel({network, parameters: {}})).toThrow(/layer dense: found 0 weights/)
    expect(() => checkModel(filled([1], [0, 0]))).toThrow(/found 1 weights and 2 biases, expected 8 and 2/)
    expect(() => checkModel(filled([1, 2, 3, Number.NaN, 5, 6, 7, 8], [0, 0]))).toThrow(/NaN or infinite/)
  })
})
