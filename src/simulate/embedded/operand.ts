import {at} from "../../errors.ts"
import type {Lanes, Limb} from "./lanes.ts"
import {type Bit, bitOf, indexOf, isConstant, ONE, variableOf, ZERO} from "./netlist.ts"

/**
 * What is known of the bits above a value's width in its top limb: `zero` (zero-extended), `sign` (sign-extended), both
 * (the top bit is 0, or there are none above), or neither (dirty: rubbish, allowed into add, sub, mul and the like).
 */
export interface Clean {
  readonly zero: boolean
  readonly sign: boolean
}
export const DIRTY: Clean = {zero: false, sign: false}
export const EXACT: Clean = {zero: true, sign: true}

/** What a reader asks of the bits above. */
export type Above = "any" | "zero" | "sign"

/** Where an operand's variables come from. */
export interface Source {
  readonly lanes: Lanes
  width(variable: number): number
  clean(variable: number): Clean
  limb(variable: number, index: number): Limb
  /** The top limb with the bits above its width cleaned; counted, since it tells how to store a flop. */
  topLimb(variable: number, above: "zero" | "sign"): Limb
  /** Memoises a limb while the code around it is in force. */
  once(key: string, make: () => Limb): Limb
}

interface Segment {
  readonly at: number
  readonly variable: number
  readonly low: number
  readonly length: number
}

/** Bits of a cell's port, extended to the width the operator works at, as limbs. */
export class Operand {
  /** Bits that carry information; above them `above` repeats up to `width`. */
  readonly core: number
  readonly above: "zero" | "sign" | "none"
  private readonly segments: readonly Segment[]
  private readonly ones: readonly number[]
  /** The same for operands of the same bits, extended alike. */
  readonly key: string

  constructor(
    private readonly source: Source,
    bits: readonly Bit[],
    signed: boolean,
    readonly width: number,
  ) {
    const fill = signed ? (bits.at(-1) ?? ZERO) : ZERO
    const full = Array.from({length: width}, (_, i) => (i < bits.length ? at(bits, i) : fill))
    let core = width
    while (core > 0 && full[core - 1] === ZERO) core--
    let above: "zero" | "sign" | "none" = core < width ? "zero" : "none"
    if (above === "none") {
      while (core > 1 && full[core - 1] === full[core - 2]) core--
      if (core < width) above = "sign"
    }
    this.core = core
    this.above = above
    const segments: Segment[] = []
    const ones: number[] = []
    for (let i = 0; i < core; ) {
      const bit = at(full, i)
      if (isConstant(bit)) {
        if (bit === ONE) ones.push(i)
        i++
        continue
      }
      const variable = variableOf(bit)
      const low = indexOf(bit)
      let length = 1
      while (i + length < core && full[i + length] === bitOf(variable, low + length)) length++
      segments.push({at: i, variable, low, length})
      i += length
    }
    this.segments = segments
    this.ones = ones
    this.key = `${segments.map((s) => `${s.at}:${s.variable}.${s.low}+${s.length}`).join()}|${ones.join()}|${core}${above}${width}`
  }

  get limbs(): number {
    return Math.max(1, Math.ceil(this.width / this.source.lanes.shape.width))
  }

  /** The value if every bit is constant. */
  get constant(): boolean {
    return this.segments.length === 0
  }

  /** Limb `index`; `above` concerns only the top one. */
  limb(index: number, above: Above): Limb {
    const {lanes} = this.source
    const top = index === this.limbs - 1
    const ragged = this.width % lanes.shape.width
    const wanted: Above = this.above === "none" ? (top ? above : "any") : this.above
    const [only] = this.segments
    if (only !== undefined && this.whole(only) && this.above === "none") {
      if (wanted === "any" || !top || ragged === 0) return this.source.limb(only.variable, index)
      return this.source.topLimb(only.variable, wanted)
    }
    return this.source.once(`${this.key}#${index}${wanted}${above === "zero"}`, () => {
      const limb = this.assemble(index, wanted)
      const trim = above === "zero" && top && ragged !== 0 && this.above === "sign"
      return trim ? lanes.and(limb, lanes.constant(2 ** ragged - 1)) : limb
    })
  }

  /** What is known above the width if `any` was asked. */
  get clean(): Clean {
    if (this.width % this.source.lanes.shape.width === 0) return EXACT
    if (this.above === "zero") return EXACT
    if (this.above === "sign") return {zero: false, sign: true}
    if (this.segments.length === 0) return {zero: true, sign: !this.ones.includes(this.width - 1)}
    const last = this.segments.at(-1)
    if (last === undefined || last.at + last.length !== this.core) return DIRTY
    if (last.low + last.length !== this.source.width(last.variable)) return DIRTY
    const inner = this.source.clean(last.variable)
    const {width} = this.source.lanes.shape
    return {zero: inner.zero, sign: inner.sign && last.low === 0 && (last.at % width === 0 || this.width <= width)}
  }

