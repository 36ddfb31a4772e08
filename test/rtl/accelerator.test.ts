import {expect, test} from "vitest"
import {emit} from "../../src/emit/emit.ts"
import {runGolden} from "../../src/golden/run.ts"
import type {IntegerNetwork} from "../../src/graph/integer.ts"
import {type PlanOptions, plan} from "../../src/plan/make.ts"
import {digitsLike, images, randomNetwork} from "./networks.ts"
import {beatsOf, compile, sources} from "./run.ts"

/** The same integers, and the clocks the plan promised, in Verilator. */
function check(network: IntegerNetwork, options: PlanOptions, count = 5): void {
  const made = plan(network, options).plan
  const design = emit(network, made, sources)
  const sim = compile(design)
  const input = images(network, count, 7)
  const golden = Array.from(runGolden(network, input, count).outputs)
  const words = made.stream.output.wordsPerImage
  const perImage = made.stream.input.beatsPerImage
  const all = beatsOf(made, input)

  const straight = sim.run(all, words * count)
  expect(straight.words).toEqual(golden)
  expect(straight.last).toEqual(golden.map((_, i) => i === golden.length - 1))
  const firsts = straight.given.filter((_, i) => i % words === 0)
  const gaps = firsts.slice(1).map((cycle, i) => cycle - (firsts[i] as number))
  expect(gaps.slice(2)).toEqual(gaps.slice(2).map(() => made.interval))

  const one = sim.run(beatsOf(made, input.subarray(0, input.length / count)), words)
  expect((one.given[0] as number) - (one.taken[perImage - 1] as number)).toBe(made.latency)

  for (const stalls of [
    {idle: 100, stall: 0},
    {idle: 0, stall: 900},
    {idle: 512, stall: 512},
    {idle: 920, stall: 100},
  ])
    expect(sim.run(all, words * count, {...stalls, seed: 3}).words).toEqual(golden)
}

test("digits16 at one lane gives golden's integers in 784 clocks an image, at the planned latency", () => {
  const made = plan(digitsLike(1)).plan
  expect(made.interval).toBe(784)
  expect(made.latency).toBeLessThanOrEqual(110)
  check(digitsLike(1), {})
}, 300_000)

test.each([2, 4, 8])(
  "digits16 at %i lanes is as many times faster, to the clock",
  (lanes) => {
    const network = digitsLike(2)
    expect(plan(network, {lanes}).plan.interval).toBe(784 / lanes)
    check(network, {lanes})
  },
  300_000,
)

const square = (size: number, channels = 1) => ({height: size, width: size, channels})
const others: [string, IntegerNetwork, PlanOptions][] = [
  [
    "two convolutions, 4-bit pixels, a row that is no whole number of beats",
    randomNetwork("deep", 3, square(14), 4, [
      {conv: 3, kernel: 3, bits: 4, weightBits: 4, rounding: "half-even"},
      {pool: 2},
      {conv: 4, kernel: 3, bits: 4, weightBits: 2, shift: 3, rounding: "floor"},
      {pool: 2},
      {dense: 5, weightBits: 4},
    ]),
    {lanes: 4},
  ],
  [
    "hidden dense layers, folded into groups",
    randomNetwork("mlp", 4, square(8), 8, [
      {dense: 12, rounding: "tflite", shift: 9},
      {dense: 6, rounding: "tflite", shift: 8, relu: false},
      {dense: 3},
    ]),
    {lanes: 1},
  ],
  [
    "signed activations that wrap, pixels of two channels, no pool",
    randomNetwork("wraps", 5, square(6, 2), 8, [
      {conv: 3, kernel: 3, relu: false, rounding: "tflite", overflow: "wrap"},
      {pool: 2},
      {dense: 4, rounding: "half-up", relu: false, overflow: "wrap", shift: 6},
      {dense: 3},
    ]),
    {lanes: 1},
  ],
  [
    "a convolution without a pool at four lanes",
    randomNetwork("bare", 6, square(8), 8, [{conv: 2, kernel: 3, bits: 6}, {dense: 4}]),
    {lanes: 4},
  ],
  [
    "a pool whose windows straddle beats",
    randomNetwork("straddle", 8, {height: 8, width: 10, channels: 1}, 8, [{conv: 2, kernel: 2}, {pool: 3}, {dense: 3}]),
    {lanes: 4},
  ],
]
test.each(others)("%s", (_, network, options) => check(network, options), 300_000)
