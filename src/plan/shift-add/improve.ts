import {at} from "../../errors.ts"
import type {Range} from "../../graph/format.ts"
import {digitsValue, minimalForms} from "./digits.ts"
import {type Rows, shiftOf, sourceOf, term} from "./rows.ts"
import {createState, type Judgement, type Price, type State} from "./state.ts"

/** Patterns compared at each greedy choice. */
const SAMPLE = 3
/** At most so many definitions dissolved, and fewer than so many coefficients rewritten, a round. */
const DISSOLVE = 6
const REWRITE = 8
/** How much worse (see score) a result may be that is still kept, at the beginning; it falls to nothing. */
const SLACK = 30

/**
 * Shares greedily, then until `effort` counter updates are spent: dissolves some definitions, rewrites some coefficients
 * in other digits of the same number, shares again, and keeps what is no worse (early on, what is a little worse too).
 * Returns the best, and the counter updates it took. Deterministic. Sums cost what `price` says, an adder for two numbers
 * unless told.
 */
export function improve(
  start: readonly (readonly number[])[],
  inputs: readonly Range[],
  effort: number,
  price?: Price,
): {readonly rows: Rows; readonly work: number} {
  const random = generator(1)
  const state = createState(start, inputs, random, price)
  state.share(SAMPLE)
  if (effort <= 0) return {rows: state.snapshot(), work: state.work()}
  state.accept()
  let current = score(state.judge())
  let best = current
  let rows = state.snapshot()
  // A round is charged a little more than its updates, so that matrices without anything to share end too.
  const begun = state.work()
  let rounds = 0
  const spent = () => (state.work() - begun + rounds * 50) / effort
  for (; spent() < 1; rounds++) {
    perturb(state, random)
    state.share(SAMPLE)
    const tried = score(state.judge())
    if (tried > current + SLACK * (1 - spent()) * random()) {
      state.undo()
      continue
    }
    state.accept()
    current = tried
    if (tried < best) {
      best = tried
      rows = state.snapshot()
    }
  }
  return {rows, work: state.work()}
}

/** An adder costs its bits and, for its register and its routing, some more; so does a negation. */
const score = (judgement: Judgement | undefined): number =>
  judgement === undefined ? Number.POSITIVE_INFINITY : judgement.adders * 6 + judgement.bits + judgement.negated * 8

/** Dissolves a few definitions, and writes a few coefficients in other digits. */
function perturb(state: State, random: () => number): void {
  const pick = (n: number) => Math.floor(random() * n)
  const definitions = state.size() - state.outputs
  const count = 1 + pick(DISSOLVE)
  for (let i = 0; i < count && definitions > 0; i++) state.dissolve(state.outputs + pick(definitions))
  const recodes = pick(REWRITE)
  for (let i = 0; i < recodes && state.outputs > 0; i++) recode(state, pick(state.outputs), random)
}

/** Writes one input's coefficient in a row in other digits of the same number. */
function recode(state: State, index: number, random: () => number): void {
  const row = state.row(index) ?? []
  const columns = row.map(sourceOf).filter((value) => value < state.inputs)
  if (columns.length === 0) return
  const column = at(columns, Math.floor(random() * columns.length))
  const old = row.filter((code) => sourceOf(code) === column)
  const forms = minimalForms(digitsValue(old.map((code) => shiftOf(code) * 2 + (code & 1))))
  const form = at(forms, Math.floor(random() * forms.length))
  const now = form.map((digit) => term(column, digit >> 1, digit & 1))
  const changed = old.filter((code) => !now.includes(code))
  if (changed.length > 0)
    state.rewrite(
      index,
      changed,
      now.filter((code) => !old.includes(code)),
    )
}

/** Uniform numbers in [0, 1) from a seed (xorshift32). */
function generator(seed: number): () => number {
  let state = seed
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) / 0x100000000
  }
}
