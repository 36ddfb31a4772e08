import {expect, test} from "vitest"
import {checkRecipe, conv, dense} from "./recipes.ts"

const cases: [string, Parameters<typeof checkRecipe>][] = [
  [
    "2 both ways, constant sums",
    [
      [9, 10, 1],
      [conv(3, 3, {stride: [2, 2], engine: "constant"}), dense(4)],
    ],
  ],
  [
    "3 down and 2 along, where rows are left over",
    [
      [11, 8, 2],
      [conv(2, 2, {stride: [3, 2], engine: "constant"}), dense(3)],
    ],
  ],
  [
    "bit by bit, wider than its kernel",
    [
      [9, 11, 1],
      [conv(3, 2, {stride: [2, 3], engine: "serial"}), dense(3)],
    ],
  ],
  [
    "at four lanes, whose windows lie in every lane",
    [[6, 10, 1], [conv(2, 3, {stride: [1, 3]}), dense(3)], {lanes: 4}],
  ],
  [
    "at two lanes before a pool",
    [[10, 10, 1], [conv(3, 2, {stride: [2, 1]}), {kind: "maxPool2d", size: [2, 2]}, dense(3)], {lanes: 2}],
  ],
  [
    "in every convolution, and no pool at all",
    [[13, 13, 1], [conv(4, 3, {stride: [2, 2]}), conv(4, 3, {stride: [2, 2]}), dense(5)], {verilator: true}],
  ],
]
test.each(cases)("stride %s", async (_, args) => {
  const made = await checkRecipe(...args)
  const [height, width, channels] = args[0]
  // Bit by bit, 16 windows of 13 clocks take longer than 99 pixels.
  const serial = made.stages.find(({kind}) => kind === "serial")
  expect(made.interval).toBe(Math.max(serial?.interval ?? 0, (height * width * channels) / made.lanes))
})
