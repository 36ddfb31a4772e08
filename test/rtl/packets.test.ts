import {readFileSync} from "node:fs"
import {describe, expect, test} from "vitest"
import {packetTable} from "../../src/emit/packets.ts"
import {at} from "../../src/errors.ts"
import {PacketCore} from "../../src/golden/packets.ts"
import type {Design} from "../../src/graph/design.ts"
import type {IntegerNetwork} from "../../src/graph/integer.ts"
import type {Loadable} from "../../src/graph/packets.ts"
import {compile} from "../../src/simulate/embedded/compile.ts"
import {simulate} from "../../src/simulate/embedded/simulation.ts"
import type {Stall} from "../../src/simulate/stall.ts"
import {executePacket, loadPackets} from "../../src/weights/pack.ts"
import {random} from "../golden/networks.ts"

// packet_in and packet_out around an engine of sums: a dense layer of ones. See packet_bench.sv.

const source = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8")

function sums(outputs: number): IntegerNetwork {
  const bytes = {bits: 8, signed: false, fraction: 8}
  const channels = <T>(value: T) => Array.from({length: outputs}, () => value)
  return {
    name: "sums",
    input: {shape: {height: 4, width: 4, channels: 1}, format: bytes},
    layers: [
      {
        kind: "flatten",
        name: "flat",
        inputs: ["input"],
        output: {shape: {height: 1, width: 1, channels: 16}, format: bytes},
      },
      {
        kind: "dense",
        name: "dense1",
        inputs: ["flat"],
        weights: new Int8Array(16 * outputs).fill(1),
        weightBits: 8,
        weightFractions: channels(7),
        bias: Int32Array.from({length: outputs}, (_, i) => i),
        requantise: {shifts: channels(0), rounding: "floor", relu: false, overflow: "saturate"},
        output: {shape: {height: 1, width: 1, channels: outputs}, format: {bits: 16, signed: true, fraction: 8}},
      },
    ],
  }
}

function bench(network: IntegerNetwork, loadable: Loadable, outputs: number): Design {
  const {rows, table, needed} = packetTable(network, loadable)
  const ports = ["tdata", "tlast", "tvalid", "tready"].flatMap((name) => [`.s_axis_${name}`, `.m_axis_${name}`])
  const pad = outputs === 1 && loadable.results === 16 ? 1 : 0
  const top = `module top (
  input wire aclk, input wire aresetn,
  input wire [15:0] s_axis_tdata, input wire [1:0] s_axis_tkeep, input wire s_axis_tlast, s_axis_tvalid, output wire s_axis_tready,
  output wire [15:0] m_axis_tdata, output wire [1:0] m_axis_tkeep, output wire m_axis_tlast, m_axis_tvalid, input wire m_axis_tready,
  output wire [${rows - 1}:0] loaded, output wire [31:0] load_sum
);
  packet_bench #(.ROWS(${rows}), .TABLE(${table}), .NEEDED(${needed}), .RESULTS(${outputs}),
    .RESULT_WORDS(${loadable.results / 16}), .PAD(${pad})) u_bench (
    .aclk, .aresetn, .m_axis_tkeep, .loaded, .load_sum, ${ports.join(", ")});
endmodule
`
  const files = Object.fromEntries(
    ["rtl/packet_in.sv", "rtl/packet_out.sv", "test/rtl/packet_bench.sv"].map((path) => [path, source(path)]),
  )
  return {top: "top", files: {...files, "top.sv": top}}
}

const bytesOf = (words: ArrayLike<number>) => new Uint8Array(Uint16Array.from(words).buffer)

interface Expected {
  readonly packets: readonly number[][]
  readonly words: readonly number[]
  readonly last: readonly number[]
}

function answered(network: IntegerNetwork, loadable: Loadable, packets: readonly number[][]): Expected {
  const core = new PacketCore(network, loadable)
  const answers = packets.map((packet) => [...core.answer(packet).words])
  return {
    packets,
    words: answers.flat(),
    last: answers.flatMap((answer) => answer.map((_, i) => (i === answer.length - 1 ? 1 : 0))),
  }
}

async function run(design: Design, {packets, words, last}: Expected, source: Stall, sink: Stall) {
  const simulation = await simulate(await compile(design))
  const trace = await simulation.stream({
    lanes: [packets.map((packet) => ({bytes: bytesOf(packet)}))],
    imageBytes: 2,
    source,
    sink,
    expected: [words.length],
  })
  expect(trace.violations).toEqual([])
  const lane = at(trace.lanes, 0)
  expect([...lane.words].map((word) => word & 0xffff)).toEqual(words)
  expect([...lane.last]).toEqual(last)
  expect([...lane.keep].every((keep) => keep === 3)).toBe(true)
  return trace
}

