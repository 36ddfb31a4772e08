import {at} from "../../errors.ts"
import type {Range} from "../../graph/format.ts"
import {createPatterns} from "./patterns.ts"
import {countOccurrences, occurrence, pairsOf, type Rows, shiftOf, sourceOf, term} from "./rows.ts"
import {bitsOf, type Part, sumUp} from "./tree.ts"

/** What a state is judged by: adders, their bits (by intervals), outputs left negative. */
export interface Judgement {
  readonly adders: number
  readonly bits: number
  readonly negated: number
}

/** What a sum of so many terms costs; an output's may have a bias besides. */
export type Price = (terms: number, output: boolean) => number

/** Adders of two numbers. */
const twoTerms: Price = (terms) => Math.max(0, terms - 1)

/**
 * Rows under search. Every change goes through dissolve, rewrite and share, which keep the pattern counts; `accept` makes
 * the changes since the last one final, `undo` takes them back. Both cost as much as was changed, not the whole.
 */
export interface State {
  readonly inputs: number
  readonly outputs: number
  /** Outputs, then definitions; null where there is none. Read only. */
  row(index: number): readonly number[] | null
  size(): number
  /** Writes a definition's terms into all its users. */
  dissolve(row: number): void
  /** Replaces some terms of a row by others of the same sum. */
  rewrite(row: number, remove: readonly number[], add: readonly number[]): void
  /** Extracts the most frequent patterns until none occurs twice; dissolves definitions used less than twice. */
  share(sample: number): void
  /** Undefined where the changes need more adders. */
  judge(): Judgement | undefined
  accept(): void
  undo(): void
  snapshot(): Rows
  /** Counter updates and rows scanned so far: the same on every machine. */
  work(): number
}

interface Saved {
  readonly row: number[] | null
  readonly part: Part | undefined
  readonly bits: number
}

