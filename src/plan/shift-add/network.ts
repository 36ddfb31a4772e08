import {at, TlastError} from "../../errors.ts"
import type {Range} from "../../graph/format.ts"
import {signedBits} from "../../graph/format.ts"
import {combined, dense, type Form, rangeOf, unitForms} from "./forms.ts"

/**
 * (a << aShift) + (b << bShift), or minus. a and b index earlier values, inputs first; the smaller shift is always 0.
 */
export interface Adder {
  readonly a: number
  readonly b: number
  readonly aShift: number
  readonly bShift: number
  readonly subtract: boolean
}

/**
 * One row of the matrix: value << shift, negated if asked. Negation is rare (a row none of whose digits is positive)
 * and free where the consumer adds a bias: bias - y.
 */
export interface Output {
  readonly value: number
  readonly shift: number
  readonly negate: boolean
}

/** y = W x in adders, for a constant integer matrix W. Values are the inputs followed by the adders' results. */
export interface ShiftAdd {
  readonly inputs: readonly Range[]
  readonly adders: readonly Adder[]
  /** One per row of W; null where the row is all zeros. */
  readonly outputs: readonly (Output | null)[]
}

/** What a network costs, before any register. */
export interface Cost {
  readonly adders: number
  /** Sum over adders of bits(exact range of the result) - max(aShift, bShift): LUTs of the carry chains, within 6 %. */
  readonly lutBits: number
  /** Adders on the longest path. */
  readonly depth: number
}

/** Bits of a signal that holds the range: unsigned where nothing is negative, else two's complement. */
export const rangeBits = (range: Range): number =>
  range.min >= 0 ? (range.max <= 0 ? 1 : Math.floor(Math.log2(range.max)) + 1) : signedBits(range)

/**
 * Exact range of every value, inputs first: from its coefficients, so that values which share an input (3x - x) are not
 * overestimated. Throws ACCUMULATOR_TOO_WIDE where a width would pass 32 bits.
 */
export function ranges(network: Pick<ShiftAdd, "inputs" | "adders">): readonly Range[] {
  const before = known.get(network.adders)
  if (before !== undefined && before.inputs === network.inputs) return before.ranges
  const first = network.inputs.length
  const found = formsOf(network).map((form, value) => {
    const range = rangeOf(form, network.inputs)
    if (signedBits(range) > 32) {
      throw new TlastError({
        code: "ACCUMULATOR_TOO_WIDE",
        where: value < first ? `input ${value}` : `adder ${value - first}`,
        message: `needs ${signedBits(range)} bits, and accumulators hold 32`,
        hint: "use fewer weight or activation bits in this layer, or split its channels",
      })
    }
    return range
  })
  known.set(network.adders, {inputs: network.inputs, ranges: found})
  return found
}

/** Ranges found before, by their adders: a plan asks for the same ones several times. */
const known = new WeakMap<readonly Adder[], {readonly inputs: readonly Range[]; readonly ranges: readonly Range[]}>()

/** Each value as a linear form: its coefficient of every input. Inputs first. */
export const coefficients = (network: Pick<ShiftAdd, "inputs" | "adders">): readonly Float64Array[] =>
  formsOf(network).map((form) => dense(form, network.inputs.length))

const formsOf = ({inputs, adders}: Pick<ShiftAdd, "inputs" | "adders">): readonly Form[] => {
  const forms = unitForms(inputs.length)
  for (const {a, b, aShift, bShift, subtract} of adders)
    forms.push(
      combined(forms, [
        {value: a, scale: 2 ** aShift},
        {value: b, scale: (subtract ? -1 : 1) * 2 ** bShift},
      ]),
    )
  return forms
}

/** Exact interval of sum of form[i] * x[i], each x[i] in its own range. */
export const formRange = (form: ArrayLike<number>, inputs: readonly Range[]): Range =>
  rangeOf({from: 0, values: Float64Array.from(form)}, inputs)

/** Interval of one adder's result from its operands': a bound, exact where they share no input. */
export function sumRange(a: Range, b: Range, {aShift, bShift, subtract}: Omit<Adder, "a" | "b">): Range {
  const left = scaled(a, aShift)
  const right = scaled(b, bShift)
  return subtract
    ? {min: left.min - right.max, max: left.max - right.min}
    : {min: left.min + right.min, max: left.max + right.max}
}

/** Range of each output of the network, negation and shift included; {0, 0} for a zero row. */
export function outputRanges(network: ShiftAdd, of: readonly Range[] = ranges(network)): readonly Range[] {
  return network.outputs.map((output) => {
    if (output === null) return {min: 0, max: 0}
    const {min, max} = scaled(at(of, output.value), output.shift)
    return output.negate ? {min: -max, max: -min} : {min, max}
  })
}

/** Adders between the inputs and each value, inputs (0) first. */
export function depths({inputs, adders}: Pick<ShiftAdd, "inputs" | "adders">): readonly number[] {
  const known = inputs.map(() => 0)
  for (const {a, b} of adders) known.push(Math.max(at(known, a), at(known, b)) + 1)
  return known
}

export function cost(network: ShiftAdd): Cost {
  const of = ranges(network)
  const first = network.inputs.length
  const bits = network.adders.map(
    ({aShift, bShift}, index) => rangeBits(at(of, first + index)) - Math.max(aShift, bShift),
  )
  return {
    adders: network.adders.length,
    lutBits: bits.reduce((sum, b) => sum + b, 0),
    depth: Math.max(0, ...depths(network)),
  }
}

/** The network's outputs for one input vector, adder by adder: what the hardware computes. */
export function evaluate({inputs, adders, outputs}: ShiftAdd, x: readonly number[]): readonly number[] {
  const values = inputs.map((_, index) => at(x, index))
  for (const {a, b, aShift, bShift, subtract} of adders) {
    const right = at(values, b) * 2 ** bShift
    values.push(at(values, a) * 2 ** aShift + (subtract ? -right : right))
  }
  return outputs.map((output) => {
    if (output === null) return 0
    const y = at(values, output.value) * 2 ** output.shift
    return output.negate ? 0 - y : y
  })
}

/** The matrix a network multiplies by: its outputs' coefficients. */
export function matrixOf(network: ShiftAdd): readonly (readonly number[])[] {
  const forms = coefficients(network)
  return network.outputs.map((output) =>
    network.inputs.map((_, i) => {
      if (output === null) return 0
      const c = at(at(forms, output.value), i) * 2 ** output.shift
      return (output.negate ? -c : c) + 0
    }),
  )
}

const scaled = ({min, max}: Range, shift: number): Range => ({min: min * 2 ** shift, max: max * 2 ** shift})
