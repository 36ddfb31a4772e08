import {type FunctionBody, I32, op, simd, V128, type ValueType} from "./wasm.ts"

/** One limb of a value, in every lane at once: known while compiling, or held in a local. */
export type Limb = {readonly constant: number} | {readonly local: number}

/** How simulations lie side by side: `count` lanes of `width` bits. One lane is a plain i32. */
export interface LaneShape {
  readonly width: 16 | 32
  readonly count: 1 | 4 | 8
}

/** Constants other than 0 and -1 come from linear memory: V8 builds a v128.const of several instructions each time. */
export class ConstantPool {
  private readonly addresses = new Map<number, number>()
  constructor(private readonly base: number) {}
  addressOf(value: number): number {
    const known = this.addresses.get(value)
    if (known !== undefined) return known
    const address = this.base + 16 * this.addresses.size
    this.addresses.set(value, address)
    return address
  }
  entries(): Iterable<[number, number]> {
    return this.addresses
  }
}

/** The opcode that made a local, or "negate" of the boolean `a`, and of what. */
interface Made {
  readonly name: number | "negate"
  readonly a: Limb
  readonly b: Limb
}

/**
 * Emits operations on limbs. A boolean is a limb of one bit: all ones in a vector lane (a mask), 1 in a scalar.
 * Everything known while compiling is folded.
 */
export class Lanes {
  readonly type: ValueType
  readonly bytes: number
  readonly mask: number
  private scratch = 0
  /** How locals were computed, for the few rewrites that look back. */
  private readonly made = new Map<number, Made & {readonly birth: number}>()

  constructor(
    readonly body: FunctionBody,
    readonly shape: LaneShape,
    readonly pool: ConstantPool,
    /** Whether every local is set once, so that what was computed before may be used again. */
    private readonly pure = false,
  ) {
    this.type = shape.count === 1 ? I32 : V128
    this.bytes = shape.count === 1 ? 4 : 16
    this.mask = shape.width === 16 ? 0xffff : 0xffffffff
  }

  /** So many bytes of the scratch area (from its start), or undefined where it is full. */
  reserve(bytes: number, limit: number): number | undefined {
    if (this.scratch + bytes > limit) return undefined
    this.scratch += bytes
    return this.scratch - bytes
  }

  get vector(): boolean {
    return this.shape.count > 1
  }

  constant(value: number): Limb {
    return {constant: (value & this.mask) >>> 0}
  }

  /** Puts a limb on WebAssembly's stack. */
  push(limb: Limb): void {
    const {body} = this
    if ("local" in limb) body.get(limb.local)
    else if (!this.vector) body.i32(limb.constant | 0)
    else this.pushVector(limb.constant)
  }

  private pushVector(value: number): void {
    const {body} = this
    if (value === 0 || value === this.mask) {
      body.vector(simd.const)
      for (let i = 0; i < 16; i++) body.code.byte(value === 0 ? 0 : 0xff)
      return
    }
    body.i32(0)
    body.vector(simd.load)
    body.memory(4, this.pool.addressOf(value))
  }

  /** Names what is on the stack. */
  take(): {readonly local: number} {
    const local = this.body.local(this.type)
    this.body.set(local)
    return {local}
  }

  /** How a limb was computed, if it is still known. */
  private how(limb: Limb): Made | undefined {
    if (!this.pure || isConstant(limb)) return undefined
    const made = this.made.get(limb.local)
    return made?.birth === this.body.birth(limb.local) ? made : undefined
  }
  private note(limb: Limb, made: Made): Limb {
    if (this.pure && !isConstant(limb)) this.made.set(limb.local, {...made, birth: this.body.birth(limb.local)})
    return limb
  }

  load(address: number): Limb {
    this.body.i32(0)
    if (this.vector) this.body.vector(simd.load)
    else this.body.op(op.i32_load)
    this.body.memory(this.vector ? 4 : 2, address)
    return this.take()
  }

  store(address: number, limb: Limb): void {
    this.body.i32(0)
    this.push(limb)
    if (this.vector) this.body.vector(simd.store)
    else this.body.op(op.i32_store)
    this.body.memory(this.vector ? 4 : 2, address)
  }

