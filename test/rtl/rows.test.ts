import {expect, test} from "vitest"
import type {LinearRecipe} from "../../src/verify/recipe.ts"
import {checkRecipe, conv, dense} from "./recipes.ts"

type Sides = readonly [height: number, width: number, channels: number]

// Rows of whole beats and not, with registers beside the memory and without, strides, kernels that are not square.
const wide: readonly [Sides, lanes: number, kernel: readonly [number, number], more: Partial<LinearRecipe>][] = [
  [[4, 40, 1], 1, [3, 3], {}],
  [[6, 64, 1], 2, [3, 3], {}],
  [[4, 41, 2], 4, [2, 3], {}],
  [[8, 61, 1], 8, [3, 2], {}],
  [[6, 66, 1], 4, [5, 4], {stride: [1, 3]}],
  [[5, 48, 3], 1, [3, 3], {stride: [2, 2]}],
  [[4, 130, 1], 8, [3, 5], {padding: "same"}],
  [[3, 8, 1], 1, [2, 4], {}],
]
test.for(wide)("constant sums of %o at %i lanes have their rows in block RAM", async ([sides, lanes, kernel, more]) => {
  const made = await checkRecipe(
    sides,
    [conv(2, 3, {...more, kernel, engine: "constant", rows: "block"}), {kind: "maxPool2d", size: [2, 4]}, dense(2)],
    {lanes, verilator: lanes === 4 || sides[1] === 8},
  )
  expect(made.stages.find(({kind}) => kind === "window")).toMatchObject({memory: "block"})
})

const folded: readonly [Sides, kernel: readonly [number, number], more: Partial<LinearRecipe>][] = [
  [[4, 40, 1], [3, 3], {}],
  [[6, 64, 2], [5, 2], {stride: [2, 3]}],
  [[3, 130, 3], [2, 3], {padding: "same"}],
  [[5, 2, 1], [3, 2], {}],
]
test.for(folded)("a folded convolution of %o has its rows in block RAM", async ([sides, kernel, more]) => {
  const made = await checkRecipe(sides, [conv(2, 3, {...more, kernel, engine: "folded", rows: "block"}), dense(2)], {
    verilator: sides[1] === 2,
  })
  expect(made.stages.find(({kind}) => kind === "columns")).toMatchObject({memory: "block"})
})
