import {expect, test} from "vitest"
import {checkRecipe, conv, dense, output} from "./recipes.ts"

test("dense layers of 1-bit weights add and take away, and need no multiplier", async () => {
  const hidden = output({bits: 4})
  const made = await checkRecipe(
    [6, 6, 1],
    [dense(8, {weightBits: 1, output: hidden}), dense(6, {weightBits: 1, output: hidden}), dense(4, {weightBits: 1})],
    {verilator: true},
  )
  expect(made.resources.dsp).toBe(0)
  expect(made.stages.filter(({kind}) => kind === "folded").map((stage) => "simd" in stage && stage.simd)).toContain(1)
})

test("at four lanes, where several inputs are summed at a time", async () => {
  const made = await checkRecipe(
    [6, 6, 1],
    [dense(5, {weightBits: 1, output: output({signed: true, relu: false})}), dense(3, {weightBits: 1})],
    {
      lanes: 4,
    },
  )
  expect(made.stages.find(({kind}) => kind === "folded")).toMatchObject({simd: 4})
})

test("convolutions of 1-bit weights, in both engines", async () => {
  await checkRecipe(
    [8, 8, 1],
    [
      conv(4, 3, {weightBits: 1, engine: "constant"}),
      conv(3, 3, {weightBits: 1, engine: "serial"}),
      dense(3, {weightBits: 1}),
    ],
  )
})
