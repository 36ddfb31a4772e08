import fc from "fast-check"
import {describe, expect, test} from "vitest"
import {byName} from "../../models/index.ts"
import {loadData} from "../../src/data/data.ts"
import {at} from "../../src/errors.ts"
import {floatModelToJson} from "../../src/graph/json.ts"
import {
  add,
  batchNorm,
  conv2d,
  dense,
  depthwiseConv2d,
  dropout,
  flatten,
  maxPool2d,
  network,
  relu,
} from "../../src/graph/layers.ts"
import type {FloatModel} from "../../src/graph/network.ts"
import {nodeHost} from "../../src/host/node.ts"
import type {Progress} from "../../src/progress.ts"
import {evaluate} from "../../src/train/evaluate.ts"
import {holdOut, shuffled} from "../../src/train/random.ts"
import {type TrainOptions, type TrainState, train} from "../../src/train/train.ts"
import {barData, parametersOf} from "./samples.ts"

const shape = {height: 10, width: 10, channels: 1}
const small = network("small", shape, [
  conv2d({filters: 6, kernel: 3}),
  relu(),
  maxPool2d({size: 2}),
  flatten(),
  dropout(0.2),
  dense({units: 4}),
])
const data = barData(shape, 4, 900)
const host = nodeHost()
const quick: TrainOptions = {epochs: 3, batch: 50, heldOut: 100, threads: 1, seed: 5}
const run = (options: TrainOptions = {}, cores = 1) =>
  train({network: small, data, host: {...host, cores}, options: {...quick, ...options}})
const bytes = (model: FloatModel) => floatModelToJson(model)

