// Campaigns over a core with loadable weights: `npx jiti bench/packets/campaign.ts images|stalls|malformed|reset [N] [simulator] [arithmetic]`.
// See README.md. Exit code 1 where any word is wrong.
import {digits16} from "../../models/digits16.ts"
import {type Data, loadData} from "../../src/data/data.ts"
import {emit} from "../../src/emit/emit.ts"
import {at} from "../../src/errors.ts"
import {runGolden} from "../../src/golden/run.ts"
import {byteElements} from "../../src/graph/format.ts"
import type {IntegerNetwork} from "../../src/graph/integer.ts"
import type {FloatModel} from "../../src/graph/network.ts"
import {headerFields} from "../../src/graph/packets.ts"
import {elements} from "../../src/graph/shape.ts"
import {nodeHost} from "../../src/host/node.ts"
import {importTflite} from "../../src/import/tflite.ts"
import {readLibrary} from "../../src/pipeline/library.ts"
import {plan} from "../../src/plan/make.ts"
import {quantizeHls2020} from "../../src/quantize/hls2020.ts"
import {quantize} from "../../src/quantize/quantize.ts"
import {saturatedResults} from "../../src/quantize/results.ts"
import {compile, elaborate} from "../../src/simulate/embedded/compile.ts"
import {simulate} from "../../src/simulate/embedded/simulation.ts"
import {generator, type Stall} from "../../src/simulate/stall.ts"
import {portsOf, verilate} from "../../src/simulate/verilator.ts"
import {mixedPackets, namedCases, randomPackets} from "../../src/verify/broken-packets.ts"
import {answers, batches, checkPackets, ownWeights, packetComplaints} from "../../src/verify/packets.ts"

const host = nodeHost()
const [what = "images", countText, simulatorName = "embedded", arithmetic = "hls-2020"] = process.argv.slice(2)
/** Where a campaign cut in pieces goes on: the first image, seed or case. */
const from = Number(process.env.FROM ?? 0)
const none: Stall = {kind: "none"}

/** The weights of a .tflite file where one is given, else random ones on the same grid. */
async function model(): Promise<FloatModel> {
  const file = process.env.MODEL
  if (file !== undefined) return importTflite(await host.files.read(file), {name: "digits16"}).model
  console.log("MODEL is not set: random weights")
  const next = generator(1)
  const random = (weights: number, outputs: number) => ({
    weights: Float32Array.from({length: weights}, () => Math.floor((next() - 0.5) * 80) / 128),
    bias: new Float32Array(outputs),
  })
  return {network: digits16, parameters: {conv1: random(400, 16), dense1: random(5760, 10)}}
}

async function integers({training}: Data): Promise<IntegerNetwork> {
  if (arithmetic === "hls-2020") return quantizeHls2020(await model(), {weightScale: 127}).network
  return saturatedResults(quantize(await model(), training.images.subarray(0, 784_000), {perChannel: false}).network)
}

const data = await loadData({name: "mnist"}, host)
const network = await integers(data)
const made = plan(network, {
  weights: "loadable",
  packets: "header",
  ...(arithmetic === "hls-2020" ? {arithmetic} : {}),
  layers: {[at(network.layers, 0).name]: {pe: 16, simd: 5}},
}).plan
const {loadable} = made
if (loadable === undefined) throw new Error("not loadable")
const core = {network, loadable}
const design = emit(network, made, await readLibrary(host))
const simulator =
  simulatorName === "verilator"
    ? await verilate(design, {
        host,
        out: `build/bench-packets/${arithmetic}`,
        ports: portsOf(await elaborate(design, {host})),
      })
    : await simulate(await compile(design, {lanes: what === "reset" ? 1 : 8}))
const loads = ownWeights(network, loadable)
const size = elements(network.input.shape)
const pixels = byteElements(data.test.images, network.input.format)
const cpu = process.cpuUsage()
let bad = 0
let words = 0

/** Runs lanes of packets and counts what is wrong. */
async function check(
  name: string,
  lanes: readonly (readonly Uint16Array[])[],
  stalls: {readonly source: Stall; readonly sink: Stall} = {source: none, sink: none},
) {
  const result = await checkPackets(simulator, {...core, lanes}, stalls)
  const problems = packetComplaints(name, result)
  bad += problems.length
  words += result.words
  for (const problem of problems) console.log(problem)
  return result
}

/** Lanes of seeds or cases, as many at a time as the simulator has. */
function* groups(count: number): Generator<readonly number[]> {
  for (let first = from; first < from + count; first += simulator.lanes)
    yield Array.from({length: Math.min(simulator.lanes, from + count - first)}, (_, i) => first + i)
}

