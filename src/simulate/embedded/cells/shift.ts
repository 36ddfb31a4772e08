import {at} from "../../../errors.ts"
import type {Limb} from "../lanes.ts"
import {POOL_END, SCRATCH_BYTES} from "../layout.ts"
import {type Bit, ZERO} from "../netlist.ts"
import {DIRTY, Operand, type Source} from "../operand.ts"
import {flag, type Lowering, limbCount, operand, port, range, truth} from "./cell.ts"

/** Limbs shifted by a constant number of bits, filled with zeros or copies of the limb `fill`; only `keep` limbs returned. */
function shifted(source: Source, limbs: readonly Limb[], by: number, left: boolean, fill: Limb, keep: number): Limb[] {
  const {lanes} = source
  const w = lanes.shape.width
  const whole = Math.floor(by / w)
  const part = by % w
  const limb = (i: number): Limb => (i < 0 ? lanes.constant(0) : (limbs[i] ?? (left ? lanes.constant(0) : fill)))
  return range(keep).map((i) =>
    left
      ? lanes.or(
          lanes.shiftLeft(limb(i - whole), part),
          part === 0 ? lanes.constant(0) : lanes.shiftRight(limb(i - whole - 1), w - part),
        )
      : lanes.or(
          lanes.shiftRight(limb(i + whole), part),
          part === 0 ? lanes.constant(0) : lanes.shiftLeft(limb(i + whole + 1), w - part),
        ),
  )
}

/** A field of a wide vector by an indexed load, the vector being stored once for all who index it. */
function indexed(
  source: Source,
  a: Operand,
  limbs: readonly Limb[],
  amount: readonly Bit[],
  steps: number,
): Limb | undefined {
  const {lanes} = source
  let full = false
  const place = source.once(`stored ${a.key}`, () => {
    const offset = lanes.reserve(2 ** steps / 8 + 16, SCRATCH_BYTES)
    full = offset === undefined
    if (offset !== undefined) {
      limbs.forEach((limb, i) => {
        lanes.store(POOL_END + offset + 4 * i, limb)
      })
    }
    return lanes.constant(offset ?? -1)
  })
  if (full || !("constant" in place) || place.constant === lanes.mask) return undefined
  const by = new Operand(source, amount, false, amount.length).limb(0, "zero")
  return lanes.loadBits(POOL_END + place.constant, by)
}

/** A barrel shifter, largest step first, so that a narrow result of a wide operand soon works on few limbs. */
function barrel(
  source: Source,
  a: Operand,
  amount: readonly Bit[],
  left: boolean,
  arithmetic: boolean,
  width: number,
): Limb[] {
  const {lanes} = source
  const w = lanes.shape.width
  let limbs = range(a.limbs).map((i) => a.limb(i, arithmetic ? "sign" : "zero"))
  const fill = arithmetic ? lanes.shiftRightSigned(at(limbs, limbs.length - 1), w - 1) : lanes.constant(0)
  // Steps past the whole vector only ask whether any of them is set.
  const steps = Math.ceil(Math.log2(limbs.length * w))
  const beyond = amount.slice(steps).filter((bit) => bit !== ZERO)
  // A scalar shifts by a variable; a vector, lane by lane, cannot.
  const fine = lanes.vector ? 0 : Math.min(steps, Math.log2(w))
  if (!lanes.vector && !left && !arithmetic && limbs.length > 2 && width <= w && amount.length > fine) {
    const found = indexed(source, a, limbs, amount.slice(0, steps), steps)
    if (found !== undefined)
      return [beyond.length === 0 ? found : lanes.choose(truth(source, beyond), lanes.constant(0), found)]
  }
  for (let k = Math.min(steps, amount.length) - 1; k >= fine; k--) {
    const bit = at(amount, k)
    if (bit === ZERO) continue
    const condition = new Operand(source, [bit], false, 1).boolean()
    // What the smaller steps can still bring down into the result.
    const reach = left ? limbs.length * w : width + 2 ** k - 1
    const keep = Math.min(limbs.length, Math.ceil(reach / w))
    const moved = shifted(source, limbs, 2 ** k, left, fill, keep)
    limbs = moved.map((limb, i) => lanes.choose(condition, limb, at(limbs, i)))
  }
  const low = amount.slice(0, fine)
  if (low.some((bit) => bit !== ZERO)) {
    const by = new Operand(source, low, false, low.length).limb(0, "zero")
    const before = limbs
    const zero = lanes.constant(0)
    limbs = range(Math.min(before.length, limbCount(source, width))).map((i) =>
      left
        ? lanes.funnelLeft(at(before, i), before[i - 1] ?? zero, by)
        : lanes.funnelRight(at(before, i), before[i + 1] ?? fill, by),
    )
  }
  const result = range(limbCount(source, width)).map((i) => limbs[i] ?? fill)
  if (beyond.length === 0) return result
  const gone = truth(source, beyond)
  return result.map((limb) => lanes.choose(gone, left ? lanes.constant(0) : fill, limb))
}

export const shiftLeft: Lowering = (source, cell, width) => {
  const a = operand(source, cell, "A", width)
  return {limbs: barrel(source, a, port(cell, "B"), true, false, width), clean: DIRTY}
}

export const shiftRight =
  (arithmetic: boolean): Lowering =>
  (source, cell, width) => {
    const a = operand(source, cell, "A", Math.max(width, port(cell, "A").length))
    const bySign = arithmetic && flag(cell, "A_SIGNED")
    return {limbs: barrel(source, a, port(cell, "B"), false, bySign, width), clean: DIRTY}
  }

/** $shift and $shiftx: right by B, left where a signed B is negative; what comes in is 0. */
export const shiftEither: Lowering = (source, cell, width) => {
  const {lanes} = source
  const amount = port(cell, "B")
  const a = operand(
    source,
    cell,
    "A",
    Math.max(width, port(cell, "A").length),
    cell.type === "$shift" && flag(cell, "A_SIGNED"),
  )
  const right = barrel(source, a, flag(cell, "B_SIGNED") ? amount.slice(0, -1) : amount, false, false, width)
  if (!flag(cell, "B_SIGNED") || amount.at(-1) === ZERO) return {limbs: right, clean: DIRTY}
  // -B = ~B + 1: left by one, then by the complement of the low bits of B.
  const sign = new Operand(source, [amount.at(-1) ?? ZERO], false, 1).boolean()
  const zeros = range(a.limbs).map((i) => a.limb(i, "zero"))
  let left = shifted(source, zeros, 1, true, lanes.constant(0), limbCount(source, width))
  amount.slice(0, -1).forEach((bit, k) => {
    const condition = lanes.negate(new Operand(source, [bit], false, 1).boolean())
    const by = k < 24 ? 2 ** k : 2 ** 24
    const moved =
      by >= left.length * lanes.shape.width
        ? left.map(() => lanes.constant(0))
        : shifted(source, left, by, true, lanes.constant(0), left.length)
    left = left.map((limb, i) => lanes.choose(condition, at(moved, i), limb))
  })
  return {limbs: right.map((limb, i) => lanes.choose(sign, at(left, i), limb)), clean: DIRTY}
}
