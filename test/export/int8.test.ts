import {describe, expect, test} from "vitest"
import {at} from "../../src/errors.ts"
import {exportInt8} from "../../src/export/int8.ts"
import {logits8, runGolden, traceGolden} from "../../src/golden/run.ts"
import type {IntegerLayer, IntegerNetwork, Requantise} from "../../src/graph/integer.ts"
import {elements} from "../../src/graph/shape.ts"
import {quantize} from "../../src/quantize/quantize.ts"
import {digits16, integer, random} from "../golden/networks.ts"
import {filled, residual, separable} from "../graph/filled.ts"
import {requirePython} from "../tools.ts"
import {asInt8, runLiteRt} from "./litert.ts"
import {randomNetwork8} from "./networks.ts"

/** An int8 tensor back to the integers of a format: unsigned bytes are stored less 128. */
const integersOf = (bytes: Uint8Array, signed: boolean): number[] =>
  Array.from(new Int8Array(bytes.buffer, bytes.byteOffset, bytes.length), (value) => (signed ? value : value + 128))

function compare(networks: readonly IntegerNetwork[], images: number, python: string, seed: number): void {
  const next = random(seed)
  const inputs = networks.map((network) =>
    Uint8Array.from({length: images * elements(network.input.shape)}, () => (next() < 0.3 ? 0 : integer(next, 0, 255))),
  )
  const found = runLiteRt(
    python,
    networks.map((network, n) => ({
      model: exportInt8(network),
      input: asInt8(at(inputs, n)),
      images,
      tensors: network.layers.map((layer) => layer.name),
    })),
  )
  for (const [n, network] of networks.entries()) {
    const input = at(inputs, n)
    const size = elements(network.input.shape)
    const sends = network.logits8 !== undefined
    for (const layer of sends ? network.layers.slice(0, -1) : network.layers) {
      const width = elements(layer.output.shape)
      const integers = integersOf(at(found, n).get(layer.name) ?? new Uint8Array(), layer.output.format.signed)
      for (let image = 0; image < images; image++) {
        const trace = traceGolden(network, input.subarray(image * size, (image + 1) * size))
        const where = `seed ${seed}, ${network.name}, ${layer.name}, image ${image}`
        expect(integers.slice(image * width, (image + 1) * width), where).toEqual([...(trace.get(layer.name) ?? [])])
      }
    }
    if (!sends) continue
    const last = at(network.layers, network.layers.length - 1)
    const logits = integersOf(at(found, n).get(last.name) ?? new Uint8Array(), true)
    expect(logits, `seed ${seed}, ${network.name}, logits`).toEqual([
      ...logits8(network, runGolden(network, input).outputs),
    ])
  }
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
