import {expect, test} from "vitest"
import {plan} from "../../src/plan/make.ts"
import type {Memory, Plan} from "../../src/plan/plan.ts"
import {feed} from "../../src/plan/schedule.ts"
import {serveLines} from "../../src/plan/schedule-lines.ts"
import {randomNetwork} from "../rtl/networks.ts"

const network = (channels: number) =>
  randomNetwork("rows", 3, {height: 20, width: 20, channels: 1}, 4, [
    {conv: channels, kernel: 3, bits: 4, weightBits: 4, shift: 5},
    {pool: 2},
    {conv: 4, kernel: 5, bits: 4, weightBits: 2, shift: 3},
    {dense: 3, weightBits: 4},
  ])
const drawn = (channels: number, rows?: Memory): Plan =>
  plan(network(channels), {effort: 0, layers: {layer2: {engine: "serial", ...(rows && {rows})}}}).plan
const kinds = (made: Plan) => made.stages.map(({kind}) => kind)
const linesOf = (made: Plan) => made.stages.find((stage) => stage.kind === "lines")

test("rows go to block RAM where that saves LUTs, and where the configuration says so", () => {
  expect(kinds(drawn(12))).toContain("lines")
  expect(kinds(drawn(1))).not.toContain("lines")
  expect(kinds(drawn(1, "block"))).toContain("lines")
  expect(kinds(drawn(12, "distributed"))).toContain("columns")
})

test("block RAM has as few ports as keep the rate, and the plan's BRAM is theirs", () => {
  const lines = linesOf(drawn(8))
  expect(lines).toMatchObject({memory: "block", rows: 5})
  expect(lines?.resources.bram36).toBe((lines?.ports ?? 0) * 0.5)
  // At an eighth of the rate one port is enough.
  const slow = plan(network(8), {effort: 0, imagesPerSecond: 100e6 / 3200, layers: {layer2: {engine: "serial"}}}).plan
  expect(linesOf(slow)?.ports).toBe(1)
})

test("an engine that keeps up needs only the rows of a column; one that lags keeps as much more", () => {
  const size = {height: 6, width: 8}
  const upper = Array.from({length: 4 * 8}, (_, i) => i)
  const lowest = upper.map((i) => i + 2 * 8)
  const served = (frame: number, beat: number) =>
    serveLines(feed(48, {beat, image: beat}), {
      upper,
      lowest,
      frame,
      parts: 1,
      complete: (column) => column % size.width >= 2,
    }).depth
  // A column spans two rows and a position, and a few positions come before it is read.
  expect(served(1, 4)).toBeLessThanOrEqual(2 * 8 + 3)
  expect(served(1, 4)).toBeGreaterThan(2 * 8)
  expect(served(7, 4)).toBeGreaterThan(served(1, 4))
})
