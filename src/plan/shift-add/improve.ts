import {at} from "../../errors.ts"
import type {Range} from "../../graph/format.ts"
import {type Built, build} from "./build.ts"
import {digitsValue, minimalForms} from "./digits.ts"
import {createPatterns} from "./patterns.ts"
import {adderCount, expand, type Rows, shiftOf, sourceOf, term} from "./rows.ts"
import {share} from "./search.ts"

/** Patterns compared at each greedy choice. */
const SAMPLE = 8

/**
 * Shares greedily, then for `effort` counter updates: dissolves some definitions, rewrites some coefficients in other
 * digits of the same number, shares again, and keeps the result if it is no worse. Deterministic.
 */
export function improve(start: Rows, inputs: readonly Range[], effort: number): Built & {rounds: number} {
  const random = generator(1)
  const patterns = createPatterns()
  let rows = share(start, patterns, random, SAMPLE, () => random())
  const built = build(rows, inputs)
  let adders = adderCount(rows)
  let best = built
  let bestScore = score(adders, built)
  let currentScore = bestScore
  let rounds = 0
  // A round is charged for the copies it makes too, so that small matrices end as surely as large ones.
  const spent = () => patterns.work() + rounds * (16 + rows.outputs.length)
  while (spent() < effort) {
    rounds++
    const next = share(perturb(rows, random), patterns, random, SAMPLE, () => random())
    const count = adderCount(next)
    if (count > adders + 1) continue
    const tried = build(next, inputs)
    const s = score(count, tried)
    const slack = 6 * (1 - spent() / effort)
    if (s > currentScore + slack * random()) continue
    rows = next
    adders = count
    currentScore = s
    if (s < bestScore) {
      best = tried
      bestScore = s
    }
  }
  return {...best, rounds}
}

const score = (adders: number, {lutBits, negated}: Built): number => adders * 6 + lutBits + negated * 8

/** The rows with a few definitions dissolved, and a few coefficients in other digits. */
function perturb(rows: Rows, random: () => number): Rows {
  const outputs = [...rows.outputs]
  const definitions = [...rows.definitions]
  const pick = (n: number) => Math.floor(random() * n)
  const alive = definitions.flatMap((row, index) => (row === null ? [] : [index]))
  const replace = (value: number, by: readonly number[]) => {
    const into = (row: number[]) => (row.some((code) => sourceOf(code) === value) ? expand(row, value, by) : row)
    for (const [i, row] of outputs.entries()) outputs[i] = into(row)
    for (const [i, row] of definitions.entries()) if (row !== null) definitions[i] = into(row)
  }
  const count = 1 + pick(Math.min(6, 1 + alive.length / 4))
  for (let i = 0; i < count && alive.length > 0; i++) {
    const index = at(alive, pick(alive.length))
    const definition = definitions[index]
    if (definition == null) continue
    definitions[index] = null
    replace(rows.inputs + index, definition)
  }
  const recode = pick(4)
  const all = [...outputs.entries()]
  for (let i = 0; i < recode && all.length > 0; i++) {
    const [r] = at(all, pick(all.length))
    outputs[r] = recoded(at(outputs, r), rows.inputs, random)
  }
  return {inputs: rows.inputs, outputs, definitions}
}

/** The row with one input's coefficient in other digits of the same number. */
function recoded(row: number[], inputs: number, random: () => number): number[] {
  const columns = [...new Set(row.map(sourceOf))].filter((v) => v < inputs)
  if (columns.length === 0) return row
  const column = at(columns, Math.floor(random() * columns.length))
  const digits = row.filter((code) => sourceOf(code) === column).map((code) => shiftOf(code) * 2 + (code & 1))
  const forms = minimalForms(digitsValue(digits))
  const form = at(forms, Math.floor(random() * forms.length))
  return [...row.filter((code) => sourceOf(code) !== column), ...form.map((d) => term(column, d >> 1, d & 1))]
}

/** Uniform numbers in [0, 1) from a seed (xorshift32). */
function generator(seed: number): () => number {
  let state = seed | 0 || 1
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) / 0x100000000
  }
}
