import {describe, expect, test} from "vitest"
import {checkIntegerNetwork} from "../../src/graph/check.ts"
import {nodeHost} from "../../src/host/node.ts"
import {smaller, tryRecipe} from "../../src/verify/fuzz.ts"
import {imagesOf, networkOf, type Recipe, randomRecipe} from "../../src/verify/random-network.ts"

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
