import fc from "fast-check"
import {describe, expect, test} from "vitest"
import {byName} from "../../models/index.ts"
import {TlastError} from "../../src/errors.ts"
import type {IntegerNetwork} from "../../src/graph/integer.ts"
import {
  floatModelFromJson,
  floatModelToJson,
  integerNetworkFromJson,
  integerNetworkToJson,
} from "../../src/graph/json.ts"
import {conv2d, dense, flatten, network} from "../../src/graph/layers.ts"
import type {FloatModel} from "../../src/graph/network.ts"

const floatModel: FloatModel = {
  network: network("small", {height: 3, width: 3, channels: 1}, [
    conv2d({filters: 2, kernel: 2}),
    flatten(),
    dense({units: 2}),
  ]),
  parameters: {
    conv1: {
      weights: Float32Array.of(0.1, -0, 1e-45, 3.4e38, 1 / 3, -7, 2 ** -126, 5),
      bias: Float32Array.of(0.5, -0.25),
    },
    dense1: {weights: Float32Array.from({length: 16}, (_, i) => Math.fround(i * 0.7)), bias: Float32Array.of(0, 1)},
  },
}

const integerNetwork: IntegerNetwork = {
  name: "small",
  input: {shape: {height: 3, width: 3, channels: 1}, format: {bits: 8, signed: false, fraction: 8}},
  layers: [
    {
      kind: "conv2d",
      name: "conv1",
      inputs: ["input"],
      kernel: {height: 3, width: 3},
      output: {shape: {height: 1, width: 1, channels: 1}, format: {bits: 8, signed: false, fraction: 5}},
      weights: Int8Array.of(-128, 127, 0, 1, 2, 3, 4, 5, 6),
      weightBits: 8,
      weightFractions: [7],
      bias: Int32Array.of(-70000),
      requantise: {shifts: [10], rounding: "tflite", relu: true, overflow: "saturate"},
    },
    {
      kind: "dense",
      name: "dense1",
      inputs: ["conv1"],
      output: {shape: {height: 1, width: 1, channels: 1}, format: {bits: 32, signed: true, fraction: 9}},
      weights: Int8Array.of(-2),
      weightBits: 2,
      weightFractions: [4],
      bias: Int32Array.of(3),
    },
  ],
  logits8: {shift: 4, rounding: "tflite"},
}

/** The text with one change, which must have changed it. */
function changed(text: string, from: string | RegExp, to: string): string {
  const result = text.replace(from, to)
  expect(result).not.toBe(text)
  return result
}

