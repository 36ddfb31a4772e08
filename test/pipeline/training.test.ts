import {mkdirSync, mkdtempSync, readFileSync, writeFileSync} from "node:fs"
import {tmpdir} from "node:os"
import {join} from "node:path"
import {beforeAll, expect, test} from "vitest"
import type {Config} from "../../src/config/schema.ts"
import {batchNorm, conv2d, dense, flatten, network, relu} from "../../src/graph/layers.ts"
import {nodeHost} from "../../src/host/node.ts"
import {runBuild} from "../../src/pipeline/run.ts"
import {settingsOf} from "../../src/pipeline/settings.ts"
import type {Watch} from "../../src/progress.ts"
import {bars} from "../train/samples.ts"

const host = nodeHost()
const shape = {height: 8, width: 8, channels: 1}
const folder = mkdtempSync(join(tmpdir(), "tlast-training-"))

/** An idx file: unsigned bytes of these dimensions. */
function idx(name: string, dimensions: readonly number[], bytes: Uint8Array): void {
  const head = [
    0,
    0,
    8,
    dimensions.length,
    ...dimensions.flatMap((n) => [n >> 24, (n >> 16) & 255, (n >> 8) & 255, n & 255]),
  ]
  writeFileSync(join(folder, "data", name), Uint8Array.from([...head, ...bytes]))
}

beforeAll(() => {
  mkdirSync(join(folder, "data"))
  for (const [name, count, seed] of [
    ["train", 500, 1],
    ["t10k", 100, 2],
  ] as const) {
    const {images, labels} = bars(shape, 4, count, seed)
    idx(`${name}-images-idx3-ubyte`, [count, 8, 8], images)
    idx(`${name}-labels-idx1-ubyte`, [count], labels)
  }
})

const net = network("normal", shape, [
  conv2d({filters: 4, kernel: 3}),
  batchNorm(),
  relu(),
  flatten(),
  dense({units: 4}),
])
const config: Config = {
  network: net,
  data: join(folder, "data"),
  train: {epochs: 4, batch: 20, heldOut: 50, ema: 0.9, patience: 3, teacherShare: 0.3, temperature: 3},
  quantize: {
    weightBits: {conv1: 1, default: 4},
    activationBits: 4,
    perChannel: true,
    fineTuneEpochs: 6,
    fineTuneRate: 0.003,
    cheapConstants: 2,
    prune: 0.2,
    teacher: "float",
  },
}

async function build(out: string, more: Config = {}, watch: Watch = {}) {
  const settings = await settingsOf({...config, ...more, out: join(folder, out)}, host)
  const {reports} = await runBuild({host, settings, to: "quantize", ...watch})
  return {reports, integers: readFileSync(join(folder, out, "integer.json"), "utf8")}
}

test("a batchNorm is trained, folded and fine-tuned in mixed bits, with every option of the configuration", async () => {
  const {reports, integers} = await build("whole")
  expect(reports.quantize).toMatchObject({fineTuneEpochs: 6, accuracy: {images: 100}})
  const {layers} = JSON.parse(integers) as {layers: {kind: string; weightBits?: number}[]}
  expect(layers.map(({kind, weightBits}) => [kind, weightBits ?? 0])).toEqual([
    ["conv2d", 1],
    ["flatten", 0],
    ["dense", 4],
  ])
})

test("fine-tuning that was interrupted goes on where it was, to the same integers", async () => {
  const {integers} = await build("whole")
  const stop = new AbortController()
  const late = (detail: string) => /epoch 3\/6/.test(detail)
  const onProgress: Watch["onProgress"] = ({stage, total, detail = ""}) => {
    if (stage === "train" && total === 6 * 450 && late(detail)) stop.abort()
  }
  await expect(build("stopped", {}, {signal: stop.signal, onProgress})).rejects.toMatchObject({code: "INTERRUPTED"})
  expect(JSON.parse(readFileSync(join(folder, "stopped/.cache/quantize.checkpoint.json"), "utf8")).epoch).toBe(3)
  expect((await build("stopped")).integers).toBe(integers)
})

test("another teacher's file is another training, and one without parameters is refused", async () => {
  const {integers} = await build("whole")
  const teacher = join(folder, "whole/model.json")
  const {integers: taught} = await build("taught", {train: {...config.train, teacher}})
  expect(taught).not.toBe(integers)
  await expect(build("untaught", {train: {...config.train, teacher: "digits16"}})).rejects.toMatchObject({
    code: "CONFIG_VALUE",
    message: expect.stringMatching(/^train\.teacher: digits16 is a network without parameters/),
  })
})
