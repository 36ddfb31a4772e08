import type {Limb} from "../lanes.ts"
import {Operand, type Source} from "../operand.ts"
import {booleanValue, type Lowering, port, range, truth} from "./cell.ts"

export const allOnes: Lowering = (source, cell, width) => {
  const {lanes} = source
  const bits = port(cell, "A")
  const a = new Operand(source, bits, true, bits.length)
  if (a.width <= 1) return booleanValue(source, a.boolean(), width)
  const all = range(a.limbs)
    .map((i) => a.limb(i, "sign"))
    .reduce((x, y) => lanes.and(x, y))
  return booleanValue(source, lanes.equal(all, lanes.constant(-1)), width)
}

export const parity =
  (negated: boolean): Lowering =>
  (source, cell, width) => {
    const {lanes} = source
    const bits = port(cell, "A")
    const a = new Operand(source, bits, false, bits.length)
    let all = range(a.limbs)
      .map((i) => a.limb(i, "zero"))
      .reduce((x, y) => lanes.xor(x, y))
    for (let step = lanes.shape.width / 2; step >= 1; step /= 2) {
      if (step < bits.length) all = lanes.xor(all, lanes.shiftRight(all, step))
    }
    const bit = lanes.and(all, lanes.constant(1))
    const condition = lanes.vector ? lanes.sub(lanes.constant(0), bit) : bit
    return booleanValue(source, negated ? lanes.negate(condition) : condition, width)
  }

export const reduce =
  (negated: boolean): Lowering =>
  (source, cell, width) => {
    const any = truth(source, port(cell, "A"))
    return booleanValue(source, negated ? source.lanes.negate(any) : any, width)
  }

export const logic =
  (combine: (source: Source, a: Limb, b: Limb) => Limb): Lowering =>
  (source, cell, width) =>
    booleanValue(source, combine(source, truth(source, port(cell, "A")), truth(source, port(cell, "B"))), width)
