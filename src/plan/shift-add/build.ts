import {at} from "../../errors.ts"
import type {Range} from "../../graph/format.ts"
import {type Adder, type Output, rangeBits, type ShiftAdd, sumRange} from "./network.ts"
import {type Rows, shiftOf, sourceOf} from "./rows.ts"

/** A partial sum while a row is summed up: a value of the network, shifted and perhaps negative. */
interface Part {
  readonly value: number
  readonly shift: number
  readonly negative: boolean
  readonly depth: number
  readonly range: Range
}

export interface Built {
  readonly network: ShiftAdd
  /** As Cost.lutBits, but from interval arithmetic: never less. */
  readonly lutBits: number
  /** Outputs that are left negative. */
  readonly negated: number
}

/** Longest row in which every pair of parts is tried; of longer ones, only so many of least depth. */
const PAIRS_AMONG = 20

/** Adders for the rows: each row is a tree of least depth, and among those the one of least bits, greedily. */
export function build({inputs, outputs, definitions}: Rows, inputRanges: readonly Range[]): Built {
  const adders: Adder[] = []
  const parts: (Part | undefined)[] = inputRanges.map((range, value) => ({
    value,
    shift: 0,
    negative: false,
    depth: 0,
    range,
  }))
  let lutBits = 0

  function join(left: Part, right: Part): {readonly part: Part; readonly adder: Adder; readonly bits: number} {
    const [p, q] = left.negative && !right.negative ? [right, left] : [left, right]
    const shift = Math.min(p.shift, q.shift)
    const subtract = p.negative !== q.negative
    const adder = {a: p.value, b: q.value, aShift: p.shift - shift, bShift: q.shift - shift, subtract}
    const range = sumRange(p.range, q.range, adder)
    const part = {
      value: inputs + adders.length,
      shift,
      negative: p.negative && q.negative,
      depth: Math.max(p.depth, q.depth) + 1,
      range,
    }
    return {part, adder, bits: rangeBits(range) - Math.max(adder.aShift, adder.bShift)}
  }

  function sum(row: readonly number[]): Part {
    let open = row.map((code): Part => {
      const part = definitionPart(sourceOf(code))
      return {...part, shift: part.shift + shiftOf(code), negative: part.negative !== ((code & 1) === 1)}
    })
    while (open.length > 1) {
      open = open.sort((p, q) => p.depth - q.depth)
      let best: ReturnType<typeof join> | undefined
      let pair: readonly [number, number] = [0, 1]
      const among = Math.min(open.length, PAIRS_AMONG)
      for (let i = 1; i < among; i++) {
        for (let j = 0; j < i; j++) {
          if (best !== undefined && at(open, i).depth + 1 > best.part.depth) break
          const joined = join(at(open, j), at(open, i))
          if (best === undefined || joined.part.depth < best.part.depth || joined.bits < best.bits) {
            best = joined
            pair = [j, i]
          }
        }
      }
      if (best === undefined) break
      adders.push(best.adder)
      lutBits += best.bits
      open = [...open.filter((_, i) => i !== pair[0] && i !== pair[1]), best.part]
    }
    return at(open, 0)
  }

  function definitionPart(value: number): Part {
    const known = parts[value]
    if (known !== undefined) return known
    const part = sum(at(definitions, value - inputs) ?? [])
    parts[value] = part
    return part
  }

  const results = outputs.map((row): Output | null => {
    if (row.length === 0) return null
    const {value, shift, negative} = sum(row)
    return {value, shift, negate: negative}
  })
  return {
    network: {inputs: inputRanges, adders, outputs: results},
    lutBits,
    negated: results.filter((output) => output?.negate).length,
  }
}
