import {describe, expect, test} from "vitest"
import {TlastError} from "../../src/errors.ts"
import {exportInt8} from "../../src/export/int8.ts"
import type {IntegerLayer, IntegerNetwork, Requantise} from "../../src/graph/integer.ts"
import {elements} from "../../src/graph/shape.ts"
import {quantize} from "../../src/quantize/quantize.ts"
import {eightBit, withLogits8} from "../../src/verify/eight-bit.ts"
import {imagesOf, networkOf} from "../../src/verify/network-of.ts"
import {randomRecipe} from "../../src/verify/random-network.ts"
import {digits16, integer, random} from "../golden/networks.ts"
import {filled, residual, separable} from "../graph/filled.ts"
import {requirePython} from "../tools.ts"
import {litertDifferences} from "./compare.ts"
import {randomNetwork8} from "./networks.ts"

function compare(networks: readonly IntegerNetwork[], images: number, python: string, seed: number): void {
  const next = random(seed)
  const cases = networks.map((network) => ({
    network,
    input: Uint8Array.from({length: images * elements(network.input.shape)}, () =>
      next() < 0.3 ? 0 : integer(next, 0, 255),
    ),
  }))
  expect(litertDifferences(python, cases), `seed ${seed}`).toEqual([])
}

describe("model.int8.tflite", () => {
  test("gives LiteRT's reference kernels the same integers in every layer: digits16's shape", {
    timeout: 600_000,
  }, (context) => {
    compare([digits16(1), digits16(2)], 5, requirePython(context), 11)
  })

  test("and random networks of every layer, sign, shift and scale, at ties", {timeout: 600_000}, (context) => {
    const seed = Number(process.env.TLAST_LITERT_SEED ?? 2000)
    const count = Number(process.env.TLAST_LITERT_NETWORKS ?? 120)
    const networks = Array.from({length: count}, (_, i) => randomNetwork8(seed + i))
    const kinds = new Set(networks.flatMap(({layers}) => layers.map(({kind}) => kind)))
    expect([...kinds].sort()).toEqual(
      ["add", "avgPool2d", "conv2d", "dense", "depthwiseConv2d", "flatten", "maxPool2d"].sort(),
    )
    compare(networks, 4, requirePython(context), seed)
  })

  test("and the fuzzer's networks, in 8 bits", {timeout: 600_000}, (context) => {
    const seed = 1
    const python = requirePython(context)
    const recipes = Array.from({length: 80}, (_, i) => eightBit(randomRecipe(seed + i)))
    const cases = recipes.flatMap((recipe) => {
      const network = withLogits8(networkOf(recipe))
      try {
        exportInt8(network)
      } catch (error) {
        if (error instanceof TlastError && ["ACCUMULATOR_TOO_WIDE", "INT8_REFUSED"].includes(error.code)) return []
        throw error
      }
      return [{network, input: Uint8Array.from(imagesOf(recipe, 6))}]
    })
    expect(cases.length).toBeGreaterThan(70)
    expect(litertDifferences(python, cases), `seed ${seed}`).toEqual([])
  })

  test("and networks as quantize makes them, their scales chosen from images", {timeout: 600_000}, (context) => {
    const seed = 17
    const next = random(seed)
    const networks = [separable, residual].flatMap((made) =>
      [false, true].map((perChannel) => {
        const pixels = Uint8Array.from({length: 8 * elements(made.input)}, () => integer(next, 0, 255))
        return {...quantize(filled(made, seed), pixels, {perChannel}).network, name: `${made.name}${perChannel}`}
      }),
    )
    compare(networks, 20, requirePython(context), seed)
  })

  test("is the same bytes every time", () => {
    expect(exportInt8(digits16(4))).toEqual(exportInt8(digits16(4)))
  })

  const network = digits16(5)
  const [conv] = network.layers
  const withConv = (change: (layer: IntegerLayer) => IntegerLayer): IntegerNetwork => ({
    ...network,
    layers: network.layers.map((layer) => (layer === conv ? change(layer) : layer)),
  })
  const rule = (fields: Partial<Requantise>) =>
    withConv((layer) =>
      layer.kind === "conv2d" && layer.requantise ? {...layer, requantise: {...layer.requantise, ...fields}} : layer,
    )
  const narrow = {bits: 4, signed: false, fraction: 5}
  const refused: readonly (readonly [string, IntegerNetwork, RegExp])[] = [
    ["half-up rounding", rule({rounding: "half-up"}), /layer conv: rounds half-up.*tflite rounding/],
    ["wrapping", rule({overflow: "wrap"}), /layer conv: wraps on overflow/],
    [
      "4-bit activations",
      {
        ...network,
        layers: network.layers.map((layer) =>
          layer.name === "dense" ? layer : {...layer, output: {...layer.output, format: narrow}},
        ),
      },
      /layer conv: has 4-bit outputs/,
    ],
    [
      "logits without an int8 form",
      {name: "x", input: network.input, layers: network.layers},
      /layer dense: has no int8 form/,
    ],
    [
      "7-bit pixels",
      {
        ...rule({shifts: Array<number>(16).fill(9)}),
        input: {...network.input, format: {bits: 7, signed: false, fraction: 7}},
      },
      /^input: has 7 bits/,
    ],
    [
      "accumulators that LiteRT would double past 32 bits",
      {
        ...network,
        layers: network.layers.map((layer) =>
          layer.kind === "dense" ? {...layer, bias: new Int32Array(10).fill(2 ** 30)} : layer,
        ),
        logits8: {shift: 0, rounding: "tflite"},
      },
      /layer dense: does not shift accumulators of/,
    ],
    ["logits rounded otherwise", {...network, logits8: {shift: 4, rounding: "floor"}}, /rounds its logits floor/],
  ]
  test.each(refused)("is refused for %s", (_, wrong, message) => {
    expect(() => exportInt8(wrong)).toThrow(message)
  })
})
