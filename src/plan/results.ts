import {at} from "../errors.ts"
import type {Tokens} from "./schedule.ts"

/**
 * When each word of each image leaves rtl/result_out.sv, sink ready. `results` are its in_valid, a group of `pe` words each;
 * `ends` the clocks of the images' last beats (in_done). A word is there two clocks after its group came, the following
 * ones a clock later each; none leaves before its image is whole, and one leaves a clock.
 */
export function resultWords(
  results: Tokens,
  ends: readonly number[],
  outputs: number,
  pe: number,
): readonly (readonly number[])[] {
  let free = 0
  return results.map((image, index) =>
    Array.from({length: outputs}, (_, word) => {
      const there = at(image, Math.floor(word / pe)).time + 2 + (word % pe)
      const leaves = Math.max(free, there, at(ends, index) + 1)
      free = leaves + 1
      return leaves
    }),
  )
}
