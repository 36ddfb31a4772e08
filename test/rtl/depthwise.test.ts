import {expect, test} from "vitest"
import type {LinearRecipe} from "../../src/verify/recipe.ts"
import {checkRecipe, conv, dense, output} from "./recipes.ts"

const depthwise = (kernel: number, more: Partial<LinearRecipe> = {}): LinearRecipe => ({
  ...conv(0, kernel, more),
  kind: "depthwiseConv2d",
})

test("a depthwise convolution filters each channel alone, in constant sums", async () => {
  const made = await checkRecipe(
    [6, 7, 3],
    [depthwise(3, {engine: "constant", output: output({rounding: "tflite", relu: false, signed: true})}), dense(4)],
  )
  // Three graphs of nine taps each, and no adder between them.
  const sums = made.stages.find((stage) => stage.kind === "sums")
  for (const {value} of sums?.network.outputs.filter((one) => one !== null) ?? []) expect(value).toBeGreaterThan(0)
})

test("bit by bit, with a stride and padding", async () => {
  await checkRecipe([9, 8, 2], [depthwise(3, {engine: "serial", stride: [2, 2], padding: "same"}), dense(3)])
})

test("a separable net: depthwise for space, 1 x 1 for channels", async () => {
  await checkRecipe(
    [12, 12, 1],
    [
      conv(4, 3),
      {kind: "maxPool2d", size: [2, 2]},
      depthwise(3),
      conv(6, 1),
      depthwise(3, {weightBits: 1, engine: "constant"}),
      conv(4, 1, {engine: "constant"}),
      dense(5),
    ],
    {verilator: true},
  )
})

test("at two lanes", async () => {
  await checkRecipe([6, 8, 2], [depthwise(2), {kind: "maxPool2d", size: [2, 2]}, dense(3)], {lanes: 4})
})
