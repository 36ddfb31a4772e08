import {at} from "../errors.ts"
import type {Range} from "../graph/format.ts"
import {wholeOf} from "./shift-add/blocks.ts"
import {combined, dense, type Form, rangeOf, unitForms} from "./shift-add/forms.ts"
import {type OptimiseOptions, type Searched, search} from "./shift-add/optimise.ts"
import {type Rows, shiftOf, sourceOf} from "./shift-add/rows.ts"

/** A number in a sum: value << shift, perhaps subtracted. Values are the inputs, then the sums. */
export interface SerialTerm {
  readonly value: number
  readonly shift: number
  readonly negative: boolean
}

/** y = W x in sums of two to four numbers, each one rtl/serial_sum.sv. */
export interface SerialSums {
  readonly inputs: readonly Range[]
  /** Two to four terms each, the least shift 0, one at least not negative. */
  readonly sums: readonly (readonly SerialTerm[])[]
  /** One per row of W: what is left to be added, with a bias if there is one; at most three terms, none for zeros. */
  readonly outputs: readonly (readonly SerialTerm[])[]
}

/** Numbers one sum takes, and of those of an output: one place is the bias's, or a zero's that makes a sum positive. */
const TERMS = 4
const OUTPUT_TERMS = TERMS - 1

/** LUTs of a sum of so many numbers, in sums of four where it can be: two for two numbers, three for three or four. */
export const serialLuts = (terms: number): number =>
  terms < 2 ? 0 : terms - 1 + ((terms - 1) % (TERMS - 1) === 0 ? 0 : 1)

/** What the search counts: serialLuts, without its steps where more terms come and go. */
const price = (terms: number, output: boolean): number => {
  const n = terms + (output ? 1 : 0)
  return n < 4 ? serialLuts(n) : n - 1 + 2 / 3
}

/** Additions of two numbers it comes to. */
export const additions = ({sums, outputs}: SerialSums): number =>
  sums.reduce((n, terms) => n + terms.length - 1, 0) +
  outputs.reduce((n, terms) => n + Math.max(0, terms.length - 1), 0)

/**
 * Sums that multiply by the matrix (rows = outputs), shared greedily and then searched for as optimise does; a shared sum
 * is kept only where it saves LUTs. Errors as optimise's.
 */
export const serialSums = (matrix: readonly (readonly number[])[], options: OptimiseOptions): SerialSums =>
  sumsOf(searchSums(matrix, options), options.inputs)

/** The search alone, for as few LUTs of such sums as can be. */
export const searchSums = (matrix: readonly (readonly number[])[], options: OptimiseOptions): Searched =>
  search(matrix, options, price)

/** Of a pass in blocks: the part of its sums that a pass over the whole would need. 1 where that is what it was. */
export const wholeSums = ({sample}: Searched): number =>
  sample === undefined
    ? 1
    : wholeOf(sample, ({outputs, definitions}) =>
        [...outputs, ...definitions].reduce((sum, row) => sum + Math.max(0, (row?.length ?? 0) - 1), 0),
      )

/** What a search found, in sums of up to four numbers. */
export function sumsOf({rows, places}: Searched, ranges: readonly Range[]): SerialSums {
  const {inputs, outputs, definitions} = inlined(rows)
  const sums: SerialTerm[][] = []
  const known = new Map<number, Part>()
  const partOf = (value: number): Part => {
    if (value < inputs) return {value, shift: 0, negative: false, level: 0}
    const part = known.get(value) ?? (at(reduce(at(definitions, value - inputs) ?? [], 1), 0) as Part)
    known.set(value, part)
    return part
  }
  const reduce = (row: readonly number[], most: number): Part[] =>
    gather(
      row.map((code) => {
        const part = partOf(sourceOf(code))
        return {...part, shift: part.shift + shiftOf(code), negative: part.negative !== ((code & 1) === 1)}
      }),
      most,
      (terms) => inputs + sums.push(terms) - 1,
    )
  const found = outputs.map((row) => reduce(row, OUTPUT_TERMS))
  return {
    inputs: ranges,
    sums,
    outputs: places.map((place) =>
      place === null
        ? []
        : at(found, place.row).map(({value, shift, negative}) => ({
            value,
            shift: shift + place.shift,
            negative: negative !== place.negative,
          })),
    ),
  }
}

interface Part extends SerialTerm {
  /** Sums on the longest path to it. */
  readonly level: number
}

