import {spawnSync} from "node:child_process"
import {mkdtempSync, writeFileSync} from "node:fs"
import {tmpdir} from "node:os"
import {join} from "node:path"
import {describe, expect, test} from "vitest"
import {byName} from "../../models/index.ts"
import {at} from "../../src/errors.ts"
import type {IntegerNetwork} from "../../src/graph/integer.ts"
import type {PlanOptions} from "../../src/plan/options.ts"
import {compile} from "../../src/simulate/embedded/compile.ts"
import {simulate} from "../../src/simulate/embedded/simulation.ts"
import type {Stall} from "../../src/simulate/stall.ts"
import {blankNetwork} from "../../src/weights/blank.ts"
import {bytesOf, type Core, executes, headerCore, hls2020, loads, none, play, session} from "./header.ts"
import {digitsLike, random, randomNetwork} from "./networks.ts"

const square = (size: number, channels = 1) => ({height: size, width: size, channels})

/** Networks of every shape the planner builds; one shift a layer. */
const networks: readonly (readonly [string, IntegerNetwork, PlanOptions])[] = [
  ["digits16, 16 PE x 5 SIMD", digitsLike(1), {layers: {layer0: {pe: 16, simd: 5}}}],
  [
    "two convolutions, 4-bit pixels, filters in groups",
    randomNetwork("deep", 3, square(14), 4, [
      {conv: 4, kernel: 3, shift: 5, bits: 4, rounding: "half-even"},
      {pool: 2},
      {conv: 6, kernel: 3, shift: 6, rounding: "floor"},
      {pool: 2},
      {dense: 5},
    ]),
    {layers: {layer0: {pe: 2, simd: 3}, layer2: {pe: 3, simd: 4}, layer4: {pe: 5, simd: 2}}},
  ],
  [
    "hidden dense layers, signed activations",
    randomNetwork("mlp", 4, square(8), 8, [
      {dense: 12, rounding: "tflite", shift: 9},
      {dense: 7, rounding: "tflite", shift: 8, relu: false},
      {dense: 3},
    ]),
    {},
  ],
  [
    "a lone dense layer of one output",
    randomNetwork("lone", 5, {height: 1, width: 1, channels: 9}, 8, [{dense: 1}]),
    {},
  ],
  [
    "pixels of three channels, results of 32 bits, no pool",
    randomNetwork("wide", 6, square(6, 3), 8, [{conv: 5, kernel: 3, shift: 8, rounding: "tflite"}, {dense: 4}]),
    {results: 32},
  ],
  [
    "an image that is not square, an output at a time",
    randomNetwork("flat", 7, {height: 4, width: 6, channels: 2}, 3, [
      {conv: 3, kernel: 2, shift: 6, overflow: "wrap", relu: false},
      {dense: 1},
    ]),
    {target: "smallest"},
  ],
  ["the arithmetic of hls-2020", hls2020(8), {arithmetic: "hls-2020", layers: {conv1: {pe: 16, simd: 5}}}],
  ["as fast as it goes", digitsLike(9), {target: "fastest"}],
]

const run = async (core: Core) => simulate(await compile(core.design))

