import type {Range} from "../../graph/format.ts"
import {improve} from "./improve.ts"
import {pairsOf, type Rows, sourceOf} from "./rows.ts"
import type {Price} from "./state.ts"

/**
 * Pairs of terms that stand in one row: what a search counts before its first choice, and so most of a greedy pass. Past
 * these, columns are shared in blocks: of one pass (an estimate's, 0.1 s), and of a search (some seconds, and 200 MB).
 */
const PASS_PAIRS = 250_000
const SEARCH_PAIRS = 4_000_000

/** Columns of a block at least: of fewer, what is left of the rows is long, and its sum is most of the work. */
const NARROWEST = 8
/** The sample is at most a fourth of the columns. */
const SAMPLED = 4

/** Some columns shared in two or four blocks, and in one. */
export interface Sample {
  readonly narrow: Rows
  readonly wide: Rows
  readonly inputs: readonly Range[]
  /** How often the width grows so until one block holds all columns. */
  readonly widenings: number
}

export interface Shared {
  readonly rows: Rows
  /** Of one pass in several blocks: what tells how much more a pass over the whole would share. */
  readonly sample?: Sample
  /** Counter updates it took. */
  readonly work: number
}

type Start = readonly (readonly number[])[]

/**
 * improve(), in as many blocks of columns as keep its work in bounds: what they leave of a row is added up. Where the matrix
 * is but a part of one of `columns`, the sample is for that one.
 */
export function improveInBlocks(
  start: Start,
  inputs: readonly Range[],
  effort: number,
  price?: Price,
  columns = inputs.length,
): Shared {
  const pairs = pairsOf(start)
  const most = effort > 0 ? SEARCH_PAIRS : PASS_PAIRS
  // Pairs grow as a block's width does.
  const width = Math.max(NARROWEST, Math.floor((inputs.length * most) / Math.max(1, pairs)))
  if (width >= inputs.length) {
    const found = improve(start, inputs, effort, price)
    if (columns <= inputs.length) return found
    const half = Math.ceil(inputs.length / 2)
    const halves = inBlocks(start, inputs, 0, inputs.length, half, effort, price)
    const widenings = Math.log2(columns / inputs.length)
    return {
      rows: found.rows,
      work: found.work + halves.work,
      sample: {narrow: halves.rows, wide: found.rows, inputs, widenings},
    }
  }
  const whole = inBlocks(start, inputs, 0, inputs.length, width, effort, price)
  if (effort > 0) return whole
  const parts = 2 ** Math.max(1, Math.min(2, Math.floor(Math.log2(inputs.length / SAMPLED / width))))
  const count = Math.min(parts * width, Math.ceil(inputs.length / SAMPLED))
  const from = Math.floor((inputs.length - count) / 2)
  const narrow = inBlocks(start, inputs, from, count, Math.ceil(count / parts), effort, price)
  const wide = inBlocks(start, inputs, from, count, count, effort, price)
  return {
    rows: whole.rows,
    work: whole.work + narrow.work + wide.work,
    sample: {
      narrow: narrow.rows,
      wide: wide.rows,
      inputs: inputs.slice(from, from + count),
      widenings: Math.log2(columns / width) / Math.log2(parts),
    },
  }
}

/** What a pass over the whole would cost of what one in blocks does: each widening saves what the sample's did. */
export function wholeOf({narrow, wide, widenings}: Sample, costOf: (rows: Rows) => number): number {
  const before = costOf(narrow)
  return before === 0 ? 1 : Math.max(0.5, Math.min(1, 1 - widenings * (1 - costOf(wide) / before)))
}

function inBlocks(
  start: Start,
  inputs: readonly Range[],
  from: number,
  count: number,
  width: number,
  effort: number,
  price?: Price,
): Shared {
  const outputs: number[][] = start.map(() => [])
  const definitions: (number[] | null)[] = []
  let work = 0
  for (let first = 0; first < count; first += width) {
    const here = Math.min(width, count - first)
    const low = from + first
    const rows = start.map((row) => row.filter((code) => inside(code, low, here)).map((code) => code - low * 64))
    const found = improve(rows, inputs.slice(low, low + here), (effort * here) / count, price)
    // Inputs go where they were, definitions behind all that are there.
    const up = count + definitions.length - here
    const moved = (code: number) => code + 64 * (sourceOf(code) < here ? first : up)
    for (const [i, row] of found.rows.outputs.entries()) outputs[i]?.push(...row.map(moved))
    definitions.push(...found.rows.definitions.map((row) => row?.map(moved) ?? null))
    work += found.work
  }
  return {rows: {inputs: count, outputs, definitions}, work}
}

const inside = (code: number, low: number, count: number): boolean =>
  sourceOf(code) >= low && sourceOf(code) < low + count
