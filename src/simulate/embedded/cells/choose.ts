import {Operand} from "../operand.ts"
import {both, type Lowering, port, range} from "./cell.ts"

export const mux: Lowering = (source, cell, width) => {
  const [a, b] = [
    new Operand(source, port(cell, "A"), false, width),
    new Operand(source, port(cell, "B"), false, width),
  ]
  const condition = new Operand(source, port(cell, "S"), false, 1).boolean()
  const limbs = range(a.limbs).map((i) => source.lanes.choose(condition, b.limb(i, "any"), a.limb(i, "any")))
  return {limbs, clean: both(a.clean, b.clean)}
}

export const pmux: Lowering = (source, cell, width) => {
  const each = port(cell, "A").length
  const choices = port(cell, "S").map((bit, i) => ({
    condition: new Operand(source, [bit], false, 1).boolean(),
    value: new Operand(source, port(cell, "B").slice(i * each, (i + 1) * each), false, width),
  }))
  const otherwise = new Operand(source, port(cell, "A"), false, width)
  const limbs = range(otherwise.limbs).map((i) =>
    choices.reduceRight(
      (rest, {condition, value}) => source.lanes.choose(condition, value.limb(i, "any"), rest),
      otherwise.limb(i, "any"),
    ),
  )
  return {limbs, clean: choices.reduce((clean, {value}) => both(clean, value.clean), otherwise.clean)}
}
