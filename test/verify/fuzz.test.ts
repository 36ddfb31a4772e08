import {describe, expect, test} from "vitest"
import {checkIntegerNetwork} from "../../src/graph/check.ts"
import {nodeHost} from "../../src/host/node.ts"
import {shrink, smaller, tryRecipe} from "../../src/verify/fuzz.ts"
import {imagesOf, networkOf} from "../../src/verify/network-of.ts"
import {randomRecipe} from "../../src/verify/random-network.ts"
import type {Recipe} from "../../src/verify/recipe.ts"

describe("random networks", () => {
  test("are whole networks, the same for the same seed", () => {
    for (let seed = 1; seed <= 200; seed++) {
      const network = networkOf(randomRecipe(seed))
      checkIntegerNetwork(network)
      expect(networkOf(randomRecipe(seed))).toEqual(network)
    }
  })

  test("come with images of nothing but zeros, the largest and the smallest value", () => {
    const recipe = {...randomRecipe(3), input: {shape: {height: 1, width: 2, channels: 1}, bits: 3, signed: true}}
    expect([...imagesOf(recipe, 4).subarray(0, 6)]).toEqual([0, 0, 3, 3, -4, -4])
  })

  test("shrink in every step, so that shrinking ends", () => {
    for (let seed = 1; seed <= 40; seed++) {
      let recipe: Recipe | undefined = randomRecipe(seed)
      let steps = 0
      for (; recipe !== undefined && steps < 500; steps++) recipe = [...smaller(recipe)].at(-1)
      expect(steps, `seed ${seed}`).toBeLessThan(500)
    }
  })
})

test("an exception inside a stage is a failure, not a refusal", async () => {
  const host = nodeHost()
  const broken = {...host, files: {...host.files, asset: () => Promise.reject(new RangeError("gone"))}}
  const outcome = await tryRecipe(randomRecipe(2), {host: broken, out: "build/test-fuzz", verilator: false})
  expect(outcome).toMatchObject({kind: "failed"})
})

test("a pool that compares signed numbers as unsigned is found, and shrunk to what it takes to show it", async () => {
  const host = nodeHost()
  const asset = async (path: string) => {
    const text = new TextDecoder().decode(await host.files.asset(path))
    return new TextEncoder().encode(/rtl\/(pool|max_tree)/.test(path) ? text.replaceAll("^ FLIP", "^ BITS'(0)") : text)
  }
  const mutated = {...host, files: {...host.files, asset}}
  const output = {
    bits: 4,
    signed: false,
    rounding: "tflite",
    overflow: "saturate",
    relu: true,
    perChannel: false,
  } as const
  const signed = {...output, bits: 3, signed: true, rounding: "floor", overflow: "wrap", relu: false} as const
  const recipe: Recipe = {
    seed: 5,
    input: {shape: {height: 9, width: 5, channels: 1}, bits: 3, signed: false},
    layers: [
      {kind: "conv2d", units: 3, kernel: [2, 3], weightBits: 2, output},
      {kind: "maxPool2d", size: [2, 1]},
      {kind: "conv2d", units: 3, kernel: [4, 1], weightBits: 2, output: signed},
      {kind: "maxPool2d", size: [1, 3]},
      {kind: "dense", units: 4, kernel: [1, 1], weightBits: 4},
    ],
    lanes: 1,
  }
  const options = {host: mutated, out: "build/test-fuzz", verilator: false}
  const outcome = await tryRecipe(recipe, options)
  if (outcome.kind !== "failed") throw new Error(`the mutant lives: ${outcome.kind}`)
  const failure = await shrink(recipe, outcome.problems, options)
  expect(failure.smallest.layers).toMatchObject([
    {kind: "conv2d", units: 1, weightBits: 2, output: {signed: true, relu: false}},
    {kind: "maxPool2d"},
    {kind: "dense"},
  ])
  expect(failure.smallestProblems.join()).toMatch(/words of \d+ images differ/)
})

// A sample of bench/fuzz, which runs hundreds and Verilator too.
test.each(Array.from({length: 10}, (_, i) => 1001 + i))(
  "random network %i: golden == RTL under every stall, as fast as planned",
  async (seed) => {
    const outcome = await tryRecipe(randomRecipe(seed), {host: nodeHost(), out: "build/test-fuzz", verilator: false})
    expect(outcome).toEqual({kind: "equal"})
  },
)