  and(a: Limb, b: Limb): Limb {
    if (isConstant(a) && isConstant(b)) return this.constant(a.constant & b.constant)
    if (this.is(a, 0) || this.is(b, this.mask)) return a
    if (this.is(b, 0) || this.is(a, this.mask)) return b
    const before = this.how(a)
    if (!this.vector && before?.name === op.i32_and && isConstant(before.b) && isConstant(b))
      return this.and(before.a, this.constant(before.b.constant & b.constant))
    return this.binary(a, b, op.i32_and, simd.and)
  }

  /** a & ~b */
  andNot(a: Limb, b: Limb): Limb {
    if (isConstant(b)) return this.and(a, this.constant(~b.constant))
    if (this.is(a, 0)) return a
    if (!this.vector) return this.and(a, this.not(b))
    return this.is(a, this.mask) ? this.not(b) : this.binary(a, b, op.i32_and, simd.andnot)
  }

  or(a: Limb, b: Limb): Limb {
    if (isConstant(a) && isConstant(b)) return this.constant(a.constant | b.constant)
    if (this.is(a, 0) || this.is(b, this.mask)) return b
    if (this.is(b, 0) || this.is(a, this.mask)) return a
    return this.binary(a, b, op.i32_or, simd.or)
  }

  xor(a: Limb, b: Limb): Limb {
    if (isConstant(a) && isConstant(b)) return this.constant(a.constant ^ b.constant)
    if (this.is(a, 0)) return b
    if (this.is(b, 0)) return a
    if (this.is(b, this.mask)) return this.not(a)
    if (this.is(a, this.mask)) return this.not(b)
    return this.binary(a, b, op.i32_xor, simd.xor)
  }

  not(a: Limb): Limb {
    if (isConstant(a)) return this.constant(~a.constant)
    if (!this.vector) return this.binary(a, this.constant(-1), op.i32_xor, simd.xor)
    this.push(a)
    this.body.vector(simd.not)
    return this.take()
  }

  add(a: Limb, b: Limb): Limb {
    if (isConstant(a) && isConstant(b)) return this.constant(a.constant + b.constant)
    if (this.is(a, 0)) return b
    if (this.is(b, 0)) return a
    return this.binary(a, b, op.i32_add, this.pick(simd.i16x8_add, simd.i32x4_add))
  }

  sub(a: Limb, b: Limb): Limb {
    if (isConstant(a) && isConstant(b)) return this.constant(a.constant - b.constant)
    if (this.is(b, 0)) return a
    return this.binary(a, b, op.i32_sub, this.pick(simd.i16x8_sub, simd.i32x4_sub))
  }

  /** Low limb of the product. */
  mul(a: Limb, b: Limb): Limb {
    if (isConstant(a) && isConstant(b)) return this.constant(Math.imul(a.constant, b.constant))
    if (this.is(a, 0) || this.is(b, 1)) return a
    if (this.is(b, 0) || this.is(a, 1)) return b
    return this.binary(a, b, op.i32_mul, this.pick(simd.i16x8_mul, simd.i32x4_mul))
  }

  /** High limb of the unsigned product. */
  mulHigh(a: Limb, b: Limb): Limb {
    if (this.is(a, 0) || this.is(b, 0) || this.is(a, 1) || this.is(b, 1)) return this.constant(0)
    const {body} = this
    if (!this.vector) {
      this.push(a)
      body.op(op.i64_extend_i32_u)
      this.push(b)
      body.op(op.i64_extend_i32_u)
      body.op(op.i64_mul)
      body.op(op.i64_const)
      body.code.signed(32)
      body.op(op.i64_shr_u)
      body.op(op.i32_wrap_i64)
      return this.take()
    }
    const low = this.pick(simd.i32x4_extmul_low_i16x8_u, simd.i64x2_extmul_low_i32x4_u)
    const high = this.pick(simd.i32x4_extmul_high_i16x8_u, simd.i64x2_extmul_high_i32x4_u)
    for (const half of [low, high]) {
      this.push(a)
      this.push(b)
      body.vector(half)
    }
    body.vector(simd.shuffle)
    const size = this.shape.width / 8
    for (let lane = 0; lane < this.shape.count; lane++) {
      for (let i = 0; i < size; i++) body.code.byte(lane * 2 * size + size + i)
    }
    return this.take()
  }