describe("behind header packets", () => {
  test.each(networks)(
    "%s: golden's words, at the planned interval and latency, however both sides stall",
    async (_, network, options) => {
      const core = headerCore(network, options)
      const {plan} = core
      const simulator = await run(core)
      const next = random(11)
      const all = loads(core)
      const loaded = all.reduce((sum, packet) => sum + packet.length, 0)
      const words = plan.stream.output.wordsPerImage

      const batch = await play(simulator, session(core, [...all, ...executes(core, [6], next)]))
      expect(batch.wrong).toEqual([])
      const firsts = Array.from({length: 6}, (_, i) => at(batch.lane.cycles, loaded + 7 + i * words))
      expect(firsts.slice(2).map((cycle, i) => cycle - at(firsts, i + 1))).toEqual(
        [0, 1, 2, 3].map(() => plan.interval),
      )
      // Loads pass at a word a clock: a load's first echo waits for its header, nothing for it.
      expect(at(batch.lane.cycles, loaded - 1) - at(batch.lane.accepted, 0)).toBeLessThanOrEqual(loaded + 8)

      const one = await play(simulator, session(core, [...all, ...executes(core, [1], next)]))
      expect(one.wrong).toEqual([])
      expect(at(one.lane.cycles, loaded + 7) - at(one.lane.accepted, one.lane.accepted.length - 1)).toBe(plan.latency)

      // The network's own weights, then others, and one layer of the first again.
      const other: IntegerNetwork = {
        ...core.network,
        layers: core.network.layers.map((layer) =>
          layer.kind === "conv2d" || layer.kind === "dense"
            ? {...layer, weights: layer.weights.map(() => Math.floor(next() * 256) - 128)}
            : layer,
        ),
      }
      const mixed = session(core, [
        ...all,
        ...executes(core, [1, 3], next),
        ...loads(core, other),
        ...executes(core, [2, 1], next),
        at(all, 0),
        ...executes(core, [2], next),
      ])
      const stalls: readonly (readonly [Stall, Stall])[] = [
        [{kind: "random", p: 0.5, seed: 1}, none],
        [none, {kind: "random", p: 0.9, seed: 2}],
        [
          {kind: "random", p: 0.1, seed: 3},
          {kind: "random", p: 0.5, seed: 4},
        ],
      ]
      for (const [source, sink] of stalls) expect((await play(simulator, mixed, source, sink)).wrong).toEqual([])
    },
    120_000,
  )
})

test.each(networks)("%s: clean to Verilator -Wall", (_, network, options) => {
  const {design} = headerCore(network, options)
  const folder = mkdtempSync(join(tmpdir(), "tlast-header-"))
  for (const [path, text] of Object.entries(design.files)) writeFileSync(join(folder, path), text)
  const code = Object.keys(design.files)
  const {status, stderr} = spawnSync("verilator", ["--lint-only", "-Wall", "--top-module", design.top, ...code], {
    cwd: folder,
    encoding: "utf8",
  })
  expect({status, stderr}).toEqual({status: 0, stderr: ""})
})

describe("a core that holds weights", () => {
  const small = randomNetwork("small_loaded", 12, square(6), 8, [
    {conv: 4, kernel: 3, shift: 8, rounding: "tflite"},
    {pool: 2},
    {dense: 3},
  ])

  test("is right from the next packet on after a reset at any cycle of a load and of an image", async () => {
    const core = headerCore(small)
    const simulator = await run(core)
    const all = loads(core)
    const good = session(core, [...all, ...executes(core, [2], random(5))])
    const before = good.packets.map((packet) => ({bytes: bytesOf(packet)}))
    const clocks = good.packets.reduce((sum, packet) => sum + packet.length, 0) + 60
    for (let resetAt = 1; resetAt < clocks; resetAt++) {
      const {lanes, violations} = await simulator.stream({
        lanes: [[...before, ...before, ...before]],
        imageBytes: 2,
        source: none,
        sink: none,
        resetAt,
        patience: 2000,
      })
      expect(violations).toEqual([])
      const words = at(lanes, 0).words.map((word) => word & 0xffff)
      expect([...words.slice(-good.words.length)], `reset at ${resetAt}`).toEqual([...good.words])
    }
  }, 120_000)
})

describe("networks that come with tlast, their weights unknown when they are built", () => {
  test.each([
    ["mlp128", {interval: 784}],
    ["dense128x10", {interval: 128}],
  ])(
    "%s takes weights, biases and shifts, and answers as golden does with them",
    async (name, promised) => {
      const blank = blankNetwork(byName(name))
      const core = headerCore(blank)
      expect(core.plan).toMatchObject(promised)
      const next = random(31)
      const model: IntegerNetwork = {
        ...core.network,
        layers: core.network.layers.map((layer) =>
          layer.kind !== "conv2d" && layer.kind !== "dense"
            ? layer
            : {
                ...layer,
                weights: layer.weights.map(() => Math.floor(next() * 256) - 128),
                bias: layer.bias.map(() => Math.floor((next() - 0.5) * 60_000)),
                ...(layer.requantise && {
                  requantise: {...layer.requantise, shifts: layer.requantise.shifts.map(() => 9)},
                }),
              },
        ),
      }
      const played = await play(
        await run(core),
        session(core, [...loads(core, model), ...executes(core, [1, 3], next)]),
      )
      expect(played.wrong).toEqual([])
    },
    240_000,
  )
})
