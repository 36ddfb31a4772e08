import {expect, test} from "vitest"
import {plan} from "../../src/plan/make.ts"
import {check} from "./check.ts"
import {randomNetwork} from "./networks.ts"

const square = (size: number, channels = 1) => ({height: size, width: size, channels})
/** Two convolutions whose second one has clocks to spare. */
const deep = (seed: number, rounding: "half-up" | "half-even" | "floor" | "tflite" = "half-up", relu = true) =>
  randomNetwork(`serial${seed}`, seed, square(20), 4, [
    {conv: 3, kernel: 3, bits: 4, weightBits: 4, shift: 6},
    {pool: 2},
    {conv: 4, kernel: 3, bits: 4, weightBits: 2, shift: 3, rounding, relu},
    {pool: 2},
    {dense: 5, weightBits: 4},
  ])

test("a layer that has clocks to spare is computed bit by bit, exact to the clock", async () => {
  const network = deep(1)
  const {plan: made} = plan(network, {layers: {layer2: {engine: "serial"}}})
  const stage = made.stages.find(({kind}) => kind === "serial")
  expect(stage).toMatchObject({engine: "serial", layer: "layer2"})
  await check(network, {layers: {layer2: {engine: "serial"}}}, {verilator: true})
}, 300_000)

test("signed results that round half to even, behind four lanes", async () => {
  await check(deep(2, "half-even", false), {lanes: 4, layers: {layer2: {engine: "serial"}}})
}, 300_000)

test("the first layer too, where the rate leaves it the clocks", async () => {
  const network = randomNetwork("slow", 5, square(12), 8, [
    {conv: 4, kernel: 3, rounding: "tflite", shift: 8},
    {pool: 2},
    {dense: 3},
  ])
  const options = {imagesPerSecond: 40_000, clockHz: 100e6}
  expect(plan(network, options).plan.stages.map(({kind}) => kind)).toContain("serial")
  await check(network, options)
}, 300_000)

test("a convolution without a pool before it, and wide windows of one row", async () => {
  const network = randomNetwork("line", 6, {height: 6, width: 16, channels: 2}, 3, [
    {conv: 2, kernel: 2, bits: 3, weightBits: 3, shift: 4},
    {conv: 3, kernel: 3, bits: 4, weightBits: 3, shift: 4, rounding: "floor"},
    {dense: 4, weightBits: 4},
  ])
  await check(network, {layers: {layer1: {engine: "serial"}}})
}, 300_000)
