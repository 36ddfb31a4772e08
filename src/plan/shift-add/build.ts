import {at} from "../../errors.ts"
import type {Range} from "../../graph/format.ts"
import type {Adder, Output, ShiftAdd} from "./network.ts"
import {type Rows, shiftOf, sourceOf} from "./rows.ts"
import {type Part, sumUp} from "./tree.ts"

/** Adders for the rows, definitions before their users. */
export function build({inputs, outputs, definitions}: Rows, ranges: readonly Range[]): ShiftAdd {
  const adders: Adder[] = []
  const parts = new Map<number, Part>()
  for (const [value, range] of ranges.entries()) parts.set(value, {value, shift: 0, negative: false, depth: 0, range})

  const emit = (adder: Adder) => inputs + adders.push(adder) - 1
  const sum = (row: readonly number[]): Part | undefined =>
    sumUp(
      row.map((code) => {
        const part = definitionPart(sourceOf(code))
        return {...part, shift: part.shift + shiftOf(code), negative: part.negative !== ((code & 1) === 1)}
      }),
      emit,
    )

  function definitionPart(value: number): Part {
    const known = parts.get(value)
    if (known !== undefined) return known
    const part = sum(at(definitions, value - inputs) ?? []) as Part
    parts.set(value, part)
    return part
  }

  const results = outputs.map((row): Output | null => {
    const part = sum(row)
    return part === undefined ? null : {value: part.value, shift: part.shift, negate: part.negative}
  })
  return {inputs: ranges, adders, outputs: results}
}
