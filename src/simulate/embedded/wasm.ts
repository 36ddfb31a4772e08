/** A small WebAssembly encoder: function bodies as bytes, and a module around them. Only what the simulator emits. */

export const I32 = 0x7f
export const V128 = 0x7b
export type ValueType = typeof I32 | typeof V128

/** Opcodes by their names in the specification, dots as underscores; those of the SIMD prefix are in `simd`. */
export const op = {
  block: 0x02,
  loop: 0x03,
  if: 0x04,
  else: 0x05,
  end: 0x0b,
  br: 0x0c,
  br_if: 0x0d,
  return: 0x0f,
  call: 0x10,
  select: 0x1b,
  local_get: 0x20,
  local_set: 0x21,
  local_tee: 0x22,
  i32_load: 0x28,
  i64_load: 0x29,
  i32_load8_u: 0x2d,
  i32_load16_u: 0x2f,
  i32_store: 0x36,
  i32_store8: 0x3a,
  i32_store16: 0x3b,
  i32_const: 0x41,
  i32_eqz: 0x45,
  i32_eq: 0x46,
  i32_ne: 0x47,
  i32_lt_s: 0x48,
  i32_lt_u: 0x49,
  i32_ge_s: 0x4e,
  i32_ge_u: 0x4f,
  i32_add: 0x6a,
  i32_sub: 0x6b,
  i32_mul: 0x6c,
  i32_and: 0x71,
  i32_or: 0x72,
  i32_xor: 0x73,
  i32_shl: 0x74,
  i32_shr_s: 0x75,
  i32_shr_u: 0x76,
  i32_popcnt: 0x69,
  i32_ctz: 0x68,
  i32_wrap_i64: 0xa7,
  i64_extend_i32_s: 0xac,
  i64_extend_i32_u: 0xad,
  i64_mul: 0x7e,
  i64_shr_u: 0x88,
  i64_const: 0x42,
} as const

export const simd = {
  load: 0x00,
  load16_splat: 0x08,
  load32_splat: 0x09,
  store: 0x0b,
  const: 0x0c,
  shuffle: 0x0d,
  i16x8_splat: 0x10,
  i32x4_splat: 0x11,
  i16x8_extract_lane_u: 0x19,
  i32x4_extract_lane: 0x1b,
  i16x8_eq: 0x2d,
  i16x8_lt_s: 0x2f,
  i16x8_lt_u: 0x30,
  i32x4_eq: 0x37,
  i32x4_lt_s: 0x39,
  i32x4_lt_u: 0x3a,
  not: 0x4d,
  and: 0x4e,
  andnot: 0x4f,
  or: 0x50,
  xor: 0x51,
  bitselect: 0x52,
  any_true: 0x53,
  load16_lane: 0x55,
  load32_lane: 0x56,
  store16_lane: 0x59,
  store32_lane: 0x5a,
  i16x8_all_true: 0x83,
  i16x8_bitmask: 0x84,
  i16x8_shl: 0x8b,
  i16x8_shr_s: 0x8c,
  i16x8_shr_u: 0x8d,
  i16x8_add: 0x8e,
  i16x8_sub: 0x91,
  i16x8_mul: 0x95,
  i32x4_all_true: 0xa3,
  i32x4_bitmask: 0xa4,
  i32x4_shl: 0xab,
  i32x4_shr_s: 0xac,
  i32x4_shr_u: 0xad,
  i32x4_add: 0xae,
  i32x4_sub: 0xb1,
  i32x4_mul: 0xb5,
  i32x4_extmul_low_i16x8_u: 0xbe,
  i32x4_extmul_high_i16x8_u: 0xbf,
  i64x2_extmul_low_i32x4_u: 0xde,
  i64x2_extmul_high_i32x4_u: 0xdf,
} as const

/** A growing run of bytes with WebAssembly's integers. */
export class Bytes {
  private data = new Uint8Array(1024)
  length = 0

  byte(value: number): void {
    if (this.length === this.data.length) {
      const larger = new Uint8Array(this.data.length * 2)
      larger.set(this.data)
      this.data = larger
    }
    this.data[this.length++] = value
  }

  unsigned(value: number): void {
    let rest = value >>> 0
    while (rest > 127) {
      this.byte((rest & 127) | 128)
      rest >>>= 7
    }
    this.byte(rest)
  }

  signed(value: number): void {
    let rest = value | 0
    for (;;) {
      const low = rest & 127
      rest >>= 7
      const done = (rest === 0 && low < 64) || (rest === -1 && low >= 64)
      this.byte(done ? low : low | 128)
      if (done) return
    }
  }

  bytes(values: ArrayLike<number>): void {
    for (let i = 0; i < values.length; i++) this.byte(values[i] ?? 0)
  }

  text(value: string): void {
    const encoded = new TextEncoder().encode(value)
    this.unsigned(encoded.length)
    this.bytes(encoded)
  }

  done(): Uint8Array {
    return this.data.slice(0, this.length)
  }
}

const newScope = () => ({locals: [] as number[], known: new Map<string, number>()})

/** One function under construction. Locals come from a free list, so that a scope can give its own back. */
export class FunctionBody {
  readonly code = new Bytes()
  private readonly types: ValueType[] = []
  /** How often each local was handed out. */
  private readonly births: number[] = []
  private readonly free: Record<ValueType, number[]> = {[I32]: [], [V128]: []}
  private readonly scopes: {readonly locals: number[]; readonly known: Map<string, number>}[] = [newScope()]

  /** Past `limit` (engines take 50,000) locals live in memory from `base` on, 16 bytes each. */
  constructor(
    readonly parameters: readonly ValueType[],
    private readonly spill = {limit: Number.POSITIVE_INFINITY, base: 0},
  ) {
    if (Number.isFinite(spill.limit)) this.types.push(I32, V128)
  }

