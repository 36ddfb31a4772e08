import {expect, test} from "vitest"
import {nodeHost} from "../../src/host/node.ts"
import {tryRecipe} from "../../src/verify/fuzz.ts"
import {randomRecipe} from "../../src/verify/random-network.ts"

// Found by bench/fuzz and not yet repaired: when one is, its test here fails, and `fails` goes.
const open: readonly (readonly [seed: number, what: string])[] = [
  [4, "TLAST is wrong where rows that no pool uses follow the last result and the source is slow"],
  [7, "a 3x3x4 image through two convolutions hangs after 7 of 14 results"],
]
test.fails.each(open)(
  "seed %i: %s",
  async (seed) => {
    const outcome = await tryRecipe(randomRecipe(seed), {host: nodeHost(), out: "build/test-fuzz", verilator: false})
    expect(outcome).toEqual({kind: "equal"})
  },
  60_000,
)
