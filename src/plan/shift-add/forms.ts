import {at} from "../../errors.ts"
import type {Range} from "../../graph/format.ts"

/** A linear form of inputs, from its first coefficient that is not 0 to the last: most values are of few, side by side. */
export interface Form {
  readonly from: number
  readonly values: Float64Array
}

/** Each input by itself. */
export const unitForms = (inputs: number): Form[] =>
  Array.from({length: inputs}, (_, from) => ({from, values: new Float64Array([1])}))

/** The sum of some of the forms, each times a number; of none, nothing. */
export function combined(forms: readonly Form[], terms: readonly {value: number; scale: number}[]): Form {
  let from = Number.POSITIVE_INFINITY
  let end = 0
  for (const {value} of terms) {
    const form = at(forms, value)
    from = Math.min(from, form.from)
    end = Math.max(end, form.from + form.values.length)
  }
  const sum = new Float64Array(Math.max(0, end - from))
  for (const {value, scale} of terms) {
    const form = at(forms, value)
    const skip = form.from - from
    for (let i = 0; i < form.values.length; i++) sum[skip + i] = (sum[skip + i] ?? 0) + (form.values[i] ?? 0) * scale
  }
  return {from: terms.length === 0 ? 0 : from, values: sum}
}

/** All coefficients, zeros included. */
export function dense({from, values}: Form, inputs: number): Float64Array {
  const all = new Float64Array(inputs)
  all.set(values, from)
  return all
}

/** Exact interval of the form, each input in its own range. */
export function rangeOf({from, values}: Form, inputs: readonly Range[]): Range {
  let min = 0
  let max = 0
  for (let i = 0; i < values.length; i++) {
    const c = values[i] ?? 0
    if (c === 0) continue
    const x = at(inputs, from + i)
    min += c * (c > 0 ? x.min : x.max)
    max += c * (c > 0 ? x.max : x.min)
  }
  return {min: min + 0, max: max + 0}
}
