/**
 * Counts how often each two-term pattern occurs in the rows of a search. A term is a number: value * 64 + shift * 2 +
 * (negative ? 1 : 0); a pattern is two values, their relative shift and whether their signs differ.
 */
export interface Patterns {
  /** Counts one more (or one less) occurrence of the pattern two terms of a row make. */
  add(left: number, right: number): void
  remove(left: number, right: number): void
  /**
   * A pattern with the highest count (at least 2) that was not dropped, or -1. Among equals, the best of up to `sample`
   * random ones by score.
   */
  best(random: () => number, sample: number, score: (low: number, high: number) => number): number
  /** Two terms (least shift 0, the first positive) that make the pattern. */
  low(pattern: number): number
  high(pattern: number): number
  /** best will not give this pattern until its count changes. */
  drop(pattern: number): void
  /** Counter updates so far: the search's measure of work, which is the same on every machine. */
  work(): number
}

/** The two terms of a pattern in canonical order and position, as one exact number: low * 2^26 + high. */
function canonical(left: number, right: number): number {
  let low = left
  let high = right
  // Order by value, then by shift: a term's number already sorts so, but for the sign in its last bit.
  if (left >> 1 > right >> 1) {
    low = right
    high = left
  }
  const base = Math.min((low >> 1) & 31, (high >> 1) & 31) * 2
  const flip = low & 1
  return ((low ^ flip) - base) * 0x4000000 + ((high ^ flip) - base)
}

/** Counters in an open hash table of typed arrays, and the patterns in buckets by count. */
export function createPatterns(): Patterns {
  let size = 1 << 12
  let keys = new Float64Array(size).fill(-1)
  let counts = new Int32Array(size)
  let used: number[] = []
  const buckets: number[][] = []
  let top = 0
  let work = 0

  function slotOf(key: number): number {
    const low = Math.floor(key / 0x4000000)
    const high = key - low * 0x4000000
    let hash = Math.imul(low, 0x9e3779b1) ^ Math.imul(high + 0x7f4a7c15, 0x85ebca6b)
    hash ^= hash >>> 15
    let slot = hash & (size - 1)
    while (keys[slot] !== -1 && keys[slot] !== key) slot = (slot + 1) & (size - 1)
    return slot
  }

  /** Forgets patterns that no longer occur, and doubles the table where that is not enough. */
  function grow(): void {
    const live = used.filter((slot) => counts[slot] !== 0)
    const old = live.map((slot) => [keys[slot] ?? 0, counts[slot] ?? 0] as const)
    if (live.length * 4 > size) size *= 2
    keys = new Float64Array(size).fill(-1)
    counts = new Int32Array(size)
    used = []
    for (const bucket of buckets) bucket.length = 0
    top = 0
    for (const [key, count] of old) {
      const slot = slotOf(key)
      keys[slot] = key
      counts[slot] = count
      used.push(slot)
      push(slot, count)
    }
  }

  function push(slot: number, count: number): void {
    if (count < 2) return
    let bucket = buckets[count]
    if (bucket === undefined) {
      while (buckets.length <= count) buckets.push([])
      bucket = buckets[count] as number[]
    }
    bucket.push(slot)
    if (count > top) top = count
  }

  function change(left: number, right: number, by: number): void {
    work++
    const key = canonical(left, right)
    let slot = slotOf(key)
    if (keys[slot] === -1) {
      if (used.length * 2 > size) {
        grow()
        slot = slotOf(key)
      }
      keys[slot] = key
      counts[slot] = 0
      used.push(slot)
    }
    const count = (counts[slot] ?? 0) + by
    counts[slot] = count
    push(slot, count)
  }

  const low = (slot: number) => Math.floor((keys[slot] ?? 0) / 0x4000000)
  const high = (slot: number) => (keys[slot] ?? 0) % 0x4000000

  return {
    add: (left, right) => change(left, right, 1),
    remove: (left, right) => change(left, right, -1),
    best(random, sample, score) {
      for (; top >= 2; top--) {
        const bucket = buckets[top] ?? []
        let chosen = -1
        let chosenScore = Number.NEGATIVE_INFINITY
        let tried = 0
        while (bucket.length > tried && tried < sample) {
          // Entries whose count has moved on are stale: their current one is in another bucket.
          const pick = tried + Math.floor(random() * (bucket.length - tried))
          const slot = bucket[pick] ?? -1
          if (counts[slot] !== top) {
            bucket[pick] = bucket[bucket.length - 1] ?? -1
            bucket.pop()
            continue
          }
          bucket[pick] = bucket[tried] ?? -1
          bucket[tried] = slot
          tried++
          const value = score(low(slot), high(slot))
          if (value > chosenScore) {
            chosen = slot
            chosenScore = value
          }
        }
        if (chosen >= 0) return chosen
      }
      return -1
    },
    low,
    high,
    drop(slot) {
      const bucket = buckets[counts[slot] ?? 0] ?? []
      for (let i = bucket.length - 1; i >= 0; i--) if (bucket[i] === slot) bucket.splice(i, 1)
    },
    work: () => work,
  }
}
