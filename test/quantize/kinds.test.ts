import {describe, expect, test} from "vitest"
import {at} from "../../src/errors.ts"
import {exportInt8} from "../../src/export/int8.ts"
import {runGolden} from "../../src/golden/run.ts"
import {isLinearLayer} from "../../src/graph/integer.ts"
import {add, conv2d, dense, depthwiseConv2d, flatten, maxPool2d, network, relu} from "../../src/graph/layers.ts"
import type {Network} from "../../src/graph/network.ts"
import {elements} from "../../src/graph/shape.ts"
import {fakeQuantizeOf} from "../../src/quantize/fake.ts"
import type {FormatOptions} from "../../src/quantize/formats.ts"
import {lower} from "../../src/quantize/lower.ts"
import {quantize} from "../../src/quantize/quantize.ts"
import {toElements} from "../../src/quantize/report.ts"
import {bestBinary} from "../../src/quantize/scale.ts"
import {integer, random} from "../golden/networks.ts"
import {filled, residual, separable} from "../graph/filled.ts"

function pixels({input}: Network, seed: number, images: number): Uint8Array {
  const next = random(seed)
  return Uint8Array.from({length: images * elements(input)}, () => (next() < 0.4 ? 0 : integer(next, 0, 255)))
}

const noise = (made: Network, options: FormatOptions = {}) =>
  new Map(
    quantize(filled(made, 3), pixels(made, 4, 24), options).report.layers.map(({name, outputError}) => [
      name,
      outputError.signalToNoiseDb ?? Number.POSITIVE_INFINITY,
    ]),
  )

