import {TlastError} from "../../errors.ts"
import type {Range} from "../../graph/format.ts"

import {improveInBlocks, type Shared, wholeOf} from "./blocks.ts"
import {build} from "./build.ts"
import {canonicalDigits} from "./digits.ts"
import {cost, type Output, type ShiftAdd} from "./network.ts"
import {term} from "./rows.ts"
import type {Price} from "./state.ts"

export interface OptimiseOptions {
  /** Range of each input, one per column of the matrix. */
  readonly inputs: readonly Range[]
  /**
   * How long to search, in thousands of counter updates (so that it is deterministic; a thousand take about 0.4 ms).
   * 0 is one greedy pass, of large matrices in blocks of columns. Default: 500 for up to 400 non-zero weights, which takes some 0.2 s, and 1.25 a weight beyond.
   */
  readonly effort?: number
  /** Columns of the matrix of which this is a sample of neighbours; default its own. */
  readonly columns?: number
}

/**
 * A shift-add network that multiplies by the matrix (rows = outputs, columns = inputs; integers of at most 24 bits):
 * greedy sharing of two-term patterns in signed digits, then rounds of dissolving a few shared values, rewriting a few
 * coefficients, and sharing again, keeping what is no worse. The same matrix always gives the same network.
 */
export const optimise = (matrix: readonly (readonly number[])[], options: OptimiseOptions): ShiftAdd =>
  adders(search(matrix, options), options.inputs)

/** What a search found, in adders of two numbers. */
export function adders({rows, places}: Searched, inputs: readonly Range[]): ShiftAdd {
  const network = build(rows, inputs)
  const outputs = places.map((place): Output | null => {
    if (place === null) return null
    const output = network.outputs[place.row]
    if (output == null) return null
    return {value: output.value, shift: output.shift + place.shift, negate: output.negate !== place.negative}
  })
  return {...network, outputs}
}

/** Of a pass in blocks: the part of its adders' bits that a pass over the whole would need. 1 where that is what it was. */
export const wholeAdders = ({sample}: Searched): number =>
  sample === undefined ? 1 : wholeOf(sample, (rows) => cost(build(rows, sample.inputs)).lutBits)

/** Where a row of the matrix is found: a multiple of a row of the search, or all zeros. */
export type Place = {readonly row: number; readonly shift: number; readonly negative: boolean} | null

/** Rows of terms, and where each row of the matrix is among them. */
export interface Searched extends Shared {
  readonly places: readonly Place[]
}

/** The search alone. `price` is that of improve.ts; in one pass (effort 0) it makes no difference. */
export function search(matrix: readonly (readonly number[])[], options: OptimiseOptions, price?: Price): Searched {
  const {inputs} = options
  check(matrix, inputs)
  // Rows that are multiples (by a power of two, or -1) of one another are computed once.
  const unique: (readonly number[])[] = []
  const index = new Map<string, number>()
  const places = matrix.map((row): Place => {
    const first = row.find((w) => w !== 0)
    if (first === undefined) return null
    let shift = 0
    while (row.every((w) => w % 2 ** (shift + 1) === 0)) shift++
    const negative =
      row.every((w) => w <= 0) || (first < 0 && row.some((w) => w < 0) && index.has(key(row, shift, true)))
    const name = key(row, shift, negative)
    const flipped = key(row, shift, !negative)
    const known = index.get(name)
    if (known !== undefined) return {row: known, shift, negative}
    const opposite = index.get(flipped)
    if (opposite !== undefined) return {row: opposite, shift, negative: !negative}
    index.set(name, unique.length)
    unique.push(row.map((w) => (negative ? -w : w) / 2 ** shift + 0))
    return {row: unique.length - 1, shift, negative}
  })
  const start = unique.map((row) =>
    row.flatMap((w, column) => canonicalDigits(w).map((digit) => term(column, digit >> 1, digit & 1))),
  )
  const weights = unique.reduce((n, row) => n + row.filter((w) => w !== 0).length, 0)
  const effort = (options.effort ?? 500 * Math.max(1, weights / 400)) * 1000
  return {...improveInBlocks(start, inputs, effort, price, options.columns), places}
}

const key = (row: readonly number[], shift: number, negative: boolean): string =>
  row.map((w) => (negative ? -w : w) / 2 ** shift + 0).join()

function check(matrix: readonly (readonly number[])[], inputs: readonly Range[]): void {
  for (const [r, row] of matrix.entries()) {
    if (row.length !== inputs.length) {
      throw new TlastError({
        code: "MATRIX_SHAPE",
        where: `row ${r}`,
        message: `has ${row.length} weights, and there are ${inputs.length} inputs`,
        hint: "give every row one weight per input",
      })
    }
    for (const [c, w] of row.entries()) {
      if (!Number.isInteger(w) || Math.abs(w) >= 2 ** 24) {
        throw new TlastError({
          code: "MATRIX_WEIGHT",
          where: `row ${r}, column ${c}`,
          message: `found ${w}, expected an integer of at most 24 bits`,
          hint: "quantise the weights first",
        })
      }
    }
  }
}
