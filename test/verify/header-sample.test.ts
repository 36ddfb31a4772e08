import {describe, expect, test} from "vitest"
import {runGolden} from "../../src/golden/run.ts"
import {elements} from "../../src/graph/shape.ts"
import {compile} from "../../src/simulate/embedded/compile.ts"
import {simulate} from "../../src/simulate/embedded/simulation.ts"
import {generator, type Stall} from "../../src/simulate/stall.ts"
import {mixedPackets, randomPackets} from "../../src/verify/broken-packets.ts"
import {answers, batches, checkPackets, ownWeights, packetComplaints} from "../../src/verify/packets.ts"
import {type Core, headerCore, hls2020, none} from "../rtl/header.ts"
import {digitsLike} from "../rtl/networks.ts"

// A sample of bench/packets/campaign.ts in every run of the tests, from a seed of its own where TLAST_FUZZ_SEED gives one.
const seed = Number(process.env.TLAST_FUZZ_SEED ?? 1)
const STALLS = 50
const PACKETS = 500

const cores: readonly (readonly [string, () => Core])[] = [
  ["hls-2020", () => headerCore(hls2020(8), {arithmetic: "hls-2020", layers: {conv1: {pe: 16, simd: 5}}})],
  ["default", () => headerCore(digitsLike(1), {layers: {layer0: {pe: 16, simd: 5}}})],
]

describe.each(cores)("digits16 with loadable weights, 16 PE x 5 SIMD, %s arithmetic", (name, make) => {
  const core = make()
  const {network} = core
  const {loadable} = core.plan
  if (loadable === undefined) throw new Error("not loadable")
  const simulator = compile(core.design, {lanes: 8}).then(simulate)
  const check = async (lanes: readonly (readonly Uint16Array[])[], source: Stall = none, sink: Stall = none) => {
    const result = await checkPackets(await simulator, {network, loadable, lanes}, {source, sink})
    return packetComplaints(`TLAST_FUZZ_SEED=${seed}`, result)
  }

  test(`${STALLS} runs of different loads and batches, each side willing with a probability of 0.01 to 1`, async () => {
    console.log(`${name}: ${STALLS} stall runs, TLAST_FUZZ_SEED=${seed}`)
    const next = generator(seed)
    // From 0.01 to 1, as often below 0.1 as above.
    const stall = (): Stall => ({kind: "random", p: 1 - 100 ** -next(), seed: Math.floor(next() * 1e6)})
    for (let run = 0; run < STALLS; run += 8) {
      const lanes = Array.from({length: Math.min(8, STALLS - run)}, () => mixedPackets(network, loadable, next, 3, 2))
      const [source, sink] = [stall(), stall()]
      expect(await check(lanes, source, sink), JSON.stringify({run, source, sink})).toEqual([])
    }
  })

  test(`${PACKETS} random packets, most of them broken, and a good one after each`, async () => {
    console.log(`${name}: ${PACKETS} bad packets, TLAST_FUZZ_SEED=${seed}`)
    const next = generator(seed + 1)
    for (let sent = 0; sent < PACKETS; sent += 200) {
      const lanes = Array.from({length: 8}, (_, lane) =>
        randomPackets(network, loadable, next, Math.ceil((Math.min(PACKETS - sent, 200) - lane) / 8)),
      )
      expect(await check(lanes), `packets from ${sent}`).toEqual([])
    }
  })

  test("a packet's answer is golden's of the network itself, not only of the protocol's model", () => {
    const next = generator(seed + 2)
    const input = Uint8Array.from({length: 3 * elements(network.input.shape)}, () => Math.floor(next() * 128))
    const packets = [...ownWeights(network, loadable), ...batches(network, input, () => 3)]
    const answer =
      answers({network, loadable, lanes: [packets]})[0]
        ?.at(-1)
        ?.subarray(7) ?? new Uint16Array()
    expect([...answer].map((word) => (word << 16) >> 16)).toEqual([...runGolden(network, input).outputs])
  })
})

test("the samples are of the size that is said, and of different packets", () => {
  const core = headerCore(digitsLike(1), {layers: {layer0: {pe: 16, simd: 5}}})
  const loadable = core.plan.loadable
  if (loadable === undefined) throw new Error("not loadable")
  const packets = mixedPackets(core.network, loadable, generator(seed), 40)
  const first = packets.filter((packet) => packet[0] === 1)
  expect(new Set(first.map((packet) => packet.join())).size).toBe(first.length)
  expect(new Set(packets.map((packet) => packet[0])).size).toBeGreaterThanOrEqual(6)
})
