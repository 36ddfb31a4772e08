import {describe, expect, test} from "vitest"
import {at} from "../../src/errors.ts"
import {runGolden} from "../../src/golden/run.ts"
import {conv2d, dense, flatten, maxPool2d, network, relu} from "../../src/graph/layers.ts"
import {nodeHost} from "../../src/host/node.ts"
import {fakeQuantizeOf} from "../../src/quantize/fake.ts"
import type {FormatOptions} from "../../src/quantize/formats.ts"
import {quantize} from "../../src/quantize/quantize.ts"
import {evaluate} from "../../src/train/evaluate.ts"
import {pack, unpack} from "../../src/train/pack.ts"
import {layOut} from "../../src/train/program.ts"
import {openShards} from "../../src/train/shards.ts"
import {kernelBytes} from "../../src/train/threads.ts"
import {train} from "../../src/train/train.ts"
import {barData, bars, parametersOf} from "./samples.ts"

const shape = {height: 10, width: 10, channels: 1}
const net = network("two_convolutions", shape, [
  conv2d({filters: 6, kernel: 3}),
  relu(),
  maxPool2d({size: 2}),
  conv2d({filters: 5, kernel: 2}),
  relu(),
  flatten(),
  dense({units: 4}),
])
const data = barData(shape, 4, 900)

const formats: [string, FormatOptions][] = [
  ["8-bit", {rounding: "half-up"}],
  ["8-bit, floor", {rounding: "floor"}],
  ["4-bit", {weightBits: 4, activationBits: 4, inputBits: 4}],
  ["ternary, per channel", {weightBits: 2, activationBits: 3, inputBits: 2, perChannel: true}],
  ["1-bit activations", {weightBits: 3, activationBits: 1}],
]

describe.each(formats)("%s", (_, options) => {
  const model = {network: net, parameters: parametersOf(net, 4)}
  const {network: integer, formats: chosen} = quantize(model, data.training.images.subarray(0, 20_000), options)
  const fakeQuantize = fakeQuantizeOf(chosen)

  test("the trainer's forward pass is the integers' own, exactly", async () => {
    const images = bars(shape, 4, 60, 9)
    const {logits} = await evaluate(model, images, fakeQuantize)
    const {bits} = integer.input.format
    const golden = runGolden(
      integer,
      Array.from(images.images, (byte) => byte >> (8 - bits)),
    )
    const {fraction} = at(integer.layers, integer.layers.length - 1).output.format
    expect(Array.from(logits, (logit) => logit * 2 ** fraction)).toEqual(Array.from(golden.outputs))
  })

  test("training for the formats never hurts, and learns what rounding had lost", async () => {
    const trained = await train({
      network: net,
      data,
      host: nodeHost(),
      options: {epochs: 16, batch: 20, heldOut: 100, threads: 1, augment: false},
    })
    const images = data.training.images.subarray(0, 20_000)
    const before = quantize(trained.model, images, options)
    const own = fakeQuantizeOf(before.formats)
    const tuned = await train({
      network: net,
      data,
      host: nodeHost(),
      options: {
        start: trained.model,
        fakeQuantize: own,
        epochs: 3,
        heldOut: 100,
        threads: 1,
        rate: 2e-3,
        augment: false,
      },
    })
    const after = quantize(tuned.model, images, {formats: before.formats})
    const accuracy = async (m: typeof model) => (await evaluate(m, data.test, own)).accuracy
    const golden = (n: typeof before.network) => {
      const {bits} = n.input.format
      const {classes} = runGolden(
        n,
        Array.from(data.test.images, (byte) => byte >> (8 - bits)),
      )
      return (100 * classes.filter((c, i) => c === data.test.labels[i]).length) / classes.length
    }
    expect(golden(after.network)).toBe(tuned.report.accuracy.test)
    expect(golden(before.network)).toBe(await accuracy(trained.model))
    expect(golden(after.network)).toBeGreaterThanOrEqual(golden(before.network))
    expect(golden(after.network)).toBeGreaterThan(80)
  })
})

test("no gradient passes where an activation clips", async () => {
  const one = network("one", {height: 1, width: 1, channels: 1}, [dense({units: 1}), relu(), dense({units: 2})])
  const format = {bits: 4, signed: false, fraction: 4}
  const fakeQuantize = {
    input: {bits: 8, signed: false, fraction: 8},
    layers: {
      dense1: {weights: {min: -127, max: 127}, weightFractions: [4], activation: format},
      dense2: {weights: {min: -127, max: 127}, weightFractions: [4]},
    },
  }
  const program = layOut(one, 1, fakeQuantize)
  // A byte of 128 is 0.5: the first layer gives weight / 2, the largest activation is 15 / 16.
  const shards = await openShards({wasm: kernelBytes(), program, images: Uint8Array.of(128), labels: Uint8Array.of(0)})
  const gradientAt = (weight: number) => {
    const parameters = {
      dense1: {weights: Float32Array.of(weight), bias: Float32Array.of(0)},
      dense2: {weights: Float32Array.of(1, -1), bias: Float32Array.of(0, 0)},
    }
    const task = {
      kind: "gradient" as const,
      parameters: pack(program, parameters),
      images: Uint32Array.of(0),
      bounds: [0, 1],
      augment: false,
      seed: 0,
    }
    return unpack(program, shards.run(task).gradient).dense1?.weights[0]
  }
  expect(gradientAt(1.875)).toBeLessThan(0)
  expect(gradientAt(1.9)).toBeLessThan(0)
  expect(gradientAt(1.95)).toBe(0)
  expect(gradientAt(3)).toBe(0)
  expect(gradientAt(-1)).toBe(0)
})
