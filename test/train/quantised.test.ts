import {describe, expect, test} from "vitest"
import {at} from "../../src/errors.ts"
import {runGolden} from "../../src/golden/run.ts"
import {foldBatchNorm} from "../../src/graph/fold-batch-norm.ts"
import {batchNorm, conv2d, dense, flatten, maxPool2d, network, relu} from "../../src/graph/layers.ts"
import {nodeHost} from "../../src/host/node.ts"
import {fakeQuantizeOf} from "../../src/quantize/fake.ts"
import type {FormatOptions} from "../../src/quantize/formats.ts"
import {quantize} from "../../src/quantize/quantize.ts"
import {evaluate} from "../../src/train/evaluate.ts"
import {pack, unpack} from "../../src/train/pack.ts"
import {layOut} from "../../src/train/program.ts"
import {openShards} from "../../src/train/shards.ts"
import {kernelBytes} from "../../src/train/threads.ts"
import {type TrainOptions, type TrainState, train} from "../../src/train/train.ts"
import {barData, bars, networks, parametersOf} from "./samples.ts"

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

const layers = networks.filter(({name}) =>
  ["strided", "separable", "averages", "residual", "normalised"].includes(name),
)
const narrow: [string, FormatOptions][] = [
  ["4-bit", {weightBits: 4, activationBits: 4, inputBits: 4}],
  ["a bit for each weight, per channel", {weightBits: 1, activationBits: 3, inputBits: 2, perChannel: true}],
  ["mixed, floor", {weightBits: {default: 5, dense1: 3}, activationBits: {default: 6}, rounding: "floor"}],
]

describe.each(layers.map((net) => [net.name, net] as const))("%s", (_, net) => {
  test.each(narrow)("%s: the trainer's forward pass is the integers' own, exactly", async (_, options) => {
    const classes = at(net.layers, net.layers.length - 1).output.channels
    const model = foldBatchNorm({network: net, parameters: parametersOf(net, 6)})
    const images = bars(net.input, classes, 40, 8)
    const {network: integer, formats: chosen} = quantize(model, images.images, options)
    const {logits} = await evaluate(model, images, fakeQuantizeOf(chosen))
    const {bits} = integer.input.format
    const golden = runGolden(
      integer,
      Array.from(images.images, (byte) => byte >> (8 - bits)),
    )
    const {fraction} = at(integer.layers, integer.layers.length - 1).output.format
    expect(Array.from(logits, (logit) => logit * 2 ** fraction)).toEqual(Array.from(golden.outputs))
  })
})

test("a network is evaluated the same before and after its batchNorms are folded, to rounding", async () => {
  const net = at(
    networks.filter(({name}) => name === "normalised"),
    0,
  )
  const model = {network: net, parameters: parametersOf(net, 3)}
  const images = bars(net.input, 3, 50, 4)
  const [before, after] = [await evaluate(model, images), await evaluate(foldBatchNorm(model), images)]
  const scale = Math.max(...before.logits.map(Math.abs))
  for (const [i, logit] of before.logits.entries())
    expect(Math.abs(logit - at(after.logits, i))).toBeLessThan(1e-5 * scale)
})

const floatOptions: TrainOptions = {epochs: 6, batch: 20, heldOut: 100, threads: 1, augment: false}

