import type {Range} from "../../graph/format.ts"
import type {IntegerConv2d} from "../../graph/integer.ts"
import {type SerialSums, serialSums} from "../serial-sums.ts"
import type {ShiftAdd} from "../shift-add/network.ts"
import {optimise} from "../shift-add/optimise.ts"

/** Sums found before: several plans of one network share a convolution's, where as many positions come at once. */
export interface Found {
  readonly constant: WeakMap<IntegerConv2d, Map<string, ShiftAdd>>
  readonly serial: WeakMap<IntegerConv2d, Map<string, SerialSums>>
}

export const nothingFound = (): Found => ({constant: new WeakMap(), serial: new WeakMap()})

/** What a convolution multiplies by, at so many positions at once, and how long to search in times the default. */
export interface Wanted {
  readonly layer: IntegerConv2d
  readonly positions: number
  readonly matrix: readonly (readonly number[])[]
  readonly inputs: readonly Range[]
}

/** The convolution in adders, for the constant engine. */
export const constantSums = (wanted: Wanted, times: number, found: Found | undefined): ShiftAdd =>
  remembered(wanted, times, found?.constant, optimise)

/** The convolution in sums of single bits, for the serial engine. */
export const bitSums = (wanted: Wanted, times: number, found: Found | undefined): SerialSums =>
  remembered(wanted, times, found?.serial, serialSums)

function remembered<T>(
  {layer, positions, matrix, inputs}: Wanted,
  times: number,
  known: WeakMap<IntegerConv2d, Map<string, T>> | undefined,
  search: (matrix: Wanted["matrix"], options: {inputs: readonly Range[]; effort: number}) => T,
): T {
  const weights = matrix.reduce((sum, row) => sum + row.filter((w) => w !== 0).length, 0)
  const effort = times * 500 * Math.max(1, weights / 400)
  const key = `${positions} ${inputs.map(({min, max}) => `${min} ${max}`).join()} ${effort}`
  const before = known?.get(layer)?.get(key)
  if (before !== undefined) return before
  const sums = search(matrix, {inputs, effort})
  known?.set(layer, new Map(known.get(layer)).set(key, sums))
  return sums
}