if (what === "images") {
  const count = Number(countText ?? 10_000)
  const sizes = [1, ...Array.from({length: 126}, (_, i) => i + 2), 1, 1]
  const expected = runGolden(network, pixels.subarray(from * size, (from + count) * size)).outputs
  const starts = Array.from({length: simulator.lanes + 1}, (_, lane) => Math.floor((lane * count) / simulator.lanes))
  const lanes = starts.slice(0, -1).map((first, lane) => {
    const some = pixels.subarray((from + first) * size, (from + at(starts, lane + 1)) * size)
    const packets = batches(network, some, (i) => at(sizes, (i * 7 + lane) % sizes.length))
    // Weights come again between packets of images.
    return [...loads, ...packets.flatMap((packet, i) => (i % 5 === 4 ? [...loads, packet] : [packet]))]
  })
  const {lanes: sent} = await check("images", lanes)
  // What the hardware sent against golden's results of the network itself, image by image.
  const found = sent.flatMap(({answers: list}, lane) =>
    list.flatMap((answer, i) =>
      at(at(at(lanes, lane), i), 0) === 0 ? Array.from(answer.subarray(headerFields.length)) : [],
    ),
  )
  const differ = expected.filter((value, i) => found[i] !== (value & 0xffff)).length
  if (differ > 0 || found.length !== expected.length) bad++
  console.log(
    `images ${from} to ${from + count} in ${lanes.flat().length} packets: ${differ} of ${expected.length} results differ from golden's`,
  )
} else if (what === "stalls") {
  const count = Number(countText ?? 1000)
  // A side is willing in a clock with probability 0.01 to 1.
  const levels = [0, 0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99]
  for (const seeds of groups(count)) {
    const pick = generator(at(seeds, 0))
    const stall = (seed: number): Stall => ({kind: "random", p: at(levels, Math.floor(pick() * levels.length)), seed})
    const stalls = {source: stall(2 * at(seeds, 0)), sink: stall(2 * at(seeds, 0) + 1)}
    const lanes = seeds.map((seed) => mixedPackets(network, loadable, generator(seed), 6))
    await check(`seed ${seeds[0]}, ${JSON.stringify(stalls)}`, lanes, stalls)
  }
  console.log(`${count} seeded runs from ${from} on`)
} else if (what === "malformed") {
  const count = Number(countText ?? 10_000)
  if (from === 0 || process.env.CASES !== undefined) {
    const all = namedCases(network, loadable, pixels.subarray(0, 2 * size), Number.POSITIVE_INFINITY)
    const [first = 0, end = all.length] = (process.env.CASES ?? "")
      .split("-")
      .filter((word) => word !== "")
      .map(Number)
    const cases = all.slice(first, end)
    for (let i = 0; i < cases.length; i += simulator.lanes) {
      const some = cases.slice(i, i + simulator.lanes)
      await check(
        some.map(({name}) => name).join(", "),
        some.map(({packets}) => packets),
      )
    }
    console.log(`${cases.length} named cases, ${first} to ${first + cases.length} of ${all.length}`)
  }
  const each = 25
  for (const seeds of groups(Math.ceil(count / each)))
    await check(
      `seed ${seeds[0]}`,
      seeds.map((seed) => randomPackets(network, loadable, generator(seed), each)),
    )
  console.log(`${count} random packets from seed ${from} on`)
} else if (what === "reset") {
  const packets = [...loads, ...batches(network, pixels.subarray(0, size), () => 1)]
  const good = answers({...core, lanes: [packets]})[0]?.flatMap((answer) => Array.from(answer)) ?? []
  const session = packets.map(({buffer}) => ({bytes: new Uint8Array(buffer)}))
  const cycles = packets.reduce((sum, {length}) => sum + length, 0) + made.latency + 40
  const last = Math.min(cycles, from + Number(countText ?? cycles))
  for (let resetAt = Math.max(1, from); resetAt < last; resetAt++) {
    const {lanes, violations} = await simulator.stream({
      ...{lanes: [[...session, ...session]], imageBytes: 2, source: none, sink: none, resetAt, patience: 8000},
    })
    const tail = Array.from(at(lanes, 0).words.slice(-good.length), (word) => word & 0xffff)
    words += tail.length
    if (violations.length === 0 && tail.length === good.length && tail.every((word, i) => word === good[i])) continue
    bad++
    console.log(`reset at ${resetAt}: wrong after it`)
  }
  console.log(`reset at every cycle from ${Math.max(1, from)} to ${last} of a session of all loads and an image`)
} else throw new Error(`${what}: images, stalls, malformed or reset`)
const {user, system} = process.cpuUsage(cpu)
console.log(
  `${arithmetic}, ${simulatorName}: ${words} words, ${bad} problems; ${((user + system) / 1e6).toFixed(1)} CPU seconds of this process`,
)
process.exitCode = bad > 0 ? 1 : 0
