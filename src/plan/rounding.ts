import {at} from "../errors.ts"
import type {NumberFormat, Range} from "../graph/format.ts"
import type {LinearLayer, Requantise} from "../graph/integer.ts"
import type {RequantiseShape} from "./cost.ts"

/** ROUNDING of rtl/requantise.sv, and what its BIAS has on top of the layer's, per channel. */
export interface RoundingUnit {
  readonly mode: 0 | 1 | 2 | 3
  readonly constants: readonly number[]
}

/**
 * How hardware rounds: a constant and a floor where that is exact, else one of the three units. After relu the modes of
 * LiteRT are constants too: they differ from one only below zero (docs/hardware.md has the two-line proofs).
 */
export function roundingUnit({shifts, rounding, relu}: Requantise, kind: LinearLayer["kind"]): RoundingUnit {
  const half = (shift: number) => (shift === 0 ? 0 : 2 ** (shift - 1))
  const zeros = shifts.map(() => 0)
  switch (rounding) {
    case "floor":
      return {mode: 0, constants: zeros}
    case "half-up":
      return {mode: 0, constants: shifts.map(half)}
    case "half-even":
      return {mode: 1, constants: zeros}
    case "tflite":
      if (!relu) return {mode: kind === "dense" ? 2 : 3, constants: zeros}
      return {mode: 0, constants: shifts.map((n) => half(n) + (kind !== "dense" && n >= 2 ? 1 : 0))}
  }
}

/** Bits of the sum in rtl/requantise.sv: the accumulator with bias and rounding, and room to compare and shift. */
export function requantiseRoom(acc: {min: number; max: number}, shift: number, outBits: number): number {
  const bits = (value: number) => Math.floor(Math.log2(Math.max(1, Math.abs(value)))) + 2
  const slack = 2 ** shift + 2
  return Math.max(bits(acc.min - slack), bits(acc.max + slack), outBits + 2, shift + 2)
}

/** What cost.requantise asks of one channel's unit, `acc` being its accumulator with the bias. */
export const unitShape = (
  {relu, overflow}: Requantise,
  {bits, signed}: NumberFormat,
  acc: Range,
  shift: number,
  mode: number,
): RequantiseShape => ({
  room: requantiseRoom(acc, shift, bits),
  shift,
  outBits: bits,
  signed,
  relu,
  wrap: overflow === "wrap",
  mode,
})

/** The range of a unit that serves a channel of every pass. */
export const widest = (ranges: readonly Range[]): Range => ({
  min: Math.min(...ranges.map(({min}) => min)),
  max: Math.max(...ranges.map(({max}) => max)),
})

/** All shifts of a layer are one. */
export const uniform = (shifts: readonly number[]): boolean => shifts.every((n) => n === at(shifts, 0))