export function createState(
  start: readonly (readonly number[])[],
  ranges: readonly Range[],
  random: () => number,
  price: Price = twoTerms,
): State {
  const inputs = ranges.length
  const outputs = start.length
  const patterns = createPatterns(pairsOf(start))
  const rows: (number[] | null)[] = start.map(() => [])
  const bits: number[] = []
  /** Depth and interval of each value; and of each output, at inputs.. of `sums`. */
  const sums: (Part | undefined)[] = []
  const leaves = ranges.map((range, value): Part => ({value, shift: 0, negative: false, depth: 0, range}))
  const uses: number[] = []
  const free: number[] = []
  const journal = new Map<number, Saved>()
  let suspects: number[] = []
  let scanned = 0
  let total: Judgement = {adders: 0, bits: 0, negated: 0}
  let before = total

  const rowOf = (value: number) => value - inputs + outputs
  const valueOfRow = (row: number) => row - outputs + inputs

  const priceOf = (row: readonly number[] | null, output: boolean) => (row === null ? 0 : price(row.length, output))

  function touch(index: number): number[] {
    const row = rows[index] ?? null
    if (journal.has(index) && row !== null) return row
    if (!journal.has(index)) journal.set(index, {row, part: sums[index], bits: bits[index] ?? 0})
    const copy = row === null ? [] : [...row]
    rows[index] = copy
    return copy
  }

  function drop(index: number, code: number): void {
    const row = at(rows, index) ?? []
    row.splice(row.indexOf(code), 1)
    patterns.remove(row, code)
    const source = sourceOf(code)
    uses[source] = (uses[source] ?? 0) - 1
    if (source >= inputs && (uses[source] ?? 0) < 2) suspects.push(rowOf(source))
    if (index >= outputs) suspects.push(index)
  }

  function put(index: number, code: number): void {
    const row = at(rows, index) ?? []
    if (row.includes(code ^ 1)) drop(index, code ^ 1)
    else if (row.includes(code)) {
      drop(index, code)
      put(index, code + 2)
    } else {
      patterns.add(row, code)
      row.push(code)
      const source = sourceOf(code)
      uses[source] = (uses[source] ?? 0) + 1
    }
  }

  function clear(index: number): void {
    const row = at(rows, index) ?? []
    while (row.length > 0) drop(index, at(row, row.length - 1))
  }

  function dissolve(index: number): void {
    const definition = rows[index]
    if (definition == null || index < outputs) return
    const inner = [...definition]
    const value = valueOfRow(index)
    scanned += rows.length >> 3
    for (const [user, row] of rows.entries()) {
      if (row === null || !mentions(row, value)) continue
      for (const code of touch(user).filter((c) => sourceOf(c) === value)) {
        drop(user, code)
        for (const t of inner) put(user, (t + (code & 62)) ^ (code & 1))
      }
    }
    touch(index)
    clear(index)
    rows[index] = null
    free.push(index)
  }

  function create(low: number, high: number): number {
    let index = free.pop() ?? rows.length
    while (rows[index] != null) index = free.pop() ?? rows.length
    touch(index)
    put(index, low)
    put(index, high)
    if (price === twoTerms) measure(index)
    return index
  }

  function extract(slot: number): void {
    const low = patterns.low(slot)
    const high = patterns.high(slot)
    const users: number[] = []
    let found = 0
    // A definition that is the pattern, whole, serves the others; so a pattern is never defined twice.
    let whole = -1
    scanned += rows.length >> 3
    for (let index = 0; index < rows.length; index++) {
      const row = rows[index]
      if (row == null || row.length < 2) continue
      const place = occurrence(row, low, high)
      if (place < 0) continue
      users.push(index)
      found += countOccurrences(row, low, high)
      if (row.length === 2 && index >= outputs && place < 2) whole = index
    }
    if (found < 2) {
      patterns.drop(slot)
      return
    }
    const negative = whole < 0 ? 0 : occurrence(at(rows, whole) ?? [], low, high)
    const index = whole < 0 ? create(low, high) : whole
    for (const user of users) {
      if (user === index) continue
      const row = touch(user)
      for (let place = occurrence(row, low, high); place >= 0; place = occurrence(row, low, high)) {
        drop(user, (low + (place & 62)) ^ (place & 1))
        drop(user, (high + (place & 62)) ^ (place & 1))
        put(user, term(valueOfRow(index), shiftOf(place), (place & 1) ^ negative))
      }
    }
  }

  /** Not worth a value of its own: used once, a single term, or twice another value. */
  function superfluous(index: number): boolean {
    const row = rows[index]
    if (row == null) return false
    return row.length < 2 || (uses[valueOfRow(index)] ?? 0) < 2 || row.every((code) => shiftOf(code) > 0)
  }

  function share(sample: number): void {
    do {
      for (let slot = next(sample); slot >= 0; slot = next(sample)) extract(slot)
      const list = suspects
      suspects = []
      for (const index of list) if (superfluous(index)) dissolve(index)
    } while (suspects.length > 0)
  }
  const next = (sample: number) => patterns.best(random, sample, random)

  function part(value: number): Part {
    if (value < inputs) return at(leaves, value)
    const index = rowOf(value)
    return sums[index] ?? measure(index)
  }

  /** Sums a row up, for its bits, depth and range. */
  function measure(index: number): Part {
    const row = rows[index] ?? []
    let cost = 0
    if (row.length === 2) return measurePair(index, at(row, 0), at(row, 1))
    const result = sumUp(
      row.map((code) => {
        const {value, depth, range} = part(sourceOf(code))
        return {value, shift: shiftOf(code), negative: (code & 1) === 1, depth, range}
      }),
      (_, b) => {
        cost += b
        return 0
      },
    )
    bits[index] = cost
    // Definitions are kept as they stand: a negative sum is of a definition whose terms all are.
    const range = result?.negative ? {min: -result.range.max, max: -result.range.min} : result?.range
    const own = {value: valueOfRow(index), shift: 0, negative: false, depth: result?.depth ?? 0}
    const scale = 2 ** (result?.shift ?? 0)
    const known: Part = {...own, range: {min: (range?.min ?? 0) * scale, max: (range?.max ?? 0) * scale}}
    sums[index] = known
    return known
  }

  /** measure for the commonest row, without a tree. */
  function measurePair(index: number, left: number, right: number): Part {
    const p = part(sourceOf(left))
    const q = part(sourceOf(right))
    const up = 2 ** shiftOf(left)
    const vp = 2 ** shiftOf(right)
    const flip = (left & right & 1) === 1
    const a = (left & 1) === 1 && !flip ? -up : up
    const b = (right & 1) === 1 && !flip ? -vp : vp
    const min = a * (a > 0 ? p.range.min : p.range.max) + b * (b > 0 ? q.range.min : q.range.max)
    const max = a * (a > 0 ? p.range.max : p.range.min) + b * (b > 0 ? q.range.max : q.range.min)
    const least = Math.min(up, vp)
    bits[index] = bitsOf(min / least, max / least) - Math.abs(shiftOf(left) - shiftOf(right))
    const range = flip ? {min: -max, max: -min} : {min, max}
    const known = {value: valueOfRow(index), shift: 0, negative: false, depth: Math.max(p.depth, q.depth) + 1, range}
    sums[index] = known
    return known
  }

  /** Undefined where there are more adders than before: then nothing else matters, and nothing else is computed. */
  function judge(): Judgement | undefined {
    let {adders, negated} = before
    let sum = before.bits
    for (const [index, saved] of journal)
      adders += priceOf(rows[index] ?? null, index < outputs) - priceOf(saved.row, index < outputs)
    if (adders > before.adders && before.adders > 0) return undefined
    // Bits matter where a sum is as many LUTs as it has; one of another price is of single bits.
    if (price !== twoTerms) {
      total = {adders, bits: 0, negated: 0}
      return total
    }
    for (const index of journal.keys()) sums[index] = undefined
    for (const [index, saved] of journal) {
      const row = rows[index] ?? null
      if (row === null || row.length === 0) bits[index] = 0
      else if (sums[index] === undefined) measure(index)
      sum += (bits[index] ?? 0) - saved.bits
      if (index < outputs) negated += Number(allNegative(row)) - Number(allNegative(saved.row))
    }
    total = {adders, bits: sum, negated}
    return total
  }

  function undo(): void {
    for (const [index, saved] of journal) {
      if (rows[index] != null) clear(index)
      sums[index] = saved.part
      bits[index] = saved.bits
      if (saved.row === null) {
        rows[index] = null
        free.push(index)
      } else {
        rows[index] = []
        for (const code of saved.row) put(index, code)
      }
    }
    journal.clear()
    suspects = []
  }

  const accept = () => {
    judge()
    before = total
    journal.clear()
  }

  for (const [index, row] of start.entries()) {
    touch(index)
    for (const code of row) put(index, code)
  }
  patterns.index()
  for (const saved of journal.keys()) journal.set(saved, {row: null, part: undefined, bits: 0})

  return {
    inputs,
    outputs,
    row: (index) => rows[index] ?? null,
    size: () => rows.length,
    dissolve,
    rewrite(index, remove, add) {
      touch(index)
      for (const code of remove) drop(index, code)
      for (const code of add) put(index, code)
    },
    share,
    judge,
    accept,
    undo,
    snapshot: () => ({
      inputs,
      outputs: rows.slice(0, outputs).map((row) => [...(row ?? [])]),
      definitions: rows.slice(outputs).map((row) => (row === null ? null : [...row])),
    }),
    work: () => patterns.work() + scanned,
  }
}

const allNegative = (row: readonly number[] | null): boolean =>
  row !== null && row.length > 0 && row.every((code) => (code & 1) === 1)

function mentions(row: readonly number[], value: number): boolean {
  for (const code of row) if (sourceOf(code) === value) return true
  return false
}