  shiftLeft(a: Limb, by: number): Limb {
    if (by === 0) return a
    if (by >= this.shape.width) return this.constant(0)
    if (isConstant(a)) return this.constant(a.constant << by)
    return this.shift(a, by, op.i32_shl, this.pick(simd.i16x8_shl, simd.i32x4_shl))
  }

  shiftRight(a: Limb, by: number): Limb {
    if (by === 0) return a
    if (by >= this.shape.width) return this.constant(0)
    if (isConstant(a)) return this.constant(a.constant >>> by)
    return this.shift(a, by, op.i32_shr_u, this.pick(simd.i16x8_shr_u, simd.i32x4_shr_u))
  }

  shiftRightSigned(a: Limb, by: number): Limb {
    if (by === 0) return a
    const bounded = Math.min(by, this.shape.width - 1)
    if (isConstant(a)) return this.constant(this.signed(a.constant) >> bounded)
    return this.shift(a, bounded, op.i32_shr_s, this.pick(simd.i16x8_shr_s, simd.i32x4_shr_s))
  }

  /** Scalars only: the low limb of {high, low} >> by, by less than a limb. */
  funnelRight(low: Limb, high: Limb, by: Limb): Limb {
    const down = this.binary(low, by, op.i32_shr_u, 0)
    // Shifting left by 32 - by in two steps, since a shift by 32 would be one by 0.
    return this.or(down, this.binary(this.shiftLeft(high, 1), this.xor(by, this.constant(31)), op.i32_shl, 0))
  }
  /** Scalars only: the high limb of {high, low} << by. */
  funnelLeft(high: Limb, low: Limb, by: Limb): Limb {
    const up = this.binary(high, by, op.i32_shl, 0)
    return this.or(up, this.binary(this.shiftRight(low, 1), this.xor(by, this.constant(31)), op.i32_shr_u, 0))
  }

  /** Scalars only: 32 bits of the vector stored at `address`, from bit `by` up. */
  loadBits(address: number, by: Limb): Limb {
    const {body} = this
    this.push(this.shiftRight(by, 3))
    body.op(op.i64_load)
    body.memory(0, address)
    this.push(this.and(by, this.constant(7)))
    body.op(op.i64_extend_i32_u)
    body.op(op.i64_shr_u)
    body.op(op.i32_wrap_i64)
    return this.take()
  }

  /** Booleans. */
  equal(a: Limb, b: Limb): Limb {
    if (isConstant(a) && isConstant(b)) return this.boolean(a.constant === b.constant)
    return this.binary(a, b, op.i32_eq, this.pick(simd.i16x8_eq, simd.i32x4_eq))
  }
  lessSigned(a: Limb, b: Limb): Limb {
    if (isConstant(a) && isConstant(b)) return this.boolean(this.signed(a.constant) < this.signed(b.constant))
    return this.binary(a, b, op.i32_lt_s, this.pick(simd.i16x8_lt_s, simd.i32x4_lt_s))
  }
  lessUnsigned(a: Limb, b: Limb): Limb {
    if (isConstant(a) && isConstant(b)) return this.boolean(a.constant < b.constant)
    if (this.is(b, 0) || same(a, b)) return this.boolean(false)
    return this.binary(a, b, op.i32_lt_u, this.pick(simd.i16x8_lt_u, simd.i32x4_lt_u))
  }
  boolean(value: boolean): Limb {
    return this.constant(value ? (this.vector ? -1 : 1) : 0)
  }
  /** The complement of a boolean. */
  negate(a: Limb): Limb {
    if (isConstant(a)) return this.boolean(a.constant === 0)
    const before = this.how(a)
    if (before?.name === "negate") return before.a
    const opposite = this.vector || before === undefined ? undefined : opposites.get(before.name)
    if (before !== undefined && opposite !== undefined) return this.binary(before.a, before.b, opposite, 0)
    return this.note(this.vector ? this.not(a) : this.xor(a, this.constant(1)), {name: "negate", a, b: a})
  }