describe("train", () => {
  test("learns, and reports what it did", async () => {
    const told: Progress[] = []
    const {model, report} = await train({
      network: small,
      data,
      host,
      options: {...quick, epochs: 6},
      watch: {onProgress: (p) => told.push(p)},
    })
    expect(report.accuracy.test).toBeGreaterThan(90)
    expect(report.images).toEqual({training: 800, heldOut: 100, test: 200})
    expect(report.epochs.length).toBe(6)
    expect(report.parameters).toBe(6 * 9 + 6 + 4 * 96 + 4)
    expect(at(report.epochs, 5).loss).toBeLessThan(at(report.epochs, 0).loss)
    expect(JSON.parse(JSON.stringify(report))).toEqual(report)
    const best = Math.max(...report.epochs.map(({heldOut}) => heldOut?.accuracy ?? 0))
    expect(report.accuracy.heldOut).toBe(best)
    expect(report.epochs[report.bestEpoch - 1]?.heldOut?.accuracy).toBe(best)
    expect((await evaluate(model, data.test)).accuracy).toBe(report.accuracy.test)
    expect(told.at(-1)).toMatchObject({stage: "train", done: 4800, total: 4800, unit: "images"})
    expect(told.at(-1)?.detail).toMatch(/^epoch 6\/6 loss \d+\.\d+ held-out \d+\.\d+ %$/)
  })

  test("gives the same bytes for a seed on 1, 2 and 4 threads, and others for another seed", async () => {
    const one = await run()
    const again = await run()
    const two = await run({threads: 2}, 2)
    const four = await run({threads: 4}, 8)
    const other = await run({seed: 6})
    expect(bytes(again.model)).toBe(bytes(one.model))
    expect(bytes(two.model)).toBe(bytes(one.model))
    expect(bytes(four.model)).toBe(bytes(one.model))
    expect([two.report, four.report]).toEqual([one.report, one.report])
    expect(bytes(other.model)).not.toBe(bytes(one.model))
  })

  test("with batchNorm, branches and a teacher the bytes do not depend on the threads either", async () => {
    const joined = network("joined", shape, [
      conv2d({filters: 5, kernel: 3, padding: "same", stride: 2}),
      batchNorm(),
      relu({name: "trunk"}),
      depthwiseConv2d({kernel: 3, padding: "same"}),
      batchNorm({name: "branch"}),
      add({inputs: ["branch", "trunk"]}),
      relu(),
      flatten(),
      dense({units: 4}),
    ])
    const distil = {teacher: {network: small, parameters: parametersOf(small, 2)}}
    const on = (threads: number) =>
      train({network: joined, data, host: {...host, cores: threads}, options: {...quick, threads, distil, ema: 0.9}})
    const [one, two, four] = [await on(1), await on(2), await on(4)]
    expect(at(one.report.epochs, 2).loss).toBeLessThan(at(one.report.epochs, 0).loss)
    expect(bytes(two.model)).toBe(bytes(one.model))
    expect(bytes(four.model)).toBe(bytes(one.model))
  })

  test("goes on from a checkpoint as if it had never stopped", async () => {
    const whole = await run()
    const states: TrainState[] = []
    const stop = new AbortController()
    const options: TrainOptions = {
      ...quick,
      onCheckpoint: (_, state) => {
        states.push(structuredClone(state))
        if (state.epoch === 2) stop.abort()
      },
    }
    const stopped = train({network: small, data, host, options, watch: {signal: stop.signal}})
    await expect(stopped).rejects.toMatchObject({
      code: "INTERRUPTED",
      exitCode: 130,
      message: expect.stringMatching(/epoch 3 of 3; 2 are/),
    })
    const rest = await run({resume: at(states, 1)})
    expect(bytes(rest.model)).toBe(bytes(whole.model))
    expect(rest.report).toEqual(whole.report)
  })

  test("refuses the checkpoint of another run", async () => {
    const states: TrainState[] = []
    await run({epochs: 1, onCheckpoint: (_, state) => void states.push(state)})
    await expect(run({resume: at(states, 0)})).rejects.toMatchObject({code: "WRONG_CHECKPOINT"})
  })

  test("stops at once where the signal is already aborted", async () => {
    const watch = {signal: AbortSignal.abort()}
    await expect(train({network: small, data, host, options: quick, watch})).rejects.toMatchObject({
      code: "INTERRUPTED",
    })
  })

  test("says when a number stops being one, and has handed out the last good model", async () => {
    const good: number[] = []
    const huge = parametersOf(small, 1)
    for (const {weights} of Object.values(huge)) weights.fill(3e38)
    const broken = run({start: {network: small, parameters: huge}, onCheckpoint: (_, {epoch}) => void good.push(epoch)})
    await expect(broken).rejects.toMatchObject({
      code: "NOT_A_NUMBER",
      message: expect.stringMatching(/epoch 1, step 1; the model of the start/),
    })
    expect(good).toEqual([])
  })

  test("fine-tuning never ends worse, on the images held out, than what it starts from", async () => {
    const {model, report} = await run({epochs: 8})
    const tuned = await run({start: model, epochs: 1, rate: 1})
    expect(tuned.report.bestEpoch).toBe(0)
    expect(tuned.report.accuracy).toEqual(report.accuracy)
    expect(bytes(tuned.model)).toBe(bytes(model))
  })

  test.each([
    ["no epochs", {epochs: 0}, "BAD_OPTION", /epochs.*is 0/],
    ["half a batch", {batch: 0.5}, "BAD_OPTION", /batch.*is 0\.5/],
    ["NaN as rate", {rate: Number.NaN}, "BAD_OPTION", /rate.*NaN/],
    ["all images held out", {heldOut: 900}, "BAD_OPTION", /from 0 to 899/],
    ["a negative seed", {seed: -1}, "BAD_OPTION", /seed/],
    [
      "formats without a model",
      {fakeQuantize: {input: {bits: 8, signed: false, fraction: 8}, layers: {}}},
      "BAD_OPTION",
      /start/,
    ],
    ["parameters of another network", {start: {network: small, parameters: {}}}, "BAD_PARAMETERS", /conv1/],
  ] as const)("refuses %s", async (_, options, code, text) => {
    await expect(run(options)).rejects.toMatchObject({code, message: expect.stringMatching(text)})
  })

  test("refuses a network that does not fit the data, or gives no classes", async () => {
    const of = (net: typeof small) => train({network: net, data, host, options: quick})
    const other = {height: 9, width: 10, channels: 1}
    await expect(of(network("n", other, [flatten(), dense({units: 4})]))).rejects.toMatchObject({
      code: "DATA_MISMATCH",
      message: expect.stringMatching(/9x10x1.*10x10x1/),
    })
    await expect(of(network("n", shape, [flatten(), dense({units: 3})]))).rejects.toMatchObject({
      code: "DATA_MISMATCH",
      message: expect.stringMatching(/3 outputs.*0 to 3/),
    })
    await expect(of(network("n", shape, [conv2d({filters: 4, kernel: 3})]))).rejects.toMatchObject({
      code: "NOT_TRAINABLE",
    })
    await expect(of(network("n", shape, [flatten(), dense({units: 4}), relu()]))).rejects.toMatchObject({
      code: "NOT_TRAINABLE",
    })
  })

  test("a worker that dies is an error of the machine, not a hang", async () => {
    const dying = {
      ...host,
      cores: 2,
      startWorker: () => host.startWorker(new URL("data:text/javascript,throw new Error('no')")),
    }
    await expect(train({network: small, data, host: dying, options: {...quick, threads: 2}})).rejects.toMatchObject({
      code: "WORKER_FAILED",
      exitCode: 4,
    })
  })

  test("moves an image otherwise in every epoch", async () => {
    const still = network("still", shape, [flatten(), dense({units: 4})])
    const losses = async (augment: boolean) => {
      // So low a rate changes no parameter: only the images can differ.
      const options = {...quick, augment, rate: 1e-30}
      return (await train({network: still, data, host, options})).report.epochs.map(({loss}) => loss)
    }
    const [first = 0, second = 0, third = 0] = await losses(true)
    expect(Math.abs(first - second)).toBeGreaterThan(1e-5)
    expect(Math.abs(second - third)).toBeGreaterThan(1e-5)
    const [same = 0, again = 0] = await losses(false)
    expect(Math.abs(same - again)).toBeLessThan(1e-9)
  })

  test("in a tie the lowest class wins", async () => {
    const still = network("still", shape, [flatten(), dense({units: 4})])
    const parameters = {dense1: {weights: new Float32Array(400), bias: Float32Array.of(0, 1, 1, 1)}}
    const {classes, correct} = await evaluate({network: still, parameters}, data.test)
    expect(new Set(classes)).toEqual(new Set([1]))
    expect(correct).toBe(data.test.labels.filter((label) => label === 1).length)
  })

  test("trains without images held out, and without a test set", async () => {
    const none = {...data.test, images: new Uint8Array(0), labels: new Uint8Array(0)}
    const {report} = await train({
      network: small,
      data: {...data, test: none},
      host,
      options: {...quick, heldOut: 0, epochs: 2},
    })
    expect(report.accuracy).toEqual({})
    expect(report.bestEpoch).toBe(2)
  })
})

