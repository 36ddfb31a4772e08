import {expect, test} from "vitest"
import {at} from "../../src/errors.ts"
import {compile} from "../../src/simulate/embedded/compile.ts"
import {simulate} from "../../src/simulate/embedded/simulation.ts"
import {executes, headerCore, loads, none, play, session} from "../rtl/header.ts"
import {random, randomNetwork} from "../rtl/networks.ts"

// Windows overlap, and a pixel of several channels takes as many beats: it must not enter the window while its engine reads the
// one before, nor cost clocks where the engine is done sooner. Words and interval were wrong for one or the other.
test.each([
  ["the engine slower than a pixel", 3, {pe: 1, simd: 2}],
  ["the engine as fast as a pixel", 3, {pe: 2, simd: 6}],
  ["the engine faster than a pixel", 4, {pe: 4, simd: 16}],
] as const)(
  "windows that overlap, of pixels of several channels: %s",
  async (_, channels, folding) => {
    const network = randomNetwork("overlap", 17, {height: 4, width: 5, channels}, 8, [
      {conv: 4, kernel: 2, shift: 8, rounding: "tflite"},
      {dense: 3},
    ])
    const core = headerCore(network, {layers: {layer0: folding}})
    const simulator = await simulate(await compile(core.design))
    const next = random(3)
    const all = loads(core)
    const loaded = all.reduce((sum, packet) => sum + packet.length, 0)
    const {wrong, lane} = await play(simulator, session(core, [...all, ...executes(core, [4], next)]))
    expect(wrong).toEqual([])
    const firsts = Array.from({length: 4}, (_, i) => at(lane.cycles, loaded + 7 + i * 3))
    expect(at(firsts, 3) - at(firsts, 2)).toBe(core.plan.interval)
    const stalled = session(core, [...all, ...executes(core, [2, 1], next)])
    expect((await play(simulator, stalled, {kind: "random", p: 0.5, seed: 4}, none)).wrong).toEqual([])
  },
  120_000,
)
