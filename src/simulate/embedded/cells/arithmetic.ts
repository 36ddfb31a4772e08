import {at} from "../../../errors.ts"
import type {Limb} from "../lanes.ts"
import {ZERO} from "../netlist.ts"
import {type Clean, DIRTY, Operand, type Source} from "../operand.ts"
import {bothSigned, type Lowering, limbCount, operand, range} from "./cell.ts"

/** a + b, or a - b: the carry out of a limb is a compare. */
function addition(source: Source, a: Operand, b: Operand, subtract: boolean): Limb[] {
  const {lanes} = source
  const limbs: Limb[] = []
  let carry: Limb | undefined
  for (let i = 0; i < a.limbs; i++) {
    const [x, y] = [a.limb(i, "any"), b.limb(i, "any")]
    const last = i === a.limbs - 1
    const plain = subtract ? lanes.sub(x, y) : lanes.add(x, y)
    let next: Limb | undefined
    if (!last) next = subtract ? lanes.lessUnsigned(x, y) : lanes.lessUnsigned(plain, x)
    let sum = plain
    if (carry !== undefined) {
      // A vector's boolean is -1, a scalar's 1.
      const up = lanes.vector === subtract
      sum = up ? lanes.add(plain, carry) : lanes.sub(plain, carry)
      if (next !== undefined) {
        const edge = lanes.equal(plain, lanes.constant(subtract ? 0 : -1))
        next = lanes.or(next, lanes.and(carry, edge))
      }
    }
    limbs.push(sum)
    carry = next
  }
  return limbs
}

/** Bits of a two's complement signal that holds the operand; one more than its core where it is unsigned. */
const signedWidth = (o: Operand): number => (o.above === "sign" ? o.core : o.core + 1)

export const add =
  (subtract: boolean): Lowering =>
  (source, cell, width) => {
    const signed = bothSigned(cell)
    const [a, b] = [operand(source, cell, "A", width, signed), operand(source, cell, "B", width, signed)]
    const limbs = addition(source, a, b, subtract)
    return {limbs, clean: sumClean(a, b, subtract, width)}
  }

function sumClean(a: Operand, b: Operand, subtract: boolean, width: number): Clean {
  if (a.above === "none" || b.above === "none") return DIRTY
  const sign = Math.max(signedWidth(a), signedWidth(b)) + 1 <= width
  const zero = !subtract && a.above === "zero" && b.above === "zero" && Math.max(a.core, b.core) + 1 <= width
  return {zero, sign}
}

export const negative: Lowering = (source, cell, width) => {
  const zero = new Operand(source, [ZERO], false, width)
  return {limbs: addition(source, zero, operand(source, cell, "A", width), true), clean: DIRTY}
}

export const multiply: Lowering = (source, cell, width) => {
  const {lanes} = source
  const signed = bothSigned(cell)
  const [a, b] = [operand(source, cell, "A", width, signed), operand(source, cell, "B", width, signed)]
  const count = limbCount(source, width)
  const w = lanes.shape.width
  const unsignedProduct = a.above === "zero" && b.above === "zero"
  const productWidth = unsignedProduct ? a.core + b.core : signedWidth(a) + signedWidth(b)
  if (count === 1 || (productWidth <= w && a.above !== "none" && b.above !== "none")) {
    const low = lanes.mul(a.limb(0, "any"), b.limb(0, "any"))
    const fits = a.above !== "none" && b.above !== "none" && productWidth <= width
    const clean = {zero: fits && unsignedProduct, sign: fits && !unsignedProduct}
    if (count === 1) return {limbs: [low], clean}
    const fill = unsignedProduct ? lanes.constant(0) : lanes.shiftRightSigned(low, w - 1)
    return {limbs: [low, ...range(count - 1).map(() => fill)], clean}
  }
  // Schoolbook, modulo 2^(limbs): sign-extended limbs make signed products right.
  const columns: Limb[][] = range(count).map(() => [])
  for (let i = 0; i < count; i++) {
    for (let j = 0; i + j < count; j++) {
      const [x, y] = [a.limb(i, "any"), b.limb(j, "any")]
      if (lanes.is(x, 0) || lanes.is(y, 0)) continue
      at(columns, i + j).push(lanes.mul(x, y))
      if (i + j + 1 < count) at(columns, i + j + 1).push(lanes.mulHigh(x, y))
    }
  }
  const limbs: Limb[] = []
  for (let i = 0; i < count; i++) {
    let sum: Limb = lanes.constant(0)
    for (const term of at(columns, i)) {
      const next = lanes.add(sum, term)
      const carry = lanes.is(sum, 0) ? lanes.constant(0) : lanes.lessUnsigned(next, term)
      if (i + 1 < count && !lanes.is(carry, 0))
        at(columns, i + 1).push(lanes.vector ? lanes.sub(lanes.constant(0), carry) : carry)
      sum = next
    }
    limbs.push(sum)
  }
  return {limbs, clean: DIRTY}
}
