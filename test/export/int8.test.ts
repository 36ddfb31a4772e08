import {describe, expect, test} from "vitest"
import {at} from "../../src/errors.ts"
import {exportInt8} from "../../src/export/int8.ts"
import {logits8, runGolden, traceGolden} from "../../src/golden/run.ts"
import type {IntegerLayer, IntegerNetwork, Requantise} from "../../src/graph/integer.ts"
import {elements} from "../../src/graph/shape.ts"
import {conv2d, dense, digits16, flatten, integer, maxPool2d, random, unsigned8} from "../golden/networks.ts"
import {requirePython} from "../tools.ts"
import {asInt8, runLiteRt} from "./litert.ts"

/** A random chain of conv, pool and dense layers whose sums are small, so that ties are common. */
function randomNetwork(seed: number): IntegerNetwork {
  const next = random(seed)
  const image = {height: integer(next, 5, 9), width: integer(next, 5, 9), channels: integer(next, 1, 3)}
  const layers: IntegerLayer[] = []
  let shape = image
  let format = unsigned8(8)
  let source = "input"
  const perChannel = integer(next, 0, 1) === 1
  const rule = (filters: number, relu: boolean): Requantise => {
    const shift = integer(next, 0, 9)
    const shifts = Array.from({length: filters}, () => (perChannel ? Math.max(0, shift - integer(next, 0, 3)) : shift))
    return {shifts, rounding: "tflite", relu, overflow: "saturate"}
  }
  const add = (layer: IntegerLayer) => {
    layers.push(layer)
    source = layer.name
    shape = layer.output.shape
    format = layer.output.format
  }
  const linear = (name: string, filters: number, dense: boolean): void => {
    const relu = integer(next, 0, 2) > 0
    const requantise = rule(filters, relu)
    const base = format.fraction + 7
    const signed = !relu && integer(next, 0, 1) === 1
    const fraction = base - Math.max(...requantise.shifts)
    const made = build(name, filters, dense, {bits: 8, signed, fraction}, requantise)
    const weightFractions = requantise.shifts.map((shift) => fraction + shift - format.fraction)
    add({...made, weightFractions})
  }
  const build = (
    name: string,
    filters: number,
    isDense: boolean,
    output: {bits: number; signed: boolean; fraction: number},
    requantise: Requantise | undefined,
  ) => {
    const taps = isDense ? elements(shape) : 9 * shape.channels
    const most = integer(next, 0, 1) === 0 ? 3 : 128
    const weights = Int8Array.from({length: filters * taps}, () => integer(next, -most, most - 1))
    const bias = Int32Array.from({length: filters}, () => integer(next, -300, 300))
    const kernel = {height: 3, width: 3}
    return isDense
      ? dense(name, source, taps, filters, output, requantise, next, {weights, bias})
      : conv2d(name, source, shape, filters, kernel, output, requantise, next, {weights, bias})
  }
  linear("conv1", integer(next, 1, 5), false)
  if (integer(next, 0, 1) === 1) add(maxPool2d("pool", source, shape, 2, format))
  add(flatten("flat", source, shape, format))
  if (integer(next, 0, 1) === 1) linear("dense1", integer(next, 1, 7), true)
  add(build("dense2", 5, true, {bits: 32, signed: true, fraction: format.fraction + 7}, undefined))
  return {
    name: `random${seed}`,
    input: {shape: image, format: unsigned8(8)},
    layers,
    logits8: {shift: integer(next, 0, 12), rounding: "tflite"},
  }
}

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
    for (const layer of network.layers.slice(0, -1)) {
      const width = elements(layer.output.shape)
      const integers = integersOf(at(found, n).get(layer.name) ?? new Uint8Array(), layer.output.format.signed)
      for (let image = 0; image < images; image++) {
        const trace = traceGolden(network, input.subarray(image * size, (image + 1) * size))
        const where = `seed ${seed}, ${network.name}, ${layer.name}, image ${image}`
        expect(integers.slice(image * width, (image + 1) * width), where).toEqual([...(trace.get(layer.name) ?? [])])
      }
    }
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

  test("and random networks, signs, shifts and scales per channel", {timeout: 600_000}, (context) => {
    const seed = 2000
    const networks = Array.from({length: 40}, (_, i) => randomNetwork(seed + i))
    compare(networks, 4, requirePython(context), seed)
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
