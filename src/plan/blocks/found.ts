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
 * them, or some of them (`thinned`); 1 after a search.
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
  /** For a sketch: LUTs are scaled from a part of a large matrix. */
  readonly sketch: boolean
}

/** The convolution in adders, for the constant engine. */
export const constantSums = (
  wanted: Wanted,
  addersPerStage: number,
  times: number,
  found: Found = nothingFound(),
): ConstantSums => {
  const thin = thinned(wanted, times, found)
  return remembered(found.constant, wanted, times, thin, () => {
    const result = searched(wanted, times, found, thin, search)
    const network = adders(result, thin.inputs)
    return {network, timed: pipeline(network, addersPerStage), whole: wholeAdders(result) / thin.part}
  })
}

/** The convolution in sums of single bits, biases and constants of rounding among them, for the serial engine. */
export const bitSums = (
  wanted: Wanted,
  {bits, signed}: Rate,
  times: number,
  found: Found = nothingFound(),
): BitSums => {
  const thin = thinned(wanted, times, found)
  return remembered(found.serial, wanted, times, thin, () => {
    const result = searched(wanted, times, found, thin, searchSums)
    const {bias, requantise: rule} = wanted.layer
    const constants = rule === undefined ? [] : roundingUnit(rule, "conv2d").constants
    const serial = planSerial({
      network: sumsOf(result, thin.inputs),
      bias: Array.from(bias, (b, c) => b + (constants[c] ?? 0)),
      inputBits: bits,
      signed,
    })
    return {serial, whole: wholeSums(result) / thin.part}
  })
}

/** One pass is the same for both engines. */
function searched(wanted: Wanted, times: number, found: Found, thin: Thinned, run: typeof search): Searched {
  const {matrix, inputs} = thin
  const columns = wanted.inputs.length
  const find = () => run(matrix, {inputs, columns, effort: times * 500 * Math.max(1, weightsOf(matrix) / 400)})
  return times === 0 ? remembered(found.searched, wanted, 0, thin, find) : find()
}

const weightsOf = (matrix: Wanted["matrix"]): number =>
  matrix.reduce((sum, row) => sum + row.reduce((n, w) => n + (w === 0 ? 0 : 1), 0), 0)

type Thinned = Pick<Wanted, "matrix" | "inputs"> & {
  /** Of all weights that are not zero. */
  readonly part: number
}

/** Weights after which a sketch looks at some of the columns only: neighbours, from the middle, so that they share as all do. */
const SKETCHED = 2000

/** What a pass looks at: all, but for a sketch of a large matrix that no plan has asked for whole. */
function thinned(wanted: Wanted, times: number, found: Found): Thinned {
  const {layer, matrix, inputs, sketch} = wanted
  const whole = {matrix, inputs, part: 1}
  if (!sketch || times > 0 || found.searched.get(layer)?.has(keyOf(wanted, 0, whole))) return whole
  const weights = weightsOf(matrix)
  if (weights <= SKETCHED) return whole
  const count = Math.ceil((inputs.length * SKETCHED) / weights)
  const from = Math.floor((inputs.length - count) / 2)
  const some = matrix.map((row) => row.slice(from, from + count))
  const kept = weightsOf(some)
  // Where weights lie elsewhere, these columns say nothing of the others.
  if (kept < SKETCHED / 2) return whole
  return {matrix: some, inputs: inputs.slice(from, from + count), part: kept / weights}
}

const keyOf = ({positions, inputs}: Wanted, times: number, {part}: Thinned): string =>
  `${positions} ${inputs.map(({min, max}) => `${min} ${max}`).join()} ${times} ${part}`

function remembered<T>(known: Memory<T>, wanted: Wanted, times: number, thin: Thinned, find: () => T): T {
  const key = keyOf(wanted, times, thin)
  const sums = known.get(wanted.layer) ?? new Map<string, T>()
  known.set(wanted.layer, sums)
  const before = sums.get(key)
  if (before !== undefined) return before
  const now = find()
  sums.set(key, now)
  return now
}
