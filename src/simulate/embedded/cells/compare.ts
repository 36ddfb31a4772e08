import type {Limb} from "../lanes.ts"
import type {Cell} from "../netlist.ts"
import type {Above, Operand, Source} from "../operand.ts"
import {booleanValue, bothSigned, type Lowering, operand, port, range} from "./cell.ts"

/** Both operands cleaned alike: by sign if asked or if that is free, else by zero. */
function comparable(source: Source, cell: Cell): {a: Operand; b: Operand; above: Above; signed: boolean} {
  const signed = bothSigned(cell)
  const width = Math.max(port(cell, "A").length, port(cell, "B").length)
  const [a, b] = [operand(source, cell, "A", width, signed), operand(source, cell, "B", width, signed)]
  return {a, b, above: signed ? "sign" : "zero", signed}
}

export const equal =
  (negated: boolean): Lowering =>
  (source, cell, width) => {
    const {lanes} = source
    const {a, b, above} = comparable(source, cell)
    const bySign = (a.constant || a.clean.sign) && (b.constant || b.clean.sign)
    const how: Above = bySign ? "sign" : above
    const pairs = range(a.limbs).map((i) => [a.limb(i, how), b.limb(i, how)] as const)
    const [first] = pairs
    let same: Limb
    if (pairs.length === 1 && first !== undefined) {
      if (a.width === 1) {
        const difference = lanes.xor(a.boolean(), b.boolean())
        return booleanValue(source, negated ? difference : lanes.negate(difference), width)
      }
      same = lanes.equal(first[0], first[1])
    } else {
      const difference = pairs.map(([x, y]) => lanes.xor(x, y)).reduce((x, y) => lanes.or(x, y))
      same = lanes.equal(difference, lanes.constant(0))
    }
    return booleanValue(source, negated ? lanes.negate(same) : same, width)
  }

export const less =
  (swap: boolean, negated: boolean): Lowering =>
  (source, cell, width) => {
    const {lanes} = source
    const {a, b, above, signed} = comparable(source, cell)
    const [x, y] = swap ? [b, a] : [a, b]
    let result: Limb | undefined
    for (let i = 0; i < x.limbs; i++) {
      const [p, q] = [x.limb(i, above), y.limb(i, above)]
      const top = i === x.limbs - 1
      // With room above, zero-extended limbs are not negative, and the signed compare is the cheaper one.
      const bySign = top && (signed || x.width % lanes.shape.width !== 0)
      const smaller = bySign ? lanes.lessSigned(p, q) : lanes.lessUnsigned(p, q)
      result = result === undefined ? smaller : lanes.or(smaller, lanes.and(lanes.equal(p, q), result))
    }
    const answer = result ?? lanes.boolean(false)
    return booleanValue(source, negated ? lanes.negate(answer) : answer, width)
  }
