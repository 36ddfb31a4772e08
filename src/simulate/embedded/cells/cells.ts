import {type Cell, unsupported} from "../netlist.ts"
import {EXACT, type Source} from "../operand.ts"
import {add, multiply, negative} from "./arithmetic.ts"
import {bitwise, bothSignedClean, copy, not} from "./bits.ts"
import {both, type Lowering, type Value} from "./cell.ts"
import {mux, pmux} from "./choose.ts"
import {equal, less} from "./compare.ts"
import {allOnes, logic, parity, reduce} from "./reduce.ts"
import {shiftEither, shiftLeft, shiftRight} from "./shift.ts"

/** Emits the operator of a cell; semantics are those of Yosys' kernel/calc.cc. Error: UNSUPPORTED_CELL. */
export function lower(source: Source, cell: Cell, width: number): Value {
  const lowering = lowerings[cell.type]
  if (lowering === undefined) {
    const found = `a cell of type ${cell.type}`
    throw unsupported(
      cell.where,
      found,
      `write it with the operators tlast's simulator knows (${supportedCells.join(" ")})`,
    )
  }
  const value = lowering(source, cell, width)
  return width % source.lanes.shape.width === 0 ? {limbs: value.limbs, clean: EXACT} : value
}

const lowerings: Readonly<Record<string, Lowering | undefined>> = {
  $pos: copy,
  $not: not,
  $neg: negative,
  $and: bitwise(
    ({lanes}, a, b) => lanes.and(a, b),
    (a, b) => ({zero: a.zero || b.zero, sign: a.sign && b.sign}),
  ),
  $or: bitwise(({lanes}, a, b) => lanes.or(a, b), both),
  $xor: bitwise(({lanes}, a, b) => lanes.xor(a, b), both),
  $xnor: bitwise(({lanes}, a, b) => lanes.not(lanes.xor(a, b)), bothSignedClean),
  $add: add(false),
  $sub: add(true),
  $mul: multiply,
  $eq: equal(false),
  $eqx: equal(false),
  $ne: equal(true),
  $nex: equal(true),
  $lt: less(false, false),
  $gt: less(true, false),
  $ge: less(false, true),
  $le: less(true, true),
  $logic_not: reduce(true),
  $logic_and: logic(({lanes}, a, b) => lanes.and(a, b)),
  $logic_or: logic(({lanes}, a, b) => lanes.or(a, b)),
  $reduce_or: reduce(false),
  $reduce_bool: reduce(false),
  $reduce_and: allOnes,
  $reduce_xor: parity(false),
  $reduce_xnor: parity(true),
  $mux: mux,
  $pmux: pmux,
  $shl: shiftLeft,
  $sshl: shiftLeft,
  $shr: shiftRight(false),
  $sshr: shiftRight(true),
  $shift: shiftEither,
  $shiftx: shiftEither,
}

/** Yosys cell types the embedded simulator evaluates, besides flops ($dff $dffe $sdff $sdffe $sdffce) and $mem_v2. */
export const supportedCells: readonly string[] = Object.keys(lowerings)
