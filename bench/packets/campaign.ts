// Campaigns over a core with loadable weights: `npx jiti bench/packets/campaign.ts images|stalls|malformed [N] [simulator]`.
import {digits16} from "../../models/digits16.ts"
import {loadData} from "../../src/data/data.ts"
import {emit} from "../../src/emit/emit.ts"
import {at} from "../../src/errors.ts"
import {byteElements} from "../../src/graph/format.ts"
import type {IntegerNetwork} from "../../src/graph/integer.ts"
import type {FloatModel} from "../../src/graph/network.ts"
import {elements} from "../../src/graph/shape.ts"
import {nodeHost} from "../../src/host/node.ts"
import {importTflite} from "../../src/import/tflite.ts"
import {readLibrary} from "../../src/pipeline/library.ts"
import {plan} from "../../src/plan/make.ts"
import {quantizeHls2020} from "../../src/quantize/hls2020.ts"
import {compile, elaborate} from "../../src/simulate/embedded/compile.ts"
import {simulate} from "../../src/simulate/embedded/simulation.ts"
import {generator, type Stall} from "../../src/simulate/stall.ts"
import {portsOf, verilate} from "../../src/simulate/verilator.ts"
import {namedCases, randomPackets} from "../../src/verify/broken-packets.ts"
import {batches, checkPackets, ownWeights, packetComplaints} from "../../src/verify/packets.ts"

const host = nodeHost()
const [what = "images", countText, simulatorName = "embedded"] = process.argv.slice(2)
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

const network: IntegerNetwork = quantizeHls2020(await model(), {weightScale: 127}).network
const [first] = network.layers
const made = plan(network, {
  weights: "loadable",
  packets: "header",
  arithmetic: "hls-2020",
  layers: {[first?.name ?? ""]: {pe: 16, simd: 5}},
}).plan
const {loadable} = made
if (loadable === undefined) throw new Error("not loadable")
const design = emit(network, made, await readLibrary(host))
const simulator =
  simulatorName === "verilator"
    ? await verilate(design, {host, out: "build/bench-packets", ports: portsOf(await elaborate(design, {host}))})
    : await simulate(await compile(design, {lanes: 8}))
const loads = ownWeights(network, loadable)
const {test} = await loadData({name: "mnist"}, host)
const size = elements(network.input.shape)
const pixels = byteElements(test.images, network.input.format)
const cpu = process.cpuUsage()
let bad = 0
const note = (problems: readonly string[]) => {
  bad += problems.length
  for (const problem of problems) console.log(problem)
}

if (what === "images") {
  const count = Number(countText ?? 10_000)
  const offset = Number(process.env.FROM ?? 0)
  const sizes = [1, ...Array.from({length: 126}, (_, i) => i + 2), 1, 1]
  const lanes = Array.from({length: simulator.lanes}, (_, lane) => {
    const from = offset + Math.floor((lane * count) / simulator.lanes)
    const to = offset + Math.floor(((lane + 1) * count) / simulator.lanes)
    const packets = batches(network, pixels.subarray(from * size, to * size), (i) =>
      at(sizes, (i * 7 + lane) % sizes.length),
    )
    // Weights come again between packets of images.
    return [...loads, ...packets.flatMap((packet, i) => (i % 5 === 4 ? [...loads, packet] : [packet]))]
  })
  const result = await checkPackets(simulator, {network, loadable, lanes}, {source: none, sink: none})
  note(packetComplaints(simulatorName, result))
  console.log(
    `images ${offset} to ${offset + count} in ${lanes.flat().length} packets, ${result.words} words: ${result.mismatches} differ`,
  )
} else if (what === "stalls") {
  const count = Number(countText ?? 1000)
  const levels = [0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99]
  for (let run = 0; run < count; run += simulator.lanes) {
    const next = generator(run)
    const pick = () => at(levels, Math.floor(next() * levels.length))
    const from = () => Math.floor(next() * 9000) * size
    const lanes = Array.from({length: Math.min(simulator.lanes, count - run)}, () => {
      const some = from()
      const images = batches(network, pixels.subarray(some, some + 3 * size), () => 1 + Math.floor(next() * 3))
      return [...loads, ...images, at(loads, Math.floor(next() * loads.length)), ...images.slice(0, 1)]
    })
    const stalls = {
      source: {kind: "random", p: pick(), seed: run},
      sink: {kind: "random", p: pick(), seed: run + 1},
    } as const
    note(
      packetComplaints(
        `seed ${run}, source ${stalls.source.p}, sink ${stalls.sink.p}`,
        await checkPackets(simulator, {network, loadable, lanes}, stalls),
      ),
    )
  }
  console.log(`${count} seeded runs`)
} else {
  const count = Number(countText ?? 10_000)
  const cases = namedCases(network, loadable, pixels.subarray(0, 2 * size), 40)
  for (let i = 0; i < cases.length; i += simulator.lanes) {
    const some = cases.slice(i, i + simulator.lanes)
    note(
      packetComplaints(
        some.map(({name}) => name).join(", "),
        await checkPackets(
          simulator,
          {network, loadable, lanes: some.map(({packets}) => packets)},
          {source: none, sink: none},
        ),
      ),
    )
  }
  console.log(`${cases.length} named cases`)
  const each = 25
  for (let done = 0; done < count; done += each * simulator.lanes) {
    const lanes = Array.from({length: simulator.lanes}, (_, lane) =>
      randomPackets(network, loadable, generator(done + lane), each),
    )
    note(
      packetComplaints(
        `seed ${done}`,
        await checkPackets(simulator, {network, loadable, lanes}, {source: none, sink: none}),
      ),
    )
  }
  console.log(`${count} random packets`)
}
const {user, system} = process.cpuUsage(cpu)
console.log(`${bad} problems; ${((user + system) / 1e6).toFixed(1)} CPU seconds of this process`)
process.exitCode = bad > 0 ? 1 : 0
