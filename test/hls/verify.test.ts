import {expect, test} from "vitest"
import {loadTargets} from "../../src/graph/packets.ts"
import {nodeHost} from "../../src/host/node.ts"
import {defaultHlsOptions} from "../../src/plan/hls/options.ts"
import {verifyHls} from "../../src/verify/hls.ts"
import {packetVectors, rawVectors} from "../../src/verify/hls-vectors.ts"
import {requireTool, root} from "../tools.ts"
import {
  apTypes,
  digits16,
  everyMode,
  execute,
  headerOptions,
  load,
  random,
  randomImages,
  randomNetwork,
} from "./fixture.ts"

const host = nodeHost()
const MINUTES = 60_000

test("digits16 in C++ equals golden, is clean under ASan and UBSan, and needs no deeper FIFO", {
  timeout: 10 * MINUTES,
}, async (context) => {
  requireTool("g++", context)
  const rnd = random(1)
  const network = digits16(rnd, "tflite", "saturate")
  const images = randomImages(rnd, network, 20)
  const report = await verifyHls({
    network,
    options: {...defaultHlsOptions, folding: {conv1: {pe: 16, simd: 25}, dense1: {pe: 10, simd: 1}}},
    host,
    out: `${root}build/test-hls/raw`,
    vectors: rawVectors(network, defaultHlsOptions, images, 20, {sizes: [1, 4], missing: {2: 1, 5: 784, 7: 500}}),
    boundedVectors: rawVectors(network, defaultHlsOptions, images.subarray(0, 3 * 784), 3, {sizes: [3]}),
    apTypes: await apTypes(context),
    sanitize: true,
  })
  expect(report).toMatchObject({ok: true, beats: 200, findings: [], predictedInterval: 784})
  expect(report.bounded).toMatchObject({ok: true, stuck: [], wrong: 0})
  // Images follow each other at the interval the top's comment predicts: the FIFOs cost no cycle.
  expect(report.bounded?.predictedCycles).toBe(2 * 784 + 9)
  expect(report.bounded?.predictedCycles).toBe(report.bounded?.predictedCyclesUnlimited)
})

test("header packets with loads, and every kind of wrong packet, are answered as golden answers them", {
  timeout: 10 * MINUTES,
}, async (context) => {
  requireTool("g++", context)
  const rnd = random(2)
  const network = digits16(rnd, "half-up", "saturate", true)
  const packets = packetCampaign(rnd, network)
  const targets = loadTargets(network, headerOptions.loadable)
  const few = [
    ...targets.map((target) => load(rnd, target)),
    execute(rnd, network, 2),
    execute(rnd, network, 1).slice(0, 300),
  ]
  const report = await verifyHls({
    network,
    options: headerOptions,
    host,
    out: `${root}build/test-hls/header`,
    packets,
    boundedVectors: packetVectors(network, headerOptions, few),
    apTypes: await apTypes(context),
    sanitize: true,
  })
  expect(report).toMatchObject({ok: true, findings: []})
  expect(report.bounded).toMatchObject({ok: true, stuck: []})
})

test("every rounding and overflow mode in C++ equals golden", {timeout: 5 * MINUTES}, async (context) => {
  requireTool("g++", context)
  const rnd = random(6)
  const network = everyMode(rnd)
  const report = await verifyHls({
    network,
    options: defaultHlsOptions,
    host,
    out: `${root}build/test-hls/modes`,
    input: randomImages(rnd, network, 2000),
    apTypes: await apTypes(context),
  })
  expect(report).toMatchObject({ok: true, beats: 32_000, findings: []})
})

const seed = Number(process.env.TLAST_SEED ?? 20)
for (let i = 0; i < 3; i++)
  test(`random network of seed ${seed + i} in C++ equals golden`, {timeout: 10 * MINUTES}, async (context) => {
    requireTool("g++", context)
    const rnd = random(seed + i)
    const network = randomNetwork(rnd)
    const size = network.input.shape
    const lanes = size.width % 2 === 0 ? 2 : 1
    const options = {...defaultHlsOptions, lanes, dataBits: 8 * lanes}
    const images = randomImages(rnd, network, 12)
    const report = await verifyHls({
      network,
      options,
      host,
      out: `${root}build/test-hls/random${i}`,
      vectors: rawVectors(network, options, images, 12, {sizes: [3, 1], missing: {1: 1, 2: 3}}),
      boundedVectors: rawVectors(network, options, images, 2, {sizes: [2]}),
      apTypes: await apTypes(context),
    })
    expect(report).toMatchObject({ok: true, findings: []})
  })

/** Good packets, loads between them, and what can be wrong with each. */
function packetCampaign(rnd: (n: number) => number, network: ReturnType<typeof digits16>): number[][] {
  const targets = loadTargets(network, headerOptions.loadable)
  const one = () => execute(rnd, network, 1)
  const packets = [one(), ...targets.map((target) => load(rnd, target)), one(), execute(rnd, network, 3)]
  for (const target of targets) {
    const whole = load(rnd, target)
    packets.push(whole.slice(0, -1), one(), [...whole, 1, 2], one(), whole.slice(0, 7), one(), whole, one())
  }
  packets.push(one().slice(0, 3), one().slice(0, 7), execute(rnd, network, 3).slice(0, 7 + 784))
  packets.push(execute(rnd, network, 3).slice(0, 7 + 785), [...one(), 1], [...execute(rnd, network, 2), ...one()])
  for (let field = 0; field < 7; field++)
    for (const value of [0, 2, 7, 0x7fff, 0x8000, 0xffff])
      for (const packet of [one(), load(rnd, targets[0] as (typeof targets)[0])]) {
        packet[field] = value
        packets.push(packet)
      }
  // A field may have made a good load of nonsense: load again, then run.
  packets.push(...targets.map((target) => load(rnd, target)), execute(rnd, network, 2))
  return packets
}