describe("quantisation-aware training", () => {
  const start = {network: net, parameters: parametersOf(net, 4)}
  const pixels = data.training.images.subarray(0, 20_000)
  const options = {weightBits: 5, activationBits: 5}
  const formats = quantize(start, pixels, options).formats
  const quick: TrainOptions = {
    start,
    fakeQuantize: fakeQuantizeOf(formats),
    epochs: 8,
    batch: 20,
    heldOut: 100,
    threads: 1,
    augment: false,
  }
  const tune = async (more: TrainOptions) =>
    (await train({network: net, data, host: nodeHost(), options: {...quick, ...more}})).model
  const integers = (model: typeof start) =>
    quantize(model, pixels, {formats}).network.layers.flatMap((layer) => ("weights" in layer ? [...layer.weights] : []))
  const digits = (n: number): number => {
    const m = Math.abs(n)
    return (m ^ (3 * m)).toString(2).replaceAll("0", "").length
  }

  test("cheapConstants leaves fewer nonzero signed digits", async () => {
    const count = (model: typeof start) => integers(model).reduce((sum, weight) => sum + digits(weight), 0)
    const plain = count(await tune({}))
    const cheap = count(await tune({cheapConstants: 20}))
    expect(cheap).toBeLessThan(0.8 * plain)
  })

  test("prune makes its share of each layer's weights zero", async () => {
    const pruned = await tune({prune: 0.5})
    for (const {weights} of Object.values(pruned.parameters)) {
      const zeros = weights.filter((weight) => weight === 0).length
      expect(Math.abs(zeros / weights.length - 0.5)).toBeLessThan(0.03)
    }
  })

  test("weights of one bit are -1 or +1, and stay within reach of the other", async () => {
    const {formats: chosen} = quantize(start, pixels, {weightBits: 1, activationBits: 4})
    const {parameters} = await tune({fakeQuantize: fakeQuantizeOf(chosen), rate: 0.01})
    for (const [name, {weights}] of Object.entries(parameters)) {
      const unit = 2 ** -at(chosen.layers[name]?.weights?.fractions ?? [], 0)
      expect(Math.max(...weights.map(Math.abs))).toBeLessThanOrEqual(unit)
    }
    const {network: integer} = quantize({network: net, parameters}, pixels, {formats: chosen})
    const all = integer.layers.flatMap((layer) => ("weights" in layer ? [...layer.weights] : []))
    expect(new Set(all)).toEqual(new Set([-1, 1]))
  })

  test.each([
    ["an average", {ema: 0.9}],
    ["pruning and cheap constants", {prune: 0.3, cheapConstants: 2}],
    ["a teacher", {distil: {teacher: start, share: 0.4, temperature: 3}}],
  ] as [string, TrainOptions][])("with %s goes on from a checkpoint as if it had never stopped", async (_, more) => {
    const states: TrainState[] = []
    const whole = await tune({...more, onCheckpoint: (_, state) => void states.push(structuredClone(state))})
    for (const epoch of [1, 5]) expect(await tune({...more, resume: at(states, epoch - 1)})).toEqual(whole)
  })

  test("a teacher's answers are learnt", async () => {
    const {model: teacher} = await train({network: net, data, host: nodeHost(), options: {...floatOptions, epochs: 16}})
    const softened = async (model: typeof start) => {
      const {logits} = await evaluate(model, data.test)
      return Array.from({length: logits.length / 4}, (_, i) => {
        const powers = Array.from(logits.subarray(4 * i, 4 * i + 4), (logit) => Math.exp(logit / 4))
        return powers.map((power) => power / powers.reduce((a, b) => a + b, 0))
      }).flat()
    }
    const apart = async (model: typeof start) => {
      const [own, its] = [await softened(model), await softened(teacher)]
      return own.reduce((sum, p, i) => sum + Math.abs(p - at(its, i)), 0)
    }
    const pupil = async (more: TrainOptions) =>
      (await train({network: net, data, host: nodeHost(), options: {...floatOptions, seed: 9, ...more}})).model
    const alone = await apart(await pupil({}))
    expect(await apart(await pupil({distil: {teacher, share: 1, temperature: 4}}))).toBeLessThan(0.7 * alone)
  })

  test("patience stops where nothing gets better", async () => {
    const {report} = await train({
      network: net,
      data,
      host: nodeHost(),
      options: {...floatOptions, rate: 1e-9, epochs: 30, patience: 2},
    })
    expect(report.epochs.length).toBeLessThan(30)
    expect(report.epochs.length - report.bestEpoch).toBe(2)
  })

  test.each([
    ["cheap constants without a grid", {...floatOptions, cheapConstants: 1}, /cheapConstants.*without fakeQuantize/],
    ["a teacher of other images", {...floatOptions, distil: {teacher: other()}}, /distil\.teacher.*4x4x1/],
    ["more than everything pruned", {...floatOptions, prune: 1}, /prune.*is 1/],
    ["an average that never moves", {...floatOptions, ema: 1}, /ema.*is 1/],
  ] as [string, TrainOptions, RegExp][])("refuses %s", async (_, options, message) => {
    const made = train({network: net, data, host: nodeHost(), options})
    await expect(made).rejects.toMatchObject({code: "BAD_OPTION"})
    await made.catch((error) => expect(error.message).toMatch(message))
  })

  test("refuses to quantise a batchNorm that is not folded", async () => {
    const own = network("own", shape, [conv2d({filters: 2, kernel: 3}), batchNorm(), flatten(), dense({units: 4})])
    const model = {network: own, parameters: parametersOf(own, 1)}
    const fakeQuantize = fakeQuantizeOf(quantize(model, pixels, options).formats)
    const made = train({network: own, data, host: nodeHost(), options: {...quick, start: model, fakeQuantize}})
    await expect(made).rejects.toMatchObject({code: "BAD_OPTION", message: expect.stringMatching(/norm1/)})
  })
})

function other() {
  const own = network("other", {height: 4, width: 4, channels: 1}, [flatten(), dense({units: 4})])
  return {network: own, parameters: parametersOf(own, 1)}
}

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
