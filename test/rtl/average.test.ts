import {expect, test} from "vitest"
import type {AvgPoolRecipe, OutputRecipe} from "../../src/verify/recipe.ts"
import {checkRecipe, conv, dense, output} from "./recipes.ts"

const average = (height: number, width: number, more: Partial<OutputRecipe> = {}): AvgPoolRecipe => ({
  kind: "avgPool2d",
  size: [height, width],
  output: output(more),
})

const cases: [string, Parameters<typeof checkRecipe>][] = [
  [
    "2 x 2, of the image itself",
    [
      [6, 6, 1],
      [average(2, 2), dense(3)],
    ],
  ],
  [
    "3 x 2 with rows and columns left over, half to even",
    [
      [8, 9, 3],
      [conv(3, 2), average(3, 2, {rounding: "half-even"}), dense(3)],
    ],
  ],
  [
    "of signed values that wrap",
    [
      [7, 7, 1],
      [
        conv(4, 2, {output: output({bits: 5, signed: true, relu: false})}),
        average(2, 3, {bits: 4, signed: true, relu: false, overflow: "wrap", rounding: "floor"}),
        dense(3),
      ],
    ],
  ],
  [
    "as LiteRT rounds, unsigned",
    [
      [7, 7, 1],
      [conv(3, 2), average(2, 3, {rounding: "tflite"}), dense(3)],
    ],
  ],
  [
    "as LiteRT rounds, signed with relu",
    [
      [7, 7, 1],
      [
        conv(3, 2, {output: output({signed: true, relu: false})}),
        average(3, 3, {rounding: "tflite", signed: true}),
        dense(3),
      ],
    ],
  ],
  ["at four lanes", [[8, 8, 1], [conv(2, 3), average(2, 2), dense(3)], {lanes: 4}]],
]
test.each(cases)("average %s", async (_, args) => {
  await checkRecipe(...args)
})

test("a global average takes one channel a clock", async () => {
  const made = await checkRecipe([9, 9, 1], [conv(6, 3), average(7, 7, {rounding: "tflite"}), dense(4)], {
    verilator: true,
  })
  expect(made.stages.find(({kind}) => kind === "mean")).toMatchObject({units: 1, clocks: 6})
})