/** Adds parts up, those first there first, until so many are left. As many sums as can be have four terms. */
function gather(parts: readonly Part[], most: number, emit: (terms: SerialTerm[]) => number): Part[] {
  const order = (p: Part, q: Part) => p.level - q.level || p.shift - q.shift
  const open = [...parts].sort(order)
  while (open.length > most) {
    const over = (open.length - most) % (TERMS - 1)
    const group = open.splice(0, over === 0 ? TERMS : over + 1)
    const shift = Math.min(...group.map((part) => part.shift))
    const negative = group.every((part) => part.negative)
    const value = emit(
      group.map((part) => ({
        value: part.value,
        shift: part.shift - shift,
        negative: part.negative && !negative,
      })),
    )
    const sum: Part = {value, shift, negative, level: Math.max(...group.map((part) => part.level)) + 1}
    let place = open.length
    while (place > 0 && order(at(open, place - 1), sum) > 0) place--
    open.splice(place, 0, sum)
  }
  return open
}

/** Without the shared sums that cost as much as what they save, and those without a term of their own scale. */
function inlined({inputs, outputs, definitions}: Rows): Rows {
  const rows = [...outputs, ...definitions].map((row) => (row === null ? null : [...row]))
  const rowPrice = (terms: number, index: number) => serialLuts(terms + (index < outputs.length ? 1 : 0))
  // Who may mention a definition: it only grows, as its users' terms are written into others.
  const usersOf = new Map<number, Set<number>>()
  const note = (user: number) => {
    for (const code of rows[user] ?? []) {
      const value = sourceOf(code)
      if (value < inputs) continue
      const users = usersOf.get(value)
      if (users === undefined) usersOf.set(value, new Set([user]))
      else users.add(user)
    }
  }
  for (const user of rows.keys()) note(user)
  for (let index = outputs.length; index < rows.length; index++) {
    const row = rows[index]
    if (row == null) continue
    const value = index - outputs.length + inputs
    const users = [...(usersOf.get(value) ?? [])].filter((user) => mentions(rows[user], value)).sort((p, q) => p - q)
    const replaced = users.map((user) => written(rows[user] ?? [], value, row))
    const saved = users.reduce((sum, user, k) => {
      const before = rows[user]?.length ?? 0
      return sum + rowPrice(at(replaced, k).length, user) - rowPrice(before, user)
    }, 0)
    const needed = row.length > 1 && row.some((code) => shiftOf(code) === 0)
    if (needed && saved > serialLuts(row.length)) continue
    for (const [k, user] of users.entries()) {
      rows[user] = at(replaced, k)
      note(user)
    }
    rows[index] = null
  }
  return {
    inputs,
    outputs: rows.slice(0, outputs.length).map((row) => row ?? []),
    definitions: rows.slice(outputs.length),
  }
}

const mentions = (row: readonly number[] | null | undefined, value: number): boolean =>
  row?.some((code) => sourceOf(code) === value) ?? false

/** A row with a value's terms in the place of the value; digits that meet cancel or carry. */
function written(row: readonly number[], value: number, terms: readonly number[]): number[] {
  const result: number[] = []
  const uses: number[] = []
  for (const code of row) (sourceOf(code) === value ? uses : result).push(code)
  const put = (code: number): void => {
    const opposite = result.indexOf(code ^ 1)
    const same = opposite < 0 ? result.indexOf(code) : -1
    if (opposite >= 0) result.splice(opposite, 1)
    else if (same >= 0) {
      result.splice(same, 1)
      put(code + 2)
    } else result.push(code)
  }
  for (const code of uses) for (const t of terms) put((t + (code & 62)) ^ (code & 1))
  return result
}

/** The matrix it multiplies by. */
export const sumsMatrix = (network: SerialSums): readonly (readonly number[])[] =>
  outputForms(network).map((form) => Array.from(dense(form, network.inputs.length), (w) => w + 0))

/** Exact interval of every output, without bias. */
export const sumRanges = (network: SerialSums): readonly Range[] =>
  outputForms(network).map((form) => rangeOf(form, network.inputs))

function outputForms({inputs, sums, outputs}: SerialSums): readonly Form[] {
  const forms = unitForms(inputs.length)
  const form = (terms: readonly SerialTerm[]) =>
    combined(
      forms,
      terms.map(({value, shift, negative}) => ({value, scale: (negative ? -1 : 1) * 2 ** shift})),
    )
  for (const terms of sums) forms.push(form(terms))
  return outputs.map(form)
}
