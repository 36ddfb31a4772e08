import type {Range} from "../../graph/format.ts"
import type {IntegerConv2d} from "../../graph/integer.ts"
import {type PipelinedSums, pipeline} from "../pipeline.ts"
import type {Rate} from "../plan.ts"
import {roundingUnit} from "../rounding.ts"
import {planSerial, type SerialPlan} from "../serial.ts"
import {searchSums, sumsOf, wholeSums} from "../serial-sums.ts"
import type {ShiftAdd} from "../shift-add/network.ts"
import {adders, type Searched, search, wholeAdders} from "../shift-add/optimise.ts"

/**
 * A convolution's sums, planned. `whole` is what they would cost of this, had one pass shared all columns and not blocks of
 * them; 1 after a search.
 */
export interface ConstantSums {
  readonly network: ShiftAdd
  readonly timed: PipelinedSums
  readonly whole: number
}
export interface BitSums {
  readonly serial: SerialPlan
  readonly whole: number
}

/** Sums found before: several plans of one network share a convolution's, where as many positions come at once. */
export interface Found {
  readonly searched: Memory<Searched>
  readonly constant: Memory<ConstantSums>
  readonly serial: Memory<BitSums>
}

type Memory<T> = WeakMap<IntegerConv2d, Map<string, T>>

export const nothingFound = (): Found => ({searched: new WeakMap(), constant: new WeakMap(), serial: new WeakMap()})

/** What a convolution multiplies by, at so many positions at once, and how long to search in times the default. */
export interface Wanted {
  readonly layer: IntegerConv2d
  readonly positions: number
  readonly matrix: readonly (readonly number[])[]
  readonly inputs: readonly Range[]
}

/** The convolution in adders, for the constant engine. */
export const constantSums = (
  wanted: Wanted,
  addersPerStage: number,
  times: number,
  found: Found = nothingFound(),
): ConstantSums =>
  remembered(found.constant, wanted, times, () => {
    const result = searched(wanted, times, found, search)
    const network = adders(result, wanted.inputs)
    return {network, timed: pipeline(network, addersPerStage), whole: wholeAdders(result)}
  })

/** The convolution in sums of single bits, biases and constants of rounding among them, for the serial engine. */
export const bitSums = (wanted: Wanted, {bits, signed}: Rate, times: number, found: Found = nothingFound()): BitSums =>
  remembered(found.serial, wanted, times, () => {
    const result = searched(wanted, times, found, searchSums)
    const {bias, requantise: rule} = wanted.layer
    const constants = rule === undefined ? [] : roundingUnit(rule, "conv2d").constants
    const serial = planSerial({
      network: sumsOf(result, wanted.inputs),
      bias: Array.from(bias, (b, c) => b + (constants[c] ?? 0)),
      inputBits: bits,
      signed,
    })
    return {serial, whole: wholeSums(result)}
  })

/** One pass is the same for both engines. */
function searched(wanted: Wanted, times: number, found: Found, run: typeof search): Searched {
  const {matrix, inputs} = wanted
  const weights = matrix.reduce((sum, row) => sum + row.filter((w) => w !== 0).length, 0)
  const search = () => run(matrix, {inputs, effort: times * 500 * Math.max(1, weights / 400)})
  return times === 0 ? remembered(found.searched, wanted, 0, search) : search()
}

function remembered<T>(known: Memory<T>, {layer, positions, inputs}: Wanted, times: number, find: () => T): T {
  const key = `${positions} ${inputs.map(({min, max}) => `${min} ${max}`).join()} ${times}`
  const before = known.get(layer)?.get(key)
  if (before !== undefined) return before
  const sums = find()
  known.set(layer, new Map(known.get(layer)).set(key, sums))
  return sums
}
