/**
 * Counts how often each two-term pattern occurs in the rows of a search. A term is a number: value * 64 + shift * 2 +
 * (negative ? 1 : 0); a pattern is two values, their relative shift and whether their signs differ.
 */
export interface Patterns {
  /** Counts one more (or one less) occurrence of each pattern a term makes with those of a row it is not in. */
  add(row: readonly number[], code: number): void
  remove(row: readonly number[], code: number): void
  /** Makes what was counted so far known to best; to be called once, when the first rows are there. */
  index(): void
  /**
   * A pattern with the highest count (at least 2) that was not dropped, or -1. Among equals, the best of up to `sample`
   * random ones by score.
   */
  best(random: () => number, sample: number, score: (low: number, high: number) => number): number
  /** Two terms (least shift 0, the first positive) that make the pattern. */
  low(pattern: number): number
  high(pattern: number): number
  /** best will not give this pattern until its count grows. */
  drop(pattern: number): void
  /** Counter updates so far: the search's measure of work, which is the same on every machine. */
  work(): number
}

/** Numbers of an entry of the table, side by side: the two terms, their count, and the bucket that has it (0: none). */
const [LOW, HIGH, COUNT, BUCKET, ENTRY] = [0, 1, 2, 3, 4]
/** Entries there is room for before the first has come, as powers of two. */
const [LEAST_AT_FIRST, MOST_AT_FIRST] = [12, 20]

/**
 * Counters in an open hash table, and the patterns in buckets by count. A count that falls leaves its pattern in the bucket
 * where it was, for best to move: most fall further before anybody asks. `pairs` is how many will be counted at first.
 */
export function createPatterns(pairs: number): Patterns {
  let size = 2 ** Math.min(MOST_AT_FIRST, Math.max(LEAST_AT_FIRST, Math.ceil(Math.log2(2 * pairs + 1))))
  let table = new Int32Array(size * ENTRY).fill(-1)
  let used = 0
  let indexed = false
  const buckets: number[][] = []
  let top = 0
  let work = 0

  /** Where the pattern is in the table, or the free place where it would be. */
  function slotOf(low: number, high: number): number {
    let hash = Math.imul(low, 0x9e3779b1) ^ Math.imul(high + 0x7f4a7c15, 0x85ebca6b)
    hash ^= hash >>> 15
    let slot = (hash & (size - 1)) * ENTRY
    while (table[slot] !== -1 && (table[slot] !== low || table[slot + HIGH] !== high))
      slot = (slot + ENTRY) & (size * ENTRY - 1)
    return slot
  }

  /** Forgets patterns that no longer occur, and doubles the table where that is not enough. */
  function grow(): void {
    const old = table
    let live = 0
    for (let slot = 0; slot < old.length; slot += ENTRY) if (old[slot] !== -1 && old[slot + COUNT] !== 0) live++
    if (live * 4 > size) size *= 2
    table = new Int32Array(size * ENTRY).fill(-1)
    used = live
    for (let from = 0; from < old.length; from += ENTRY) {
      const count = old[from + COUNT] ?? 0
      if (old[from] === -1 || count === 0) continue
      const slot = slotOf(old[from] ?? 0, old[from + HIGH] ?? 0)
      table[slot] = old[from] ?? 0
      table[slot + HIGH] = old[from + HIGH] ?? 0
      table[slot + COUNT] = count
      table[slot + BUCKET] = 0
    }
    if (indexed) index()
  }

  function index(): void {
    indexed = true
    for (const bucket of buckets) bucket.length = 0
    top = 0
    for (let slot = 0; slot < table.length; slot += ENTRY) if (table[slot] !== -1) push(slot, table[slot + COUNT] ?? 0)
  }

  function push(slot: number, count: number): void {
    table[slot + BUCKET] = count < 2 ? 0 : count
    if (count < 2) return
    while (buckets.length <= count) buckets.push([])
    ;(buckets[count] as number[]).push(slot)
    if (count > top) top = count
  }

  /** The two terms in canonical order and position: by value, then by shift, the least shift 0, the first positive. */
  function change(left: number, right: number, by: number): void {
    const swapped = left >> 1 > right >> 1
    const first = swapped ? right : left
    const second = swapped ? left : right
    const base = Math.min(first & 62, second & 62)
    const flip = first & 1
    const low = (first ^ flip) - base
    const high = (second ^ flip) - base
    let slot = slotOf(low, high)
    if (table[slot] === -1) {
      if (used * 2 > size) {
        grow()
        slot = slotOf(low, high)
      }
      used++
      table[slot] = low
      table[slot + HIGH] = high
      table[slot + COUNT] = 0
      table[slot + BUCKET] = 0
    }
    const count = (table[slot + COUNT] ?? 0) + by
    table[slot + COUNT] = count
    if (indexed && count > (table[slot + BUCKET] ?? 0)) push(slot, count)
  }

  function changeAll(row: readonly number[], code: number, by: number): void {
    work += row.length
    for (let i = 0; i < row.length; i++) change(row[i] ?? 0, code, by)
  }

  return {
    add: (row, code) => changeAll(row, code, 1),
    remove: (row, code) => changeAll(row, code, -1),
    index,
    best(random, sample, score) {
      for (; top >= 2; top--) {
        const bucket = buckets[top] ?? []
        let chosen = -1
        let chosenScore = Number.NEGATIVE_INFINITY
        let tried = 0
        while (bucket.length > tried && tried < sample) {
          const pick = tried + Math.floor(random() * (bucket.length - tried))
          const slot = bucket[pick] ?? 0
          const count = table[slot + COUNT] ?? 0
          if (table[slot + BUCKET] !== top || count !== top) {
            bucket[pick] = bucket[bucket.length - 1] ?? 0
            bucket.pop()
            if (table[slot + BUCKET] === top) push(slot, count)
            continue
          }
          bucket[pick] = bucket[tried] ?? 0
          bucket[tried] = slot
          tried++
          const value = score(table[slot + LOW] ?? 0, table[slot + HIGH] ?? 0)
          if (value > chosenScore) {
            chosen = slot
            chosenScore = value
          }
        }
        if (chosen >= 0) return chosen
      }
      return -1
    },
    low: (slot) => table[slot + LOW] ?? 0,
    high: (slot) => table[slot + HIGH] ?? 0,
    drop(slot) {
      table[slot + BUCKET] = 0
    },
    work: () => work,
  }
}
