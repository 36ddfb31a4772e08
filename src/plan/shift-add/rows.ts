/**
 * The form a search works on: rows of terms, each term value << shift with a sign. Values are the inputs and, from
 * `inputs` on, definitions: value inputs + k is the sum of definition k's terms. Adders = sum over rows of terms - 1.
 */
export interface Rows {
  readonly inputs: number
  /** One per row of the matrix. */
  readonly outputs: readonly number[][]
  /** Definition k; null where it was dissolved. */
  readonly definitions: readonly (number[] | null)[]
}

export const term = (value: number, shift: number, negative: number): number => value * 64 + shift * 2 + negative
export const sourceOf = (code: number): number => code >> 6
export const shiftOf = (code: number): number => (code >> 1) & 31

/** Where the pattern (low, high) lies in the row, as shift * 2 + negative, or -1. */
export function occurrence(row: readonly number[], low: number, high: number): number {
  const base = low & ~63
  for (const code of row) {
    if ((code & ~63) !== base || (code & 62) < (low & 62)) continue
    const negative = (code ^ low) & 1
    const place = ((code & 62) - (low & 62)) | negative
    if (row.includes((high + (place & 62)) ^ negative)) return place
  }
  return -1
}

/** Occurrences that share no term. */
export function countOccurrences(row: readonly number[], low: number, high: number): number {
  const rest = [...row]
  for (let count = 0; ; count++) {
    const found = occurrence(rest, low, high)
    if (found < 0) return count
    rest.splice(rest.indexOf((low + (found & 62)) ^ (found & 1)), 1)
    rest.splice(rest.indexOf((high + (found & 62)) ^ (found & 1)), 1)
  }
}

/** Pairs of terms that stand in one row. */
export const pairsOf = (rows: readonly (readonly number[])[]): number =>
  rows.reduce((sum, row) => sum + (row.length * (row.length - 1)) / 2, 0)
