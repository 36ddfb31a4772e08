/** Numbers from a seed, the same on every machine: uniform 0 <= x < 1, in steps of 2^-32. */
export function chance(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    // A Weyl sequence, mixed as MurmurHash3 ends.
    state = (state + 0x9e3779b9) >>> 0
    let word = state
    word = Math.imul(word ^ (word >>> 16), 0x85ebca6b)
    word = Math.imul(word ^ (word >>> 13), 0xc2b2ae35)
    return ((word ^ (word >>> 16)) >>> 0) / 2 ** 32
  }
}

/** Between two numbers. */
export const between = (next: () => number, low: number, high: number): number => low + (high - low) * next()
