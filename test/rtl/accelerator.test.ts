import {expect, test} from "vitest"
import type {IntegerNetwork} from "../../src/graph/integer.ts"
import type {PlanOptions} from "../../src/plan/options.ts"
import {check} from "./check.ts"
import {digitsLike, randomNetwork} from "./networks.ts"

test("digits16 at one lane gives golden's integers in 784 clocks an image, at the planned latency", async () => {
  const made = await check(digitsLike(1), {}, {verilator: true})
  expect(made.interval).toBe(784)
  expect(made.latency).toBeLessThanOrEqual(110)
})

test.each([2, 4, 8])(
  "digits16 at %i lanes is as many times faster, to the clock",
  async (lanes) => {
    const made = await check(digitsLike(2), {lanes})
    expect(made.interval).toBe(784 / lanes)
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
test.each(others)("%s", async (_, network, options) => {
  await check(network, options, {verilator: ["mlp", "straddle"].includes(network.name)})
})
