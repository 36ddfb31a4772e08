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
  const pairs: (Pair | undefined)[] = []
  while (open.length > 1) {
    const [left, right] = open.length > 2 ? cheapest(open, pairs) : [0, 1]
    const first = at(open, left)
    const second = at(open, right)
    take(right, second)
    take(left, first)
    const sum = join(first, second, emit)
    let place = open.length
    while (place > 0 && at(open, place - 1).depth > sum.depth) place--
    open.splice(place, 0, sum)
    if (place < pairs.length) pairs.splice(place, 0, undefined)
  }
  return open[0]

  function take(index: number, part: Part): void {
    open.splice(index, 1)
    pairs.splice(index, 1)
    for (let j = index; j < pairs.length; j++) if (pairs[j]?.mate === part) pairs[j] = undefined
  }
}

/** Of a part, the earlier one that it makes the fewest bits with. Sums come in behind, so it changes only with that one. */
interface Pair {
  readonly mate: Part
  readonly bits: number
}

/** Where the pair of fewest bits is, of those whose sum is of least depth. `pairs` has what is known of each part. */
function cheapest(open: readonly Part[], pairs: (Pair | undefined)[]): readonly [number, number] {
  const among = Math.min(open.length, PAIRS_AMONG)
  const depth = at(open, 1).depth
  let right = 1
  let least: Pair | undefined
  for (let j = 1; j < among; j++) {
    if (at(open, j).depth > depth) break
    const pair = pairs[j] ?? nearest(open, j)
    pairs[j] = pair
    if (least === undefined || pair.bits < least.bits) {
      least = pair
      right = j
    }
  }
  return [least === undefined ? 0 : open.indexOf(least.mate), right]
}

function nearest(open: readonly Part[], j: number): Pair {
  const q = at(open, j)
  let mate = at(open, 0)
  let bits = joinedBits(mate, q)
  for (let i = 1; i < j; i++) {
    const p = at(open, i)
    const now = joinedBits(p, q)
    if (now < bits) {
      bits = now
      mate = p
    }
  }
  return {mate, bits}
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
