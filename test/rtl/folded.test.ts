import {expect, test} from "vitest"
import {plan} from "../../src/plan/make.ts"
import type {FoldedStage, LayerChoice, Plan} from "../../src/plan/plan.ts"
import {check} from "./check.ts"
import {randomNetwork, type Spec} from "./networks.ts"

const square = (size: number, channels = 1) => ({height: size, width: size, channels})

/** Two convolutions; the second one's windows come slowly. */
const deep = (seed: number, second: Partial<Extract<Spec, {conv: number}>> = {}) =>
  randomNetwork(`folded${seed}`, seed, square(14), 4, [
    {conv: 3, kernel: 3, bits: 4, weightBits: 4, shift: 6},
    {pool: 2},
    {conv: 4, kernel: 3, shift: 6, ...second},
    {pool: 2},
    {dense: 5, weightBits: 4},
  ])
const engineOf = ({stages}: Plan, layer = "layer2") =>
  stages.find((stage): stage is FoldedStage => stage.kind === "folded" && stage.layer === layer)
const chosen = (choice: LayerChoice) => ({layers: {layer2: choice}})

test("a convolution in multipliers: passes, steps and the copy of a window, exact to the clock", async () => {
  const made = await check(deep(1), chosen({engine: "folded", pe: 2, simd: 9}), {verilator: true})
  expect(engineOf(made)).toMatchObject({groups: 2, chunks: 3, vectors: 1, multiplier: "dsp"})
  expect(made.stages.map(({kind}) => kind)).toContain("collect")
}, 300_000)

test("all outputs in one pass, each with its own shift, signed and rounded to even", async () => {
  const network = randomNetwork("own_shifts", 2, square(10, 2), 5, [
    {conv: 3, kernel: 2, relu: false, rounding: "half-even"},
    {dense: 4},
  ])
  const own = {
    ...network,
    layers: network.layers.map((layer) =>
      layer.kind === "conv2d" && layer.requantise
        ? {...layer, requantise: {...layer.requantise, shifts: [5, 6, 7]}}
        : layer,
    ),
  }
  const made = await check(own, {layers: {layer0: {engine: "folded"}}})
  expect(engineOf(made, "layer0")).toMatchObject({pe: 3, groups: 1})
}, 300_000)

test("two outputs to a multiplier, and an odd one alone", async () => {
  const made = await check(deep(3, {conv: 3}), chosen({multiplier: "packed", pe: 3, simd: 7}))
  const stage = engineOf(made)
  expect(stage).toMatchObject({multiplier: "packed", resources: {dsp: 14}})
}, 300_000)

test("multipliers of LUTs, and weights in BRAM where a LUT would do", async () => {
  const made = await check(deep(4, {weightBits: 6}), chosen({multiplier: "lut", memory: "block", pe: 4, simd: 3}))
  expect(engineOf(made)).toMatchObject({multiplier: "lut", memory: "block", resources: {dsp: 0}})
}, 300_000)

test("one output a pass, weights of two bits in LUTs", async () => {
  const made = await check(deep(5, {weightBits: 2}), chosen({memory: "distributed", pe: 1, simd: 5}))
  expect(engineOf(made)).toMatchObject({memory: "distributed", groups: 4, resources: {bram36: 0}})
}, 300_000)

test("the planner folds a convolution where the rate leaves it the clocks, and that is smaller", async () => {
  const network = deep(6, {conv: 12, bits: 4})
  const options = {imagesPerSecond: 2000, clockHz: 20e6}
  const made = await check(network, options)
  expect(engineOf(made)).toMatchObject({multiplier: "dsp"})
  expect(made.interval).toBe(10_000)
  const serial = plan(network, {...options, layers: {layer2: {engine: "serial"}}}).plan
  expect(made.resources.lut).toBeLessThan(serial.resources.lut)
}, 300_000)

test.for([8, 3, 1])(
  "64 multipliers and more are a clock further from their weights of %i bits, one input a clock or eight, one pass or two",
  {timeout: 300_000},
  async (weightBits) => {
    const network = randomNetwork(`far${weightBits}`, 8, square(4, 8), 6, [
      {conv: 64, kernel: 1, weightBits, shift: 6, bits: 4},
      {dense: 16, weightBits},
    ])
    const layers = {layer0: {engine: "folded", pe: 64, simd: 1}, layer1: {pe: 8, simd: 8}} as const
    const made = await check(network, {lanes: 8, layers}, {verilator: weightBits === 3})
    expect(engineOf(made, "layer0")).toMatchObject({groups: 1, vectors: 1, far: true, latency: 5})
    expect(engineOf(made, "layer1")).toMatchObject({groups: 2, vectors: 16, far: true, latency: 8})
  },
)

test("a shallow ROM is LUTs, a deep one BRAM", () => {
  const {plan: made} = plan(deep(1), chosen({engine: "folded", pe: 4, simd: 27}))
  expect(engineOf(made)).toMatchObject({romWords: 1, memory: "distributed"})
  const wide = randomNetwork("deep_rom", 1, square(24), 8, [{conv: 16, kernel: 5, spread: 20}, {pool: 2}, {dense: 4}])
  expect(engineOf(plan(wide).plan, "layer2")).toMatchObject({memory: "block"})
})

test("where DSPs are short, two products share one", () => {
  const network = randomNetwork("short", 1, square(6), 8, [{dense: 40, shift: 9}, {dense: 4}])
  const board = {name: "small", part: "xc7z010clg400-1", resources: {lut: 17600, ff: 35200, dsp: 30, bram36: 60}}
  const {plan: made} = plan(network, {board, layers: {layer0: {pe: 40, simd: 1}}})
  expect(made.fits).toBe(true)
  expect(engineOf(made, "layer0")?.multiplier).toBe("packed")
})
