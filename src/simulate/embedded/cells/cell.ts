import {bug} from "../../../errors.ts"
import type {Limb} from "../lanes.ts"
import type {Bit, Cell} from "../netlist.ts"
import {type Above, type Clean, EXACT, Operand, type Source} from "../operand.ts"

/** A cell's output: limbs from the low one up, and what is known above its width. */
export interface Value {
  readonly limbs: readonly Limb[]
  readonly clean: Clean
}

/** The operator of one type of cell, of an output of `width` bits. */
export type Lowering = (source: Source, cell: Cell, width: number) => Value

export const port = (cell: Cell, name: string): readonly Bit[] => {
  const bits = cell.ports[name]
  if (bits === undefined) throw bug(cell.where, `${cell.type} without port ${name}`)
  return bits
}
export const flag = (cell: Cell, name: string): boolean => cell.parameters[name] === 1n
export const range = (count: number): number[] => Array.from({length: count}, (_, i) => i)
export const limbCount = (source: Source, width: number) => Math.max(1, Math.ceil(width / source.lanes.shape.width))

export const operand = (
  source: Source,
  cell: Cell,
  name: "A" | "B",
  width: number,
  signed = flag(cell, `${name}_SIGNED`),
) => new Operand(source, port(cell, name), signed, width)

/** Verilog extends both operands by sign only where both are signed. */
export const bothSigned = (cell: Cell) => flag(cell, "A_SIGNED") && flag(cell, "B_SIGNED")

/** What is known of a value that is either of two. */
export const both = (a: Clean, b: Clean): Clean => ({zero: a.zero && b.zero, sign: a.sign && b.sign})

/** A boolean as an output of `width` bits. */
export function booleanValue(source: Source, condition: Limb, width: number): Value {
  const {lanes} = source
  if (width === 1)
    return {limbs: [condition], clean: lanes.vector ? {zero: false, sign: true} : {zero: true, sign: false}}
  const one = lanes.vector ? lanes.and(condition, lanes.constant(1)) : condition
  return {limbs: [one, ...range(limbCount(source, width) - 1).map(() => lanes.constant(0))], clean: EXACT}
}

/** Whether any bit is set. */
export function truth(source: Source, bits: readonly Bit[]): Limb {
  const {lanes} = source
  const a = new Operand(source, bits, false, bits.length)
  if (a.width <= 1) return a.boolean()
  const how: Above = a.clean.sign ? "sign" : "zero"
  const all = range(a.limbs)
    .map((i) => a.limb(i, how))
    .reduce((x, y) => lanes.or(x, y))
  return lanes.negate(lanes.equal(all, lanes.constant(0)))
}
