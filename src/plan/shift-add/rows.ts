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

/** Adds a term to a row: the same term twice is one of twice the weight, and with its opposite it vanishes. */
export function insert(row: number[], code: number): void {
  const opposite = row.indexOf(code ^ 1)
  if (opposite >= 0) {
    row.splice(opposite, 1)
    return
  }
  const same = row.indexOf(code)
  if (same < 0) row.push(code)
  else {
    row.splice(same, 1)
    insert(row, code + 2)
  }
}

/** The row with every use of a value replaced by the terms that define it. */
export function expand(row: readonly number[], value: number, definition: readonly number[]): number[] {
  const result: number[] = []
  for (const code of row) if (sourceOf(code) !== value) insert(result, code)
  for (const code of row) {
    if (sourceOf(code) !== value) continue
    for (const inner of definition) insert(result, (inner + (code & 62)) ^ (code & 1))
  }
  return result
}

/** Two-input adders the rows need. */
export function adderCount({outputs, definitions}: Rows): number {
  let count = 0
  for (const row of outputs) if (row.length > 1) count += row.length - 1
  for (const row of definitions) if (row !== null) count += row.length - 1
  return count
}

/** Without the definitions that fewer than two rows use: they are written into their user. */
export function dissolveUnshared({inputs, outputs, definitions}: Rows): Rows {
  const out = [...outputs]
  const kept = [...definitions]
  for (let again = true; again; ) {
    again = false
    const uses = new Map<number, number>()
    for (const row of [...out, ...kept]) {
      if (row === null) continue
      for (const code of row) uses.set(sourceOf(code), (uses.get(sourceOf(code)) ?? 0) + 1)
    }
    for (const [index, definition] of kept.entries()) {
      const value = inputs + index
      const shift = definition === null ? 0 : Math.min(...definition.map(shiftOf))
      if (definition !== null && definition.length > 1 && shift > 0) {
        // Twice a value is not worth a definition of its own: halve it and double its uses.
        kept[index] = definition.map((code) => code - 2 * shift)
        const double = (row: number[]) =>
          row.some((c) => sourceOf(c) === value) ? expand(row, value, [term(value, shift, 0)]) : row
        for (const [r, row] of out.entries()) out[r] = double(row)
        for (const [r, row] of kept.entries()) if (row !== null) kept[r] = double(row)
        again = true
        break
      }
      const count = uses.get(value) ?? 0
      if (definition === null || (count > 1 && definition.length > 1)) continue
      const replace = (row: number[]) => (row.some((c) => sourceOf(c) === value) ? expand(row, value, definition) : row)
      kept[index] = null
      again = true
      for (const [r, row] of out.entries()) out[r] = replace(row)
      for (const [r, row] of kept.entries()) if (row !== null) kept[r] = replace(row)
      // Counts of what this definition used change where it was used other than once.
      if (count !== 1 || definition.length < 2) break
    }
  }
  return {inputs, outputs: out, definitions: kept}
}
