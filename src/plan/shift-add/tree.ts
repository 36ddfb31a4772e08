import {at} from "../../errors.ts"
import type {Range} from "../../graph/format.ts"
import type {Adder} from "./network.ts"

/** A partial sum while a row is summed up: value << shift, perhaps to be subtracted. */
export interface Part {
  readonly value: number
  readonly shift: number
  readonly negative: boolean
  readonly depth: number
  readonly range: Range
}

/** Longest row in which every pair of parts is tried; of longer ones, only so many of least depth. */
const PAIRS_AMONG = 20

/**
 * Sums parts up in a tree of least depth, and among those the one of least bits, greedily. `emit` takes each adder in
 * order and its bits, and returns the value it becomes. A negative result is one whose parts all were; none is undefined.
 */
export function sumUp(parts: readonly Part[], emit: (adder: Adder, bits: number) => number): Part | undefined {
  // Ascending by depth, of equal ones the older first.
  const open = parts.length > 2 ? [...parts].sort((p, q) => p.depth - q.depth) : [...parts]
  while (open.length > 1) {
    const [left, right] = open.length > 2 ? cheapest(open) : [0, 1]
    const first = at(open, left)
    const second = at(open, right)
    open.splice(right, 1)
    open.splice(left, 1)
    const sum = join(first, second, emit)
    let place = open.length
    while (place > 0 && at(open, place - 1).depth > sum.depth) place--
    open.splice(place, 0, sum)
  }
  return open[0]
}

/** Where the pair of fewest bits is, of those whose sum is of least depth. */
function cheapest(open: readonly Part[]): readonly [number, number] {
  const among = Math.min(open.length, PAIRS_AMONG)
  const depth = at(open, 1).depth
  let left = 0
  let right = 1
  let least = Number.POSITIVE_INFINITY
  for (let j = 1; j < among; j++) {
    const q = at(open, j)
    if (q.depth > depth) break
    for (let i = 0; i < j; i++) {
      const bits = joinedBits(at(open, i), q)
      if (bits < least) {
        least = bits
        left = i
        right = j
      }
    }
  }
  return [left, right]
}

function join(left: Part, right: Part, emit: (adder: Adder, bits: number) => number): Part {
  const [p, q] = left.negative && !right.negative ? [right, left] : [left, right]
  const shift = Math.min(p.shift, q.shift)
  const subtract = p.negative !== q.negative
  const aShift = p.shift - shift
  const bShift = q.shift - shift
  const range = {
    min: p.range.min * 2 ** aShift + (subtract ? -q.range.max : q.range.min) * 2 ** bShift,
    max: p.range.max * 2 ** aShift + (subtract ? -q.range.min : q.range.max) * 2 ** bShift,
  }
  const value = emit({a: p.value, b: q.value, aShift, bShift, subtract}, joinedBits(p, q))
  return {value, shift, negative: p.negative && q.negative, depth: Math.max(p.depth, q.depth) + 1, range}
}

/** Bits of the sum of two parts above the higher shift: bits(range) - max(aShift, bShift). */
function joinedBits(left: Part, right: Part): number {
  const flip = left.negative && !right.negative
  const p = flip ? right : left
  const q = flip ? left : right
  const apart = p.shift - q.shift
  const up = at(powers, apart > 0 ? apart : 0)
  const vp = at(powers, apart < 0 ? -apart : 0)
  const subtract = p.negative !== q.negative
  const min = p.range.min * up + (subtract ? -q.range.max : q.range.min) * vp
  const max = p.range.max * up + (subtract ? -q.range.min : q.range.max) * vp
  return bitsOf(min, max) - Math.abs(apart)
}

/** Of two, by exponent: this is called too often to raise to powers. */
const powers: readonly number[] = Array.from({length: 64}, (_, n) => 2 ** n)

/** rangeBits for the search: 32-bit magnitudes by counting zeros, larger ones (refused later) by logarithm. */
export function bitsOf(min: number, max: number): number {
  const magnitude = min >= 0 ? max : Math.max(max, -min - 1)
  const sign = min >= 0 ? 0 : 1
  if (magnitude < 0x80000000) return Math.max(1, 32 - Math.clz32(magnitude) + sign)
  return Math.floor(Math.log2(magnitude)) + 1 + sign
}