  /** Where the condition (a boolean, or in a scalar any non-zero value) holds `yes`, else `no`. */
  choose(condition: Limb, yes: Limb, no: Limb): Limb {
    if (isConstant(condition)) return condition.constant === 0 ? no : yes
    if (same(yes, no)) return yes
    const before = this.how(condition)
    if (before?.name === "negate") return this.choose(before.a, no, yes)
    if (before !== undefined && !this.vector) {
      if (before.name === op.i32_eq && this.is(before.b, 0)) return this.choose(before.a, no, yes)
      if (before.name === op.i32_ne && this.is(before.b, 0)) return this.choose(before.a, yes, no)
      // A bit need not be moved down to be asked.
      const inner = before.name === op.i32_shr_u ? this.how(before.a) : undefined
      if (inner?.name === op.i32_and && isConstant(inner.b) && isConstant(before.b)) {
        const by = before.b.constant
        if ((inner.b.constant >>> by) * 2 ** by === inner.b.constant) return this.choose(before.a, yes, no)
      }
    }
    const {body} = this
    if (this.vector) {
      if (this.is(yes, this.mask)) return this.or(condition, no)
      if (this.is(yes, 0)) return this.andNot(no, condition)
      if (this.is(no, 0)) return this.and(yes, condition)
    }
    return this.remember(`?${text(condition)},${text(yes)},${text(no)}`, undefined, () => {
      this.push(yes)
      this.push(no)
      this.push(condition)
      if (this.vector) body.vector(simd.bitselect)
      else body.op(op.select)
    })
  }

  /** Pushes an i32 that is not zero if the boolean holds in any lane. */
  pushAny(a: Limb): void {
    this.push(a)
    if (this.vector) this.body.vector(simd.any_true)
  }
  /** Pushes an i32 that is not zero if the limb is not zero in every lane. */
  pushAll(a: Limb): void {
    this.push(a)
    if (this.vector) this.body.vector(this.pick(simd.i16x8_all_true, simd.i32x4_all_true))
  }
  /** Pushes one lane as an unsigned i32. */
  pushLane(a: Limb, lane: number): void {
    this.push(a)
    if (!this.vector) return
    this.body.vector(this.pick(simd.i16x8_extract_lane_u, simd.i32x4_extract_lane))
    this.body.code.byte(lane)
  }

  is(a: Limb, value: number): boolean {
    return isConstant(a) && a.constant === value
  }

  pick<T>(narrow: T, wide: T): T {
    return this.shape.width === 16 ? narrow : wide
  }

  private signed(value: number): number {
    return this.shape.width === 16 ? (value << 16) >> 16 : value | 0
  }

  private binary(a: Limb, b: Limb, scalar: number, vector: number): Limb {
    const name = this.vector ? vector : scalar
    return this.remember(`${name} ${text(a)},${text(b)}`, {name, a, b}, () => {
      this.push(a)
      this.push(b)
      if (this.vector) this.body.vector(vector)
      else this.body.op(scalar)
    })
  }

  private shift(a: Limb, by: number, scalar: number, vector: number): Limb {
    const name = this.vector ? vector : scalar
    return this.remember(`${name} ${text(a)}:${by}`, {name, a, b: {constant: by}}, () => {
      this.push(a)
      this.body.i32(by)
      if (this.vector) this.body.vector(vector)
      else this.body.op(scalar)
    })
  }

  /** What `emit` leaves on the stack, computed once for all who ask for the same. */
  private remember(key: string, made: Made | undefined, emit: () => void): Limb {
    if (!this.pure) {
      emit()
      return this.take()
    }
    const local = this.body.known(key)
    if (local !== undefined) return {local}
    emit()
    const limb = this.take()
    this.body.learn(key, limb.local)
    return made === undefined ? limb : this.note(limb, made)
  }
}

const text = (limb: Limb): string => (isConstant(limb) ? `=${limb.constant}` : `${limb.local}`)

/** Scalar compares whose answers are each other's complement. */
const opposites: ReadonlyMap<number | "negate", number> = new Map([
  [op.i32_eq, op.i32_ne],
  [op.i32_ne, op.i32_eq],
  [op.i32_lt_s, op.i32_ge_s],
  [op.i32_ge_s, op.i32_lt_s],
  [op.i32_lt_u, op.i32_ge_u],
  [op.i32_ge_u, op.i32_lt_u],
])

export const isConstant = (limb: Limb): limb is {readonly constant: number} => "constant" in limb

const same = (a: Limb, b: Limb): boolean =>
  isConstant(a) ? isConstant(b) && a.constant === b.constant : !isConstant(b) && a.local === b.local
