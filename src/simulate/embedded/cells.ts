import {at, bug} from "../../errors.ts"
import type {Limb} from "./lanes.ts"
import {POOL_END, SCRATCH_BYTES} from "./layout.ts"
import {type Bit, type Cell, unsupported, ZERO} from "./netlist.ts"
import {type Above, type Clean, DIRTY, EXACT, Operand, type Source} from "./operand.ts"

/** A cell's output: limbs from the low one up, and what is known above its width. */
export interface Value {
  readonly limbs: readonly Limb[]
  readonly clean: Clean
}

type Lowering = (source: Source, cell: Cell, width: number) => Value

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

const port = (cell: Cell, name: string): readonly Bit[] => {
  const bits = cell.ports[name]
  if (bits === undefined) throw bug(cell.where, `${cell.type} without port ${name}`)
  return bits
}
const flag = (cell: Cell, name: string): boolean => cell.parameters[name] === 1n
const range = (count: number): number[] => Array.from({length: count}, (_, i) => i)
const limbCount = (source: Source, width: number) => Math.max(1, Math.ceil(width / source.lanes.shape.width))

const operand = (source: Source, cell: Cell, name: "A" | "B", width: number, signed = flag(cell, `${name}_SIGNED`)) =>
  new Operand(source, port(cell, name), signed, width)

/** Verilog extends both operands by sign only where both are signed. */
const bothSigned = (cell: Cell) => flag(cell, "A_SIGNED") && flag(cell, "B_SIGNED")

function bitwise(combine: (source: Source, a: Limb, b: Limb) => Limb, known: (a: Clean, b: Clean) => Clean): Lowering {
  return (source, cell, width) => {
    const signed = bothSigned(cell)
    const [a, b] = [operand(source, cell, "A", width, signed), operand(source, cell, "B", width, signed)]
    const limbs = range(a.limbs).map((i) => combine(source, a.limb(i, "any"), b.limb(i, "any")))
    return {limbs, clean: known(a.clean, b.clean)}
  }
}

const not: Lowering = (source, cell, width) => {
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

const add =
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

const negative: Lowering = (source, cell, width) => {
  const zero = new Operand(source, [ZERO], false, width)
  return {limbs: addition(source, zero, operand(source, cell, "A", width), true), clean: DIRTY}
}

const multiply: Lowering = (source, cell, width) => {
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

/** A boolean as an output of `width` bits. */
function booleanValue(source: Source, condition: Limb, width: number): Value {
  const {lanes} = source
  if (width === 1)
    return {limbs: [condition], clean: lanes.vector ? {zero: false, sign: true} : {zero: true, sign: false}}
  const one = lanes.vector ? lanes.and(condition, lanes.constant(1)) : condition
  return {limbs: [one, ...range(limbCount(source, width) - 1).map(() => lanes.constant(0))], clean: EXACT}
}

/** Both operands cleaned alike: by sign if asked or if that is free, else by zero. */
function comparable(source: Source, cell: Cell): {a: Operand; b: Operand; above: Above; signed: boolean} {
  const signed = bothSigned(cell)
  const width = Math.max(port(cell, "A").length, port(cell, "B").length)
  const [a, b] = [operand(source, cell, "A", width, signed), operand(source, cell, "B", width, signed)]
  return {a, b, above: signed ? "sign" : "zero", signed}
}

const equal =
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

const less =
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

/** Whether any bit is set. */
function truth(source: Source, bits: readonly Bit[]): Limb {
  const {lanes} = source
  const a = new Operand(source, bits, false, bits.length)
  if (a.width <= 1) return a.boolean()
  const how: Above = a.clean.sign ? "sign" : "zero"
  const all = range(a.limbs)
    .map((i) => a.limb(i, how))
    .reduce((x, y) => lanes.or(x, y))
  return lanes.negate(lanes.equal(all, lanes.constant(0)))
}

const allOnes: Lowering = (source, cell, width) => {
  const {lanes} = source
  const bits = port(cell, "A")
  const a = new Operand(source, bits, true, bits.length)
  if (a.width <= 1) return booleanValue(source, a.boolean(), width)
  const all = range(a.limbs)
    .map((i) => a.limb(i, "sign"))
    .reduce((x, y) => lanes.and(x, y))
  return booleanValue(source, lanes.equal(all, lanes.constant(-1)), width)
}

const parity =
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

const both = (a: Clean, b: Clean): Clean => ({zero: a.zero && b.zero, sign: a.sign && b.sign})

const mux: Lowering = (source, cell, width) => {
  const [a, b] = [
    new Operand(source, port(cell, "A"), false, width),
    new Operand(source, port(cell, "B"), false, width),
  ]
  const condition = new Operand(source, port(cell, "S"), false, 1).boolean()
  const limbs = range(a.limbs).map((i) => source.lanes.choose(condition, b.limb(i, "any"), a.limb(i, "any")))
  return {limbs, clean: both(a.clean, b.clean)}
}

const pmux: Lowering = (source, cell, width) => {
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

const shiftLeft: Lowering = (source, cell, width) => {
  const a = operand(source, cell, "A", width)
  return {limbs: barrel(source, a, port(cell, "B"), true, false, width), clean: DIRTY}
}

const shiftRight =
  (arithmetic: boolean): Lowering =>
  (source, cell, width) => {
    const a = operand(source, cell, "A", Math.max(width, port(cell, "A").length))
    const bySign = arithmetic && flag(cell, "A_SIGNED")
    return {limbs: barrel(source, a, port(cell, "B"), false, bySign, width), clean: DIRTY}
  }

/** $shift and $shiftx: right by B, left where a signed B is negative; what comes in is 0. */
const shiftEither: Lowering = (source, cell, width) => {
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

const copy: Lowering = (source, cell, width) => {
  const a = operand(source, cell, "A", width)
  return {limbs: range(a.limbs).map((i) => a.limb(i, "any")), clean: a.clean}
}

const reduce =
  (negated: boolean): Lowering =>
  (source, cell, width) => {
    const any = truth(source, port(cell, "A"))
    return booleanValue(source, negated ? source.lanes.negate(any) : any, width)
  }

const logic =
  (combine: (source: Source, a: Limb, b: Limb) => Limb): Lowering =>
  (source, cell, width) =>
    booleanValue(source, combine(source, truth(source, port(cell, "A")), truth(source, port(cell, "B"))), width)

const bothSignedClean = (a: Clean, b: Clean): Clean => ({zero: false, sign: a.sign && b.sign})

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
