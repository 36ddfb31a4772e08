import {at} from "../../errors.ts"
import type {Patterns} from "./patterns.ts"
import {dissolveUnshared, type Rows, shiftOf, sourceOf, term} from "./rows.ts"

/** How a greedy pass prefers among patterns that occur equally often; higher first. */
export type Preference = (low: number, high: number) => number

/**
 * Greedy sharing: while a two-term pattern occurs twice, the most frequent one becomes a definition and replaces its
 * occurrences. Every extraction of n occurrences saves n - 1 adders.
 */
export function share(rows: Rows, patterns: Patterns, random: () => number, sample: number, prefer: Preference): Rows {
  const {inputs} = rows
  const outputs = rows.outputs.map((row) => [...row])
  const definitions = rows.definitions.map((row) => (row === null ? null : [...row]))
  const all: (number[] | null)[] = [...outputs, ...definitions]
  const first = outputs.length
  const free: number[] = []
  for (const [index, row] of definitions.entries()) if (row === null) free.push(index)
  patterns.clear()
  for (const row of all) {
    if (row === null) continue
    for (let i = 1; i < row.length; i++) for (let j = 0; j < i; j++) patterns.add(at(row, i), at(row, j))
  }
  const drop = (row: number[], code: number) => {
    row.splice(row.indexOf(code), 1)
    for (const other of row) patterns.remove(other, code)
  }
  const put = (row: number[], code: number) => {
    if (row.includes(code ^ 1)) drop(row, code ^ 1)
    else if (row.includes(code)) {
      drop(row, code)
      put(row, code + 2)
    } else {
      for (const other of row) patterns.add(other, code)
      row.push(code)
    }
  }
  for (;;) {
    const slot = patterns.best(random, sample, prefer)
    if (slot < 0) break
    const low = patterns.low(slot)
    const high = patterns.high(slot)
    const users: number[] = []
    let uses = 0
    // A definition that is the pattern, whole, serves the others; so a pattern is never defined twice.
    let existing = -1
    for (const [index, row] of all.entries()) {
      if (row === null) continue
      const place = occurrence(row, low, high)
      if (place < 0) continue
      users.push(index)
      uses += countOccurrences(row, low, high)
      if (row.length === 2 && index >= first && place < 2) existing = index
    }
    if (uses < 2) {
      patterns.drop(slot)
      continue
    }
    let negative = 0
    if (existing >= 0) {
      negative = occurrence(at(all, existing) ?? [], low, high)
    } else {
      existing = first + (free.pop() ?? definitions.length)
      definitions[existing - first] = [low, high]
    }
    const value = inputs + existing - first
    for (const index of users) if (index !== existing) replace(all[index] ?? [], low, high, value, negative)
    if (all[existing] == null) {
      all[existing] = definitions[existing - first] ?? null
      patterns.add(low, high)
    }
  }
  return dissolveUnshared({inputs, outputs, definitions})

  /** Replaces every occurrence in a row by the value, which is the pattern or, if told, its negative. */
  function replace(row: number[], low: number, high: number, value: number, negative: number): void {
    for (;;) {
      const found = occurrence(row, low, high)
      if (found < 0) return
      drop(row, (low + (found & 62)) ^ (found & 1))
      drop(row, (high + (found & 62)) ^ (found & 1))
      put(row, term(value, shiftOf(found), (found & 1) ^ negative))
    }
  }
}

/** Where the pattern (low, high) lies in the row, as shift * 2 + negative, or -1. */
function occurrence(row: readonly number[], low: number, high: number): number {
  const value = sourceOf(low)
  for (const code of row) {
    if (sourceOf(code) !== value) continue
    const offset = code - (low & ~1)
    const negative = (code ^ low) & 1
    const place = (offset & 62) | negative
    if (shiftOf(code) >= shiftOf(low) && row.includes((high + (place & 62)) ^ negative)) return place
  }
  return -1
}

function countOccurrences(row: readonly number[], low: number, high: number): number {
  const rest = [...row]
  for (let count = 0; ; count++) {
    const found = occurrence(rest, low, high)
    if (found < 0) return count
    rest.splice(rest.indexOf((low + (found & 62)) ^ (found & 1)), 1)
    rest.splice(rest.indexOf((high + (found & 62)) ^ (found & 1)), 1)
  }
}