describe("a float model", () => {
  test("comes back bit for bit, and is written the same way twice", () => {
    const text = floatModelToJson(floatModel)
    const back = floatModelFromJson(text, "model.json")
    expect(back).toEqual(floatModel)
    expect(new Uint32Array(back.parameters.conv1?.weights.buffer ?? new ArrayBuffer(0))).toEqual(
      new Uint32Array(floatModel.parameters.conv1?.weights.buffer ?? new ArrayBuffer(0)),
    )
    expect(floatModelToJson(back)).toBe(text)
  })

  const text = floatModelToJson(floatModel)
  test.each([
    ["an empty file", "", "BAD_JSON"],
    ["a truncated one", text.slice(0, -30), "BAD_JSON"],
    ["100,000 brackets", "[".repeat(100_000), "BAD_JSON"],
    ["nested arrays", `${"[".repeat(50_000)}${"]".repeat(50_000)}`, "BAD_MODEL"],
    ["an integer network", integerNetworkToJson(integerNetwork), "BAD_MODEL"],
    ["an unknown key", changed(text, '"filters"', '"__proto__":{"a":1},"filters"'), "BAD_MODEL"],
    ["a later version", changed(text, '"version": 1', '"version": 2'), "BAD_MODEL"],
    ["a shape that does not fit", changed(text, /"height":2/, '"height":9'), "SHAPE_MISMATCH"],
    ["too few weights", changed(text, /"units":2/, '"units":3'), "BAD_MODEL"],
    ["a hostile name", changed(text, '"name":"conv1"', '"name":"../up"'), "BAD_NAME"],
    [
      "parameters of no layer",
      changed(text, '"dense1": {', '"__proto__": {"weights": "", "bias": ""}, "dense1": {'),
      "BAD_MODEL",
    ],
    ["missing parameters", changed(text, '"dense1": {', '"dense2": {'), "BAD_MODEL"],
    ["NaN", changed(text, /"bias":"[^"]*"/, `"bias":"${btoa("\x00\x00\xc0\x7f\x00\x00\x00\x00")}"`), "BAD_MODEL"],
    ["what is not base64", changed(text, /"bias":"[^"]*"/, '"bias":"?"'), "BAD_MODEL"],
  ])("refuses %s", (_, hostile, code) => {
    expect(() => floatModelFromJson(hostile, "model.json")).toThrowError(expect.objectContaining({code}))
  })
})

describe("an integer network", () => {
  test("comes back whole", () => {
    const text = integerNetworkToJson(integerNetwork)
    expect(integerNetworkFromJson(text, "x")).toEqual(integerNetwork)
    expect(integerNetworkToJson(integerNetworkFromJson(text, "x"))).toBe(text)
  })

  const text = integerNetworkToJson(integerNetwork)
  test.each([
    ["a weight over 8 bits", changed(text, "127", "128")],
    ["a weight over its layer's bits", changed(text, "[-2]", "[2]")],
    ["a bias over 32 bits", changed(text, "-70000", "2147483648")],
    ["a fractional weight", changed(text, "127", "1.5")],
    ["a shift of 32", changed(text, "[10]", "[32]")],
    ["17-bit activations", changed(text, /"bits":8,"fraction":5/, '"bits":17,"fraction":5')],
    ["a layer that reads a later one", changed(text, '"inputs":["input"]', '"inputs":["dense1"]')],
    ["twins", changed(text, '"name":"dense1"', '"name":"Conv1"')],
    ["a wrong output shape", changed(text, /"shape":\{"channels":1,"height":1/, '"shape":{"channels":1,"height":2')],
    ["a missing weight", changed(text, "[-128,", "[")],
    ["an unknown rounding", changed(text, '"tflite"', '"up"')],
    ["no layers", changed(text, /"layers": \[[\s\S]*\]/, '"layers": []')],
    ["a null", changed(text, "[-2]", "null")],
  ])("refuses %s", (_, hostile) => {
    expect(() => integerNetworkFromJson(hostile, "x")).toThrowError(
      expect.objectContaining({code: expect.stringMatching(/^BAD_(MODEL|NETWORK|NAME)$/)}),
    )
  })
})

test("any damage to a file is either harmless or a typed error", () => {
  const texts = [floatModelToJson(floatModel), integerNetworkToJson(integerNetwork)] as const
  fc.assert(
    fc.property(fc.nat(1), fc.nat(2000), fc.nat(40), fc.string({maxLength: 8}), (which, start, length, insert) => {
      const text = texts[which as 0 | 1]
      const damaged = text.slice(0, start) + insert + text.slice(start + length)
      try {
        which === 0 ? floatModelFromJson(damaged, "x") : integerNetworkFromJson(damaged, "x")
      } catch (error) {
        expect(error).toBeInstanceOf(TlastError)
        expect((error as TlastError).exitCode).toBe(2)
      }
    }),
    {numRuns: 500},
  )
})

test("digits16 itself can be written", () => {
  const parameters = {
    conv1: {weights: new Float32Array(400), bias: new Float32Array(16)},
    dense1: {weights: new Float32Array(5760), bias: new Float32Array(10)},
  }
  const model = {network: byName("digits16"), parameters}
  expect(floatModelFromJson(floatModelToJson(model), "x")).toEqual(model)
})
