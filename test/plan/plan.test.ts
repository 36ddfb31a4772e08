import {expect, test} from "vitest"
import {TlastError} from "../../src/errors.ts"
import {plan} from "../../src/plan/make.ts"
import type {PlanOptions} from "../../src/plan/options.ts"
import {digitsLike, randomNetwork} from "../rtl/networks.ts"

const network = randomNetwork("small", 1, {height: 8, width: 8, channels: 1}, 8, [
  {conv: 2, kernel: 3},
  {pool: 2},
  {dense: 4},
])
const refusal = (options: PlanOptions): TlastError => {
  try {
    plan(network, options)
  } catch (error) {
    if (error instanceof TlastError) return error
    throw error
  }
  throw new Error("it was not refused")
}

test("a rate chooses the fewest lanes that reach it", () => {
  const {plan: made} = plan(network, {imagesPerSecond: 3e6, clockHz: 100e6})
  expect(made.lanes).toBe(2)
  expect(made.interval).toBeLessThanOrEqual(33)
})

test("a rate no plan reaches is refused with the nearest", () => {
  const {code, message} = refusal({imagesPerSecond: 90e6})
  expect(code).toBe("RATE_NOT_REACHED")
  expect(message).toMatch(/the nearest plan takes \d+ .*limited by/)
})

test("lanes that do not fit the stream are refused with those that do", () => {
  const {code, message} = refusal({lanes: 16})
  expect(code).toBe("LANES_DO_NOT_DIVIDE")
  expect(message).toContain("lane counts that work: 1, 2, 4, 8")
})

test("an unknown device is refused with those that are known", () => {
  const {code, message} = refusal({device: "xc7z02"})
  expect(code).toBe("UNKNOWN_DEVICE")
  expect(message).toContain("did you mean xc7z020?")
})

test("overrides that contradict each other, or a layer, are refused with a reason", () => {
  expect(refusal({lanes: 2, imagesPerSecond: 5}).code).toBe("PLAN_CONTRADICTION")
  expect(refusal({layers: {layer1: {pe: 2}}}).message).toContain("this is a maxPool2d")
  expect(refusal({layers: {layer0: {pe: 2, engine: "serial"}}}).message).toContain("the folded engine's")
  expect(refusal({layers: {layer0: {engine: "serial", addersPerStage: 2}}}).message).toContain("a sum a clock")
  expect(refusal({layers: {layer2: {addersPerStage: 2}}}).message).toContain("this layer is folded")
  expect(refusal({layers: {layer2: {multiplier: "packed", pe: 1}}}).message).toContain("one is computed at a time")
  expect(refusal({lanes: 2, layers: {layer0: {engine: "folded"}}}).message).toContain("one position at a time")
  expect(refusal({layers: {layer2: {engine: "serial"}}}).message).toContain("use folded")
  expect(refusal({layers: {conv9: {}}}).message).toContain("layers are layer0, layer1, layer2")
  expect(refusal({layers: {layer2: {pe: 9}}}).message).toContain("pe from 1 to 4")
})

test("an override that needs one lane is honoured while other lane counts are explored", () => {
  for (const engine of ["folded", "serial"] as const) {
    const {plan: made, report} = plan(network, {explore: true, lanes: 1, layers: {layer0: {engine}}})
    expect(made.stages.some((stage) => stage.layer === "layer0" && stage.kind === engine)).toBe(true)
    expect(report.alternatives.every(({lanes}) => lanes === 1)).toBe(true)
  }
})

test("an override is honoured, and its cost is in the interval", () => {
  const {plan: made} = plan(network, {layers: {layer2: {pe: 1, simd: 1}}})
  expect(made.stages.find((stage) => stage.kind === "folded")).toMatchObject({pe: 1, simd: 1, interval: 9 * 2 * 4})
  expect(made.interval).toBe(72)
})

test("a plan is data: it survives JSON, and is the same twice", () => {
  const {plan: made} = plan(digitsLike(1))
  expect(JSON.parse(JSON.stringify(made))).toEqual(made)
  expect(plan(digitsLike(1)).plan).toEqual(made)
})

test("4-bit pixels at 16 lanes are an image every 49 clocks through a 64-bit port", () => {
  const narrow = randomNetwork("narrow", 1, {height: 28, width: 28, channels: 1}, 4, [
    {conv: 2, kernel: 5, weightBits: 4, bits: 4},
    {pool: 4},
    {dense: 10},
  ])
  const {plan: made} = plan(narrow, {lanes: 16})
  expect(made.interval).toBe(49)
  expect(made.stream.input).toMatchObject({dataBits: 64, elementBits: 4, beatsPerImage: 49})
})

test("where it does not fit, the report names changes that do, each with its cost", () => {
  const tight = {name: "tight", part: "xc7z010clg400-1", resources: {lut: 7000, ff: 35200, dsp: 80, bram36: 60}}
  const {plan: made, report} = plan(digitsLike(1), {board: tight, lanes: 4, effort: 0})
  expect(made.fits).toBe(false)
  expect(report.changes[0]).toMatch(/^lut \d+ of 7000: most are in layer0_sums/)
  expect(report.changes).toContainEqual(
    expect.stringMatching(/^fits with --lanes 1 .*it costs \d+ images\/s instead of/),
  )
  expect(report.changes).toContainEqual(expect.stringMatching(/^fits with a board with the xc7z020/))
})

test("the smallest plan trades engines for clocks; the fastest takes all that fits", () => {
  const smallest = plan(digitsLike(1), {target: "smallest", effort: 0})
  expect(smallest.plan.stages.map(({kind}) => kind)).toContain("serial")
  const fastest = plan(digitsLike(1), {target: "fastest", device: "xc7z010", effort: 0})
  expect(fastest.plan.fits).toBe(true)
  expect(fastest.plan.imagesPerSecond).toBeGreaterThan(10 * smallest.plan.imagesPerSecond)
  expect(smallest.plan.resources.lut).toBeLessThan(fastest.plan.resources.lut / 4)
  // What is listed is worth listing: faster always costs more.
  const {alternatives} = fastest.report
  expect(alternatives.length).toBeGreaterThan(4)
  for (const [i, one] of alternatives.entries())
    if (i > 0) expect(one.resources.lut).toBeGreaterThan(alternatives[i - 1]?.resources.lut ?? 0)
})

test("a frame that is longer than the rate leaves is said with its cost", () => {
  const {plan: made, report} = plan(network, {layers: {layer0: {engine: "serial"}}})
  expect(made.interval).toBeGreaterThan(64)
  expect(report.changes[0]).toMatch(/^layer0 takes \d+ clocks a window, \d+ more than the rate leaves/)
})