describe("quantising every kind of layer", () => {
  test.each([separable, residual])("keeps 8-bit integers close to the floats in every layer: $name", (made) => {
    const {network: integers, report} = quantize(filled(made, 3), pixels(made, 4, 24))
    for (const {name, outputError} of report.layers)
      expect(outputError.signalToNoiseDb ?? 99, `${made.name} ${name}`).toBeGreaterThan(24)
    expect(integers.layers.map(({kind}) => kind)).toEqual(lower(filled(made, 3)).layers.map(({kind}) => kind))
    for (const layer of integers.layers) if ("requantise" in layer) expect(layer.requantise?.rounding).toBe("tflite")
    expect(exportInt8(integers).length).toBeGreaterThan(1000)
  })

  test("loses less with more bits, and with a scale a channel", () => {
    for (const made of [separable, residual]) {
      const last = at([...noise(made).keys()].slice(-1), 0)
      const at8 = noise(made).get(last) ?? 0
      const at4 = noise(made, {weightBits: 4, activationBits: 4}).get(last) ?? 0
      expect(at8, made.name).toBeGreaterThan(at4 + 10)
    }
    const uneven = filled(separable, 5)
    // A channel with weights a thirtieth of the others': one scale for all leaves it two bits.
    uneven.parameters.depthwise1?.weights.fill(0.01, 0, 6)
    const error = (perChannel: boolean) =>
      quantize(uneven, pixels(separable, 6, 12), {perChannel, weightBits: 4}).report.layers.find(
        ({name}) => name === "depthwise1",
      )?.weightError.rms ?? 0
    expect(error(true)).toBeLessThan(error(false))
  })

  test("takes every mix of bits, roundings and overflow, and golden runs each", () => {
    const seed = 70
    const next = random(seed)
    for (let round = 0; round < 40; round++) {
      const made = round % 2 === 0 ? separable : residual
      const some = round % 2 === 0 ? "average1" : "add1"
      const options: FormatOptions = {
        inputBits: integer(next, 1, 8),
        weightBits: {[round % 2 === 0 ? "depthwise1" : "short"]: integer(next, 1, 8), default: integer(next, 1, 8)},
        activationBits: {[some]: integer(next, 1, 8), default: integer(next, 1, 8)},
        perChannel: next() < 0.5,
        rounding: at(["floor", "half-up", "half-even", "tflite"] as const, integer(next, 0, 3)),
        overflow: next() < 0.2 ? "wrap" : "saturate",
      }
      const samples = pixels(made, round, 3)
      const {network: integers} = quantize(filled(made, seed + round), samples, options)
      const where = `seed ${seed}, round ${round}`
      expect(runGolden(integers, toElements(samples, options.inputBits ?? 8)).images, where).toBe(3)
      const bits = (options.activationBits as Record<string, number>)[some]
      expect(integers.layers.find(({name}) => name === some)?.output.format.bits, where).toBe(bits)
    }
  })

  test("makes 1-bit weights -1 or +1, at the power of two nearest to their sizes", () => {
    const next = random(8)
    for (let round = 0; round < 200; round++) {
      const spread = 2 ** integer(next, -9, 5)
      const values = Float64Array.from({length: 30}, () => (next() * 2 - 1) * spread)
      const error = (fraction: number) =>
        values.reduce((sum, value) => sum + (value - Math.sign(value) * 2 ** -fraction) ** 2, 0)
      const best = Math.min(...Array.from({length: 40}, (_, i) => error(i - 20)))
      expect(error(bestBinary(values))).toBeCloseTo(best, 9)
    }
    expect(bestBinary([0, 0])).toBe(0)
    const {network: integers, formats} = quantize(filled(residual, 9), pixels(residual, 10, 4), {weightBits: 1})
    for (const layer of integers.layers)
      if (isLinearLayer(layer)) expect(new Set(layer.weights)).toEqual(new Set([-1, 1]))
    expect(fakeQuantizeOf(formats).layers.short).toMatchObject({binary: true, weights: {min: -1, max: 1}})
    expect(fakeQuantizeOf(formats).layers.add1).toMatchObject({weightFractions: [], rounding: "nearest"})
  })

  test("rounds as LiteRT only where sums and averages have 8 bits too", () => {
    const {network: integers} = quantize(filled(residual, 1), pixels(residual, 2, 3), {
      activationBits: {add1: 7, default: 8},
    })
    expect(integers.logits8).toBeUndefined()
    expect(at(integers.layers, 0)).toMatchObject({requantise: {rounding: "half-up"}})
  })

  test("fuses a relu into a sum, also across a pool; not where somebody reads the numbers below zero", () => {
    const lowered = lower(filled(residual, 1))
    const relus = lowered.layers.filter((layer) => "relu" in layer && layer.relu).map(({name}) => name)
    expect(relus).toEqual(["stem", "add1", "add2"])
    const shape = {height: 6, width: 6, channels: 1}
    const both = network("both", shape, [
      conv2d({filters: 2, kernel: 3, padding: "same"}),
      relu(),
      depthwiseConv2d({kernel: 3, padding: "same"}),
      add({inputs: ["conv1", "depthwise1"]}),
      flatten(),
      dense({units: 2}),
    ])
    expect(() => lower(filled(both, 1))).toThrow(
      /layer relu1 \(relu\): conv1 is read without it by add1 too.*\n.*let add1 read relu1/,
    )
    const twice = network("twice", shape, [
      conv2d({filters: 2, kernel: 3, padding: "same"}),
      relu({name: "a"}),
      relu({name: "b", inputs: ["conv1"]}),
      add({inputs: ["a", "b"]}),
      maxPool2d({size: 6}),
      dense({units: 2}),
    ])
    expect(lower(filled(twice, 1)).layers.map(({inputs}) => inputs)).toEqual([
      ["input"],
      ["conv1", "conv1"],
      ["add1"],
      ["pool1"],
    ])
  })

  test("compares accuracy with the network as it was before it was trained for its formats", () => {
    const samples = pixels(separable, 21, 30)
    const before = filled(separable, 22)
    const tuned = filled(separable, 23)
    const labels = quantize(before, samples, {}).network
    const test = {pixels: samples, labels: Uint8Array.from(runGolden(labels, samples).classes)}
    const {formats} = quantize(before, samples)
    const alone = quantize(tuned, samples, {formats, test}).report.accuracy
    const compared = quantize(tuned, samples, {formats, before, test}).report.accuracy
    expect(compared?.quantised).toBe(alone?.quantised)
    expect(compared?.float).toBeGreaterThan(90)
    expect(alone?.float).toBeLessThan(60)
  })

  test("says no to hls-2020 arithmetic and to names it does not know", () => {
    const float = filled(separable, 1)
    expect(() => quantize(float, pixels(separable, 1, 2), {weightBits: {average1: 4}})).toThrow(
      /option weightBits: names "average1"\n.*layers with weights are conv1, depthwise1, conv2, dense1/,
    )
    expect(() => quantize(float, pixels(separable, 1, 2), {activationBits: {norm1: 4}})).toThrow(
      /layers that compute are conv1, depthwise1, average1, conv2, average2, dense1/,
    )
  })
})