test("the images held out are as many as asked for, the others are the rest, and both follow from the seed", () => {
  fc.assert(
    fc.property(fc.integer({min: 1, max: 300}), fc.nat(), fc.nat(), (count, share, seed) => {
      const {training, heldOut} = holdOut(count, share % count, seed)
      expect(heldOut.length).toBe(share % count)
      expect([...training, ...heldOut].sort((a, b) => a - b)).toEqual(Array.from({length: count}, (_, i) => i))
      expect(holdOut(count, share % count, seed).heldOut).toEqual(heldOut)
    }),
  )
  expect([...holdOut(60_000, 5000, 1).heldOut.subarray(0, 5)]).toMatchInlineSnapshot(`
    [
      7,
      26,
      29,
      74,
      77,
    ]
  `)
})

test("a shuffle is fair enough: each item is as often first", () => {
  const first = new Array<number>(8).fill(0)
  for (let seed = 0; seed < 8000; seed++) {
    const item = at(shuffled(Uint32Array.from([0, 1, 2, 3, 4, 5, 6, 7]), seed), 0)
    first[item] = at(first, item) + 1
  }
  for (const count of first) expect(Math.abs(count - 1000)).toBeLessThan(130)
})

test("digits16 reads 95 % of MNIST's test images after one epoch", async () => {
  const mnist = await loadData({name: "mnist"}, host)
  const {report} = await train({network: byName("digits16"), data: mnist, host, options: {epochs: 1}})
  expect(report.images).toEqual({training: 55_000, heldOut: 5000, test: 10_000})
  expect(report.accuracy.test).toBeGreaterThan(95)
})