  /** A boolean limb of a one-bit operand. */
  boolean(): Limb {
    const {lanes} = this.source
    if (lanes.vector) return this.limb(0, "sign")
    return this.limb(0, "zero")
  }

  private whole(s: Segment): boolean {
    return (
      s.at === 0 &&
      s.low === 0 &&
      s.length === this.width &&
      this.source.width(s.variable) === s.length &&
      this.ones.length === 0
    )
  }

  private assemble(index: number, above: Above): Limb {
    const {lanes} = this.source
    const {width} = lanes.shape
    const low = index * width
    let ones = 0
    for (const one of this.ones) if (one >= low && one < low + width) ones |= 1 << (one - low)
    const topOne = this.ones.at(-1)
    if (above === "sign" && topOne !== undefined && topOne === this.core - 1) {
      // A constant top bit of 1, repeated.
      for (let i = Math.max(topOne + 1, low); i < low + width; i++) ones |= 1 << (i - low)
    }
    let result = lanes.constant(ones)
    for (const segment of this.segments) {
      const last = segment.at + segment.length === this.core
      const piece = this.piece(segment, low, last ? above : "zero")
      if (piece !== undefined) result = lanes.or(result, piece)
    }
    return result
  }

  /** A segment's share of the limb that starts at bit `base`, with zeros below it and `above` above. */
  private piece(s: Segment, base: number, above: Above): Limb | undefined {
    const {lanes} = this.source
    const {width} = lanes.shape
    const end = s.at + s.length
    if (s.at >= base + width) return undefined
    if (end <= base) {
      if (above !== "sign") return undefined
      return this.bitsAt(s, s.low + s.length - 1, 1, 0, "sign")
    }
    const from = Math.max(s.at, base)
    const to = Math.min(end, base + width)
    return this.bitsAt(s, s.low + from - s.at, to - from, from - base, to === base + width ? "any" : above)
  }

  /** `count` bits of the segment's variable from bit `from`, moved to bit `to` of a limb; below them zeros. */
  private bitsAt(s: Segment, from: number, count: number, to: number, above: Above): Limb {
    const {source} = this
    const {lanes} = source
    const {width} = lanes.shape
    const total = source.width(s.variable)
    const limb = Math.floor(from / width)
    const shift = from % width
    const atEnd = from + count === total
    const full = to + count === width
    if (shift + count > width) {
      const high = atEnd && above !== "any" ? source.topLimb(s.variable, above) : source.limb(s.variable, limb + 1)
      const joined = lanes.or(
        lanes.shiftRight(source.limb(s.variable, limb), shift),
        lanes.shiftLeft(high, width - shift),
      )
      if (above === "any" || full || atEnd) return lanes.shiftLeft(joined, to)
      return this.trim(joined, count, to, above)
    }
    const known = atEnd && total % width !== 0 ? source.clean(s.variable) : DIRTY
    const exact = atEnd && total % width === 0
    if (above === "zero" && !full && (known.zero || exact || (atEnd && this.worthCleaning(s)))) {
      const top = exact ? source.limb(s.variable, limb) : source.topLimb(s.variable, "zero")
      return lanes.shiftLeft(lanes.shiftRight(top, shift), to)
    }
    if (above === "sign" && !full && (known.sign || exact || (atEnd && this.worthCleaning(s)))) {
      const top = exact ? source.limb(s.variable, limb) : source.topLimb(s.variable, "sign")
      return lanes.shiftLeft(lanes.shiftRightSigned(top, shift), to)
    }
    const raw = source.limb(s.variable, limb)
    if (above === "any" || full) return lanes.shiftLeft(lanes.shiftRight(raw, shift), to)
    if (shift === 0 && above === "zero") return lanes.shiftLeft(lanes.and(raw, lanes.constant(2 ** count - 1)), to)
    if (shift + count === width && above === "zero") return lanes.shiftLeft(lanes.shiftRight(raw, shift), to)
    if (above === "zero") {
      const kept = lanes.and(raw, lanes.constant((2 ** count - 1) * 2 ** shift))
      return to > shift ? lanes.shiftLeft(kept, to - shift) : lanes.shiftRight(kept, shift - to)
    }
    const raised = lanes.shiftLeft(raw, width - shift - count)
    if (shift === 0) return lanes.shiftRightSigned(raised, width - count - to)
    return lanes.shiftLeft(lanes.shiftRightSigned(raised, width - count), to)
  }

  /** A whole variable is cleaned once for all its readers; of a slice only this reader would gain. */
  private worthCleaning(s: Segment): boolean {
    return s.low === 0
  }

  private trim(limb: Limb, count: number, to: number, above: "zero" | "sign"): Limb {
    const {lanes} = this.source
    const {width} = lanes.shape
    if (above === "zero") return lanes.shiftLeft(lanes.and(limb, lanes.constant(2 ** count - 1)), to)
    return lanes.shiftRightSigned(lanes.shiftLeft(limb, width - count), width - count - to)
  }
}
