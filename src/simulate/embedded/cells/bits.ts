import type {Limb} from "../lanes.ts"
import type {Clean, Source} from "../operand.ts"
import {bothSigned, type Lowering, operand, range} from "./cell.ts"

export function bitwise(
  combine: (source: Source, a: Limb, b: Limb) => Limb,
  known: (a: Clean, b: Clean) => Clean,
): Lowering {
  return (source, cell, width) => {
    const signed = bothSigned(cell)
    const [a, b] = [operand(source, cell, "A", width, signed), operand(source, cell, "B", width, signed)]
    const limbs = range(a.limbs).map((i) => combine(source, a.limb(i, "any"), b.limb(i, "any")))
    return {limbs, clean: known(a.clean, b.clean)}
  }
}

export const not: Lowering = (source, cell, width) => {
  const {lanes} = source
  const a = operand(source, cell, "A", width)
  const ragged = width % lanes.shape.width
  const limbs = range(a.limbs).map((i) => {
    const limb = a.limb(i, "any")
    // Clearing only the bits there are costs the same and leaves what is above at zero.
    const keepsZero = i === a.limbs - 1 && ragged !== 0 && a.clean.zero && !a.clean.sign
    return keepsZero ? lanes.xor(limb, lanes.constant(2 ** ragged - 1)) : lanes.not(limb)
  })
  return {limbs, clean: a.clean.sign ? {zero: false, sign: true} : {zero: a.clean.zero, sign: false}}
}

export const copy: Lowering = (source, cell, width) => {
  const a = operand(source, cell, "A", width)
  return {limbs: range(a.limbs).map((i) => a.limb(i, "any")), clean: a.clean}
}

export const bothSignedClean = (a: Clean, b: Clean): Clean => ({zero: false, sign: a.sign && b.sign})