  /** Bytes of memory its locals take. */
  get spilled(): number {
    return 16 * Math.max(0, this.types.length - this.spill.limit)
  }

  /** Where a local lives in memory; undefined for one that the function has. */
  private inMemory(local: number): number | undefined {
    const place = local - this.parameters.length - this.spill.limit
    return place < 0 ? undefined : this.spill.base + 16 * place
  }

  /** A value on the stack to where a spilled local lives, by way of the first locals, which are kept for that. */
  private toMemory(local: number, at: number): void {
    const wide = this.types[local - this.parameters.length] === V128
    const passing = this.parameters.length + (wide ? 1 : 0)
    this.set(passing)
    this.i32(0)
    this.get(passing)
    if (wide) this.vector(simd.store)
    else this.op(op.i32_store)
    this.memory(0, at)
  }

  local(type: ValueType): number {
    let index = this.free[type].pop()
    if (index === undefined) {
      index = this.parameters.length + this.types.length
      this.types.push(type)
    }
    this.births[index] = this.birth(index) + 1
    this.scopes.at(-1)?.locals.push(index)
    return index
  }

  /** Changes when a local is handed out again. */
  birth(local: number): number {
    return this.births[local] ?? 0
  }

  /** The local that holds what `key` says, where code that is sure to have run before computed it. */
  known(key: string): number | undefined {
    for (let i = this.scopes.length - 1; i >= 0; i--) {
      const local = this.scopes[i]?.known.get(key)
      if (local !== undefined) return local
    }
    return undefined
  }
  learn(key: string, local: number): void {
    this.scopes.at(-1)?.known.set(key, local)
  }

  enter(): void {
    this.scopes.push(newScope())
  }

  leave(): void {
    for (const index of this.scopes.pop()?.locals ?? []) {
      const type = this.types[index - this.parameters.length]
      if (type !== undefined) this.free[type].push(index)
    }
  }

  op(code: number): void {
    this.code.byte(code)
  }
  vector(code: number): void {
    this.code.byte(0xfd)
    this.code.unsigned(code)
  }
  get(local: number): void {
    const spilled = this.inMemory(local)
    if (spilled !== undefined) {
      this.i32(0)
      if (this.types[local - this.parameters.length] === V128) this.vector(simd.load)
      else this.op(op.i32_load)
      this.memory(0, spilled)
      return
    }
    this.code.byte(op.local_get)
    this.code.unsigned(local)
  }
  set(local: number): void {
    const spilled = this.inMemory(local)
    if (spilled !== undefined) {
      this.toMemory(local, spilled)
      return
    }
    this.code.byte(op.local_set)
    this.code.unsigned(local)
  }
  tee(local: number): void {
    if (this.inMemory(local) !== undefined) {
      this.set(local)
      this.get(local)
      return
    }
    this.code.byte(op.local_tee)
    this.code.unsigned(local)
  }
  i32(value: number): void {
    this.code.byte(op.i32_const)
    this.code.signed(value)
  }
  /** The immediate of a load or store: alignment as a power of two (a hint), then the offset. */
  memory(align: number, offset: number): void {
    this.code.unsigned(align)
    this.code.unsigned(offset)
  }
  /** `op` is if, block or loop, without a result; for `else`, `end` use op(). */
  open(code: number): void {
    this.code.byte(code)
    this.code.byte(0x40)
  }
  branch(code: number, depth: number): void {
    this.code.byte(code)
    this.code.unsigned(depth)
  }
  call(index: number): void {
    this.code.byte(op.call)
    this.code.unsigned(index)
  }

  done(): Uint8Array {
    const out = new Bytes()
    const runs: [number, ValueType][] = []
    for (const type of this.types.slice(0, this.spill.limit)) {
      const last = runs.at(-1)
      if (last !== undefined && last[1] === type) last[0]++
      else runs.push([1, type])
    }
    out.unsigned(runs.length)
    for (const [count, type] of runs) {
      out.unsigned(count)
      out.byte(type)
    }
    out.bytes(this.code.done())
    out.byte(op.end)
    return out.done()
  }
}

export interface ModuleFunction {
  readonly name: string
  readonly parameters: readonly ValueType[]
  readonly results: readonly ValueType[]
  readonly body: Uint8Array
}

/** A module that imports its memory as env.memory and exports every function; function indices are list positions. */
export function encodeModule(functions: readonly ModuleFunction[], pages: number): Uint8Array {
  const out = new Bytes()
  out.bytes([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0])
  section(out, 1, (s) => {
    s.unsigned(functions.length)
    for (const {parameters, results} of functions) {
      s.byte(0x60)
      s.unsigned(parameters.length)
      s.bytes(parameters)
      s.unsigned(results.length)
      s.bytes(results)
    }
  })
  section(out, 2, (s) => {
    s.unsigned(1)
    s.text("env")
    s.text("memory")
    s.bytes([2, 0])
    s.unsigned(pages)
  })
  section(out, 3, (s) => {
    s.unsigned(functions.length)
    functions.forEach((_, index) => {
      s.unsigned(index)
    })
  })
  section(out, 7, (s) => {
    s.unsigned(functions.length)
    functions.forEach(({name}, index) => {
      s.text(name)
      s.byte(0)
      s.unsigned(index)
    })
  })
  section(out, 10, (s) => {
    s.unsigned(functions.length)
    for (const {body} of functions) {
      s.unsigned(body.length)
      s.bytes(body)
    }
  })
  return out.done()
}

function section(out: Bytes, id: number, fill: (section: Bytes) => void): void {
  const content = new Bytes()
  fill(content)
  out.byte(id)
  out.unsigned(content.length)
  out.bytes(content.done())
}
