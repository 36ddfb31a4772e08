import {test} from "vitest"
import {checkRecipe, conv, output} from "./recipes.ts"

const {output: _, ...sends} = conv(3, 3)
const {output: __, ...point} = conv(4, 1)
const average = {kind: "avgPool2d", size: [4, 4], output: output({bits: 6})} as const
const cases: [string, Parameters<typeof checkRecipe>][] = [
  ["a global average", [[6, 6, 1], [conv(3, 3), average], {verilator: true}]],
  [
    "a convolution of the average's 1 x 1, which is a dense layer",
    [
      [6, 6, 1],
      [conv(3, 3), average, point],
    ],
  ],
  [
    "a convolution that sends its accumulators",
    [
      [6, 6, 1],
      [conv(2, 2), sends],
    ],
  ],
  [
    "a pool, with signed results",
    [
      [6, 6, 1],
      [conv(3, 3, {output: output({signed: true, relu: false})}), {kind: "maxPool2d", size: [2, 2]}],
    ],
  ],
]
test.each(cases)("the last layer may be %s", async (_, args) => {
  await checkRecipe(...args)
})