/** Packets of which most are broken, each load followed by good ones so that images are answered again. */
function hostile(network: IntegerNetwork, loadable: Loadable, seed: number, count: number): number[][] {
  const next = random(seed)
  const pick = (n: number) => Math.floor(next() * n)
  const loads = loadPackets(network, network, loadable).map(({words}) => [...words])
  const execute = () => {
    const images = 1 + pick(4)
    return [
      ...executePacket(
        network,
        Uint8Array.from({length: 16 * images}, () => pick(256)),
        images,
      ),
    ]
  }
  const packets: number[][] = [execute(), ...loads]
  for (let i = 0; i < count; i++) {
    const packet = pick(3) === 0 ? [...at(loads, pick(loads.length))] : execute()
    const broken = breakPacket(packet, pick, execute)
    packets.push(broken)
    if (at(broken, 0) !== 0) packets.push(...loads)
    packets.push(execute())
  }
  return packets
}

function breakPacket(packet: number[], pick: (n: number) => number, execute: () => number[]): number[] {
  switch (pick(6)) {
    case 0:
      return packet.slice(0, 1 + pick(packet.length))
    case 1:
      return [...packet, ...Array.from({length: 1 + pick(20)}, () => pick(65_536))]
    case 2:
      return packet.with(pick(7), pick(2) === 0 ? pick(65_536) : pick(4))
    case 3:
      return packet.with(pick(7), pick(3)).with(pick(7), pick(65_536))
    case 4:
      return [...packet, ...execute()]
    default:
      return packet
  }
}

const stalls: readonly (readonly [string, Stall, Stall])[] = [
  ["no stalls", {kind: "none"}, {kind: "none"}],
  ["both sides half the time", {kind: "random", p: 0.5, seed: 1}, {kind: "random", p: 0.5, seed: 2}],
  ["a slow sink", {kind: "none"}, {kind: "random", p: 0.9, seed: 3}],
  ["a slow source", {kind: "random", p: 0.9, seed: 4}, {kind: "none"}],
]

describe("packet_in and packet_out equal the protocol's definition word for word", () => {
  const loadable: Loadable = {results: 16, biases: true, shifts: true}

  test.each(stalls)("500 packets, most of them broken, with %s", async (_, source, sink) => {
    const seed = 20
    console.log(`seed ${seed}`)
    const network = sums(3)
    await run(
      bench(network, loadable, 3),
      answered(network, loadable, hostile(network, loadable, seed, 500)),
      source,
      sink,
    )
  })

  test("results of two words, and a lone result followed by a word 0", async () => {
    for (const [outputs, results] of [
      [3, 32],
      [1, 16],
      [1, 32],
    ] as const) {
      const network = sums(outputs)
      const form = {...loadable, results}
      const expected = answered(network, form, hostile(network, form, 30 + outputs, 60))
      await run(bench(network, form, outputs), expected, {kind: "none"}, {kind: "random", p: 0.3, seed: 5})
    }
  })

  test("a load passes at one word a clock, without a bubble", async () => {
    const network = sums(64)
    const design = bench(network, loadable, 64)
    const expected = answered(
      network,
      loadable,
      loadPackets(network, network, loadable).map(({words}) => [...words]),
    )
    const {lanes} = await run(design, expected, {kind: "none"}, {kind: "none"})
    const cycles = at(lanes, 0).cycles
    const first = at(at(lanes, 0).accepted, 0)
    // Six header words pass before the seventh proves it good; from then on every clock moves a word.
    expect(at(cycles, cycles.length - 1) - first).toBeLessThanOrEqual(expected.words.length + 16)
  })

  test("at every cycle of a load and of an image, a reset leaves it right from the next packet on", async () => {
    const network = sums(3)
    const simulation = await simulate(await compile(bench(network, loadable, 3)))
    const loads = loadPackets(network, network, loadable).map(({words}) => bytesOf(words))
    const image = Uint8Array.from({length: 32}, (_, i) => i)
    const execute = bytesOf(executePacket(network, image, 2))
    const good = answered(
      network,
      loadable,
      [...loads, execute].map((bytes) => [...new Uint16Array(bytes.buffer)]),
    )
    const before = [...loads, execute]
    const clocks = before.reduce((sum, bytes) => sum + bytes.length / 2, 0) + 30
    for (let resetAt = 1; resetAt < clocks; resetAt++) {
      // Good packets often enough that, wherever the reset falls, a whole set of them comes after it.
      const packets = [...before, ...before, ...before].map((bytes) => ({bytes}))
      const {lanes, violations} = await simulation.stream({
        lanes: [packets],
        imageBytes: 2,
        source: {kind: "none"},
        sink: {kind: "none"},
        resetAt,
        patience: 2000,
      })
      expect(violations).toEqual([])
      const words = [...at(lanes, 0).words].map((word) => word & 0xffff)
      expect(words.slice(-good.words.length), `reset at ${resetAt}`).toEqual(good.words)
    }
  })
})
