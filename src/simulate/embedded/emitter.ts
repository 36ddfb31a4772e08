import {at, bug} from "../../errors.ts"
import {lower, type Value} from "./cells.ts"
import {type ConstantPool, isConstant as constantLimb, type LaneShape, Lanes, type Limb} from "./lanes.ts"
import type {Layout} from "./layout.ts"
import {type Bit, type Control, type Flop, isConstant, type Netlist, variableOf, ZERO} from "./netlist.ts"
import {type Above, type Clean, EXACT, Operand, type Source} from "./operand.ts"
import type {Group, Schedule, Unit} from "./schedule.ts"
import {FunctionBody, I32, op, simd} from "./wasm.ts"

/** What one pass over the netlist teaches the next: which flops are read after their commit, how they should be stored. */
export interface Lessons {
  /** Flop limbs (variable.limb) to load at the start of the step. */
  readonly preload: Set<string>
  /** The same, at the start of a guarded group, by its position. */
  readonly groupPreload: Map<number, Set<string>>
  /** How often readers asked for each variable's top limb to be clean. */
  readonly wanted: Map<number, {zero: number; sign: number}>
  /** The form each flop is stored in, from `wanted` of the pass before. */
  readonly form: Map<number, Above>
}

export const noLessons = (): Lessons => ({
  preload: new Set(),
  groupPreload: new Map(),
  wanted: new Map(),
  form: new Map(),
})

interface Scope {
  readonly values: Map<number, Value>
  readonly limbs: Map<string, Limb>
  readonly addresses: Map<string, {readonly uniform: number; readonly scalar: number}>
  /** -1 outside any guarded group. */
  readonly group: number
  readonly committed: Set<string>
}

const newScope = (group: number): Scope => ({
  values: new Map(),
  limbs: new Map(),
  addresses: new Map(),
  group,
  committed: new Set(),
})

/** Emits one function over the netlist: outputs only, or a whole clock edge. */
export class Emitter implements Source {
  readonly body: FunctionBody
  readonly lanes: Lanes
  private readonly scopes: Scope[] = [newScope(-1)]

  constructor(
    private readonly netlist: Netlist,
    private readonly plan: Schedule,
    private readonly layout: Layout,
    private readonly lessons: Lessons,
    shape: LaneShape,
    pool: ConstantPool,
    /** Locals a function may have; what is past them lives behind the layout. */
    limit: number,
  ) {
    this.body = new FunctionBody([], {limit, base: layout.end})
    this.lanes = new Lanes(this.body, shape, pool, true)
  }

  /** Stores every output and probe as it is before the edge. */
  outputs(): void {
    for (const {bits, address} of this.layout.outputs) {
      const operand = new Operand(this, bits, false, bits.length)
      for (let i = 0; i < operand.limbs; i++) {
        const limb = bits.length === 1 ? operand.boolean() : operand.limb(i, "zero")
        this.lanes.store(address + i * this.lanes.bytes, limb)
      }
    }
  }

  /** Everything the rising edge does. */
  edge(): void {
    for (const key of this.lessons.preload) this.loadFlop(key, this.scope)
    this.outputs()
    this.plan.groups.forEach((group, index) => {
      if (group.guarded) this.guardedGroup(group, index)
      else for (const unit of group.units) this.commit(unit, this.controlled(unit, false))
    })
    this.memoryWrites()
  }

  // ---- Source: where operands read ----

  width(variable: number): number {
    return at(this.netlist.variables, variable).width
  }

  clean(variable: number): Clean {
    if (this.width(variable) % this.lanes.shape.width === 0) return EXACT
    const {driver} = at(this.netlist.variables, variable)
    if (driver === "cell") return this.value(variable).clean
    const form = driver === "input" ? this.inputForm(variable) : (this.lessons.form.get(variable) ?? "any")
    return {zero: form === "zero", sign: form === "sign"}
  }

  limb(variable: number, index: number): Limb {
    const {driver} = at(this.netlist.variables, variable)
    if (driver === "cell") return this.value(variable).limbs[index] ?? this.lanes.constant(0)
    const key = `${variable}.${index}`
    const known = this.find((scope) => scope.limbs.get(key))
    if (known !== undefined) return known
    if (driver === "flop") this.noteLateRead(key)
    return this.loadFlop(key, this.scope)
  }

  topLimb(variable: number, above: "zero" | "sign"): Limb {
    const ragged = this.width(variable) % this.lanes.shape.width
    const index = Math.max(1, Math.ceil(this.width(variable) / this.lanes.shape.width)) - 1
    if (ragged !== 0 && at(this.netlist.variables, variable).driver === "flop") {
      const wanted = this.lessons.wanted.get(variable) ?? {zero: 0, sign: 0}
      wanted[above]++
      this.lessons.wanted.set(variable, wanted)
    }
    const raw = this.limb(variable, index)
    if (ragged === 0 || this.clean(variable)[above]) return raw
    return this.once(`${variable}^${above}`, () => this.cleaned(raw, ragged, above))
  }

  once(key: string, make: () => Limb): Limb {
    const known = this.find((scope) => scope.limbs.get(key))
    if (known !== undefined) return known
    const made = make()
    this.scope.limbs.set(key, made)
    return made
  }

  // ---- values ----

  private get scope(): Scope {
    return at(this.scopes, this.scopes.length - 1)
  }

  private find<T>(look: (scope: Scope) => T | undefined): T | undefined {
    for (let i = this.scopes.length - 1; i >= 0; i--) {
      const found = look(at(this.scopes, i))
      if (found !== undefined) return found
    }
    return undefined
  }

  private cleaned(limb: Limb, ragged: number, above: "zero" | "sign"): Limb {
    const {lanes} = this
    if (above === "zero") return lanes.and(limb, lanes.constant(2 ** ragged - 1))
    const by = lanes.shape.width - ragged
    return lanes.shiftRightSigned(lanes.shiftLeft(limb, by), by)
  }

  /** One-bit inputs are booleans, the others are zero-extended; so the driver stores them. */
  private inputForm(variable: number): Above {
    return this.width(variable) === 1 && this.lanes.vector ? "sign" : "zero"
  }

  private value(variable: number): Value {
    const known = this.find((scope) => scope.values.get(variable))
    if (known !== undefined) return known
    const {index} = at(this.netlist.variables, variable)
    const cell = at(this.netlist.cells, index)
    const width = this.width(variable)
    const value =
      cell.memory === undefined
        ? lower(this, cell, width)
        : {limbs: this.readMemory(cell.memory, cell.ports.ADDR ?? [], width), clean: EXACT}
    const trimmed =
      cell.memory === undefined || width % this.lanes.shape.width === 0
        ? value
        : {...value, clean: {zero: true, sign: false}}
    this.scope.values.set(variable, trimmed)
    return trimmed
  }

  private loadFlop(key: string, scope: Scope): Limb {
    const [variable = 0, index = 0] = key.split(".").map(Number)
    const limb = this.lanes.load(at(this.layout.variables, variable) + index * this.lanes.bytes)
    scope.limbs.set(key, limb)
    return limb
  }

  /** A load that comes after the commit would see the new value: the next pass loads it earlier. */
  private noteLateRead(key: string): void {
    const inside = this.scope
    if (inside.group >= 0 && inside.committed.has(key)) {
      const set = this.lessons.groupPreload.get(inside.group) ?? new Set()
      this.lessons.groupPreload.set(inside.group, set.add(key))
    } else if (at(this.scopes, 0).committed.has(key)) this.lessons.preload.add(key)
  }

  // ---- flops ----

  private condition({bit, activeHigh}: Control): Limb {
    const limb = new Operand(this, [bit], false, 1).boolean()
    return activeHigh ? limb : this.lanes.negate(limb)
  }

  private newValue(unit: Unit, flop: Flop, withReset: boolean): Limb {
    const {lanes} = this
    const width = this.width(flop.variable)
    const form = this.lessons.form.get(flop.variable) ?? "any"
    const value = new Operand(this, flop.d, false, width).limb(unit.limb, form)
    if (flop.reset === undefined || !withReset) return value
    return lanes.choose(this.condition(flop.reset), this.resetLimb(flop, unit.limb, form), value)
  }

  private resetLimb({reset, variable}: Flop, index: number, form: Above): Limb {
    const {width} = this.lanes.shape
    let bits = 0
    for (let i = 0; i < width; i++) {
      const position = index * width + i
      const inside = position < this.width(variable)
      const source = inside ? position : form === "sign" ? this.width(variable) - 1 : -1
      if (source >= 0 && reset?.value[source] === true) bits |= 1 << i
    }
    return this.lanes.constant(bits)
  }

  /** The unit's next value with its enable and reset applied; in a group's fast path neither is needed. */
  private controlled(unit: Unit, fast: boolean): Limb {
    const {lanes} = this
    const flop = at(this.netlist.flops, unit.flop)
    if (fast) return this.newValue(unit, flop, false)
    if (flop.enable === undefined) return this.newValue(unit, flop, true)
    const old = this.limb(flop.variable, unit.limb)
    const next = this.newValue(unit, flop, true)
    return lanes.choose(this.changes(flop), next, old)
  }

  /** When a flop takes a new value at all. */
  private changes({enable, reset, enableOverReset}: Flop): Limb {
    if (enable === undefined) return this.lanes.boolean(true)
    const on = this.condition(enable)
    if (reset === undefined || enableOverReset) return on
    return this.once(`changes ${enable.bit} ${enable.activeHigh} ${reset.bit} ${reset.activeHigh}`, () =>
      this.lanes.or(on, this.condition(reset)),
    )
  }

  private commit(unit: Unit, limb: Limb): void {
    const {variable} = at(this.netlist.flops, unit.flop)
    this.lanes.store(at(this.layout.variables, variable) + unit.limb * this.lanes.bytes, limb)
    this.scope.committed.add(`${variable}.${unit.limb}`)
  }

  private guardedGroup(group: Group, index: number): void {
    const {lanes, body} = this
    const first = at(group.units, 0)
    const flop = at(this.netlist.flops, first.flop)
    if (flop.enable === undefined) throw bug("guardedGroup", "a group without an enable")
    for (const unit of group.units) this.evaluateShared(at(this.netlist.flops, unit.flop).d, index)
    const on = this.condition(flop.enable)
    const changes = this.changes(flop)
    if (!lanes.vector) {
      lanes.pushAny(changes)
      body.open(op.if)
      this.inScope(index, () => {
        for (const unit of group.units) this.commit(unit, this.newValue(unit, flopOf(this.netlist, unit), true))
      })
      body.op(op.end)
    } else {
      // Lanes that agree, as they do while no stall tells them apart, skip the blend with the old value.
      const plain = flop.reset === undefined ? on : lanes.andNot(on, this.condition(flop.reset))
      lanes.pushAll(plain)
      body.open(op.if)
      this.inScope(index, () => {
        for (const unit of group.units) this.commit(unit, this.controlled(unit, true))
      })
      body.op(op.else)
      lanes.pushAny(changes)
      body.open(op.if)
      this.inScope(index, () => {
        for (const unit of group.units) this.commit(unit, this.controlled(unit, false))
      })
      body.op(op.end)
      body.op(op.end)
    }
    for (const unit of group.units) this.scope.committed.add(`${flopOf(this.netlist, unit).variable}.${unit.limb}`)
  }

  private inScope(group: number, emit: () => void): void {
    this.body.enter()
    this.scopes.push(newScope(group))
    for (const key of this.lessons.groupPreload.get(group) ?? []) this.loadFlop(key, this.scope)
    emit()
    this.scopes.pop()
    this.body.leave()
  }

  /** What a group reads of cells that others read too is evaluated before its branch. */
  private evaluateShared(bits: readonly Bit[], group: number): void {
    const pending = [...bits]
    const seen = new Set<number>()
    for (let bit = pending.pop(); bit !== undefined; bit = pending.pop()) {
      if (isConstant(bit) || seen.has(variableOf(bit))) continue
      const id = variableOf(bit)
      seen.add(id)
      const {driver, index} = at(this.netlist.variables, id)
      if (driver !== "cell") continue
      if (this.plan.home[index] !== group) this.value(id)
      else for (const list of Object.values(at(this.netlist.cells, index).ports)) pending.push(...list)
    }
  }

  // ---- memories ----

  private address(bits: readonly Bit[], memory: number): {operand: Operand; limb: Limb; inside: Limb | undefined} {
    const {indexBits} = at(this.layout.memories, memory)
    const {lanes} = this
    const operand = new Operand(this, bits.slice(0, indexBits), false, Math.max(1, Math.min(bits.length, indexBits)))
    if (operand.limbs > 1) throw new NeedsWideLimbs(`memory ${at(this.netlist.memories, memory).name}`)
    const limb = operand.limb(0, "zero")
    const beyond = bits.slice(indexBits)
    if (beyond.every((bit) => bit === ZERO)) return {operand, limb, inside: undefined}
    const above = new Operand(this, beyond, false, beyond.length)
    let any = lanes.constant(0)
    for (let i = 0; i < above.limbs; i++) any = lanes.or(any, above.limb(i, "zero"))
    return {operand, limb, inside: lanes.equal(any, lanes.constant(0))}
  }

  /** Lane 0's address, and whether it is every lane's. */
  private uniform(limb: Limb): {uniform: number; scalar: number} {
    const {lanes, body} = this
    const key = constantLimb(limb) ? `c${limb.constant}` : `l${limb.local}`
    const known = this.find((scope) => scope.addresses.get(key))
    if (known !== undefined) return known
    const scalar = body.local(I32)
    const uniform = body.local(I32)
    lanes.pushLane(limb, 0)
    body.tee(scalar)
    body.vector(lanes.pick(simd.i16x8_splat, simd.i32x4_splat))
    lanes.push(limb)
    body.vector(lanes.pick(simd.i16x8_eq, simd.i32x4_eq))
    body.vector(lanes.pick(simd.i16x8_all_true, simd.i32x4_all_true))
    body.set(uniform)
    const made = {uniform, scalar}
    this.scope.addresses.set(key, made)
    return made
  }

  private readMemory(memory: number, bits: readonly Bit[], width: number): Limb[] {
    const {lanes, body} = this
    const {base, stride, shared} = at(this.layout.memories, memory)
    const {limb, inside} = this.address(bits, memory)
    const limbs = Math.max(1, Math.ceil(width / lanes.shape.width))
    const results = Array.from({length: limbs}, () => body.local(lanes.type))
    const step = shared ? lanes.shape.width / 8 : lanes.bytes
    const align = lanes.pick(1, 2)
    if (!lanes.vector) {
      results.forEach((local, i) => {
        lanes.push(limb)
        body.i32(stride)
        body.op(op.i32_mul)
        body.op(op.i32_load)
        body.memory(2, base + i * step)
        body.set(local)
      })
    } else {
      const {uniform, scalar} = this.uniform(limb)
      const at = body.local(I32)
      body.get(uniform)
      body.open(op.if)
      body.get(scalar)
      body.i32(stride)
      body.op(op.i32_mul)
      body.set(at)
      results.forEach((local, i) => {
        body.get(at)
        body.vector(shared ? lanes.pick(simd.load16_splat, simd.load32_splat) : simd.load)
        body.memory(shared ? align : 4, base + i * step)
        body.set(local)
      })
      body.op(op.else)
      for (let lane = 0; lane < lanes.shape.count; lane++) {
        lanes.pushLane(limb, lane)
        body.i32(stride)
        body.op(op.i32_mul)
        body.set(at)
        results.forEach((local, i) => {
          body.get(at)
          body.get(local)
          body.vector(lanes.pick(simd.load16_lane, simd.load32_lane))
          body.memory(align, base + i * step + (shared ? 0 : (lane * lanes.shape.width) / 8))
          body.code.byte(lane)
          body.set(local)
        })
      }
      body.op(op.end)
    }
    return results.map((local) => (inside === undefined ? {local} : lanes.choose(inside, {local}, lanes.constant(0))))
  }

  private memoryWrites(): void {
    const {lanes} = this
    // Every operand first: a write must not be seen by another port's address or data.
    const writes = this.netlist.memories.flatMap(({writes, width, size}, memory) =>
      writes.map(({address, data, enable}) => {
        const target = this.address(address, memory)
        const whole = enable.every((bit) => bit === enable[0])
        const mask = new Operand(this, enable, false, width)
        const value = new Operand(this, data, false, width)
        let on = whole ? new Operand(this, [enable[0] ?? ZERO], false, 1).boolean() : anyBit(this, mask)
        if (target.inside !== undefined) on = lanes.and(on, target.inside)
        if (size < 2 ** at(this.layout.memories, memory).indexBits)
          on = lanes.and(on, lanes.lessUnsigned(target.limb, lanes.constant(size)))
        return {
          memory,
          limb: target.limb,
          on,
          masks: whole ? undefined : Array.from({length: mask.limbs}, (_, i) => mask.limb(i, "zero")),
          values: Array.from({length: value.limbs}, (_, i) => value.limb(i, "zero")),
        }
      }),
    )
    for (const write of writes) this.writeMemory(write.memory, write.limb, write.on, write.masks, write.values)
  }

  private writeMemory(
    memory: number,
    address: Limb,
    on: Limb,
    masks: readonly Limb[] | undefined,
    values: readonly Limb[],
  ): void {
    const {lanes, body} = this
    const {base, stride} = at(this.layout.memories, memory)
    const place = body.local(I32)
    const align = lanes.pick(1, 2)
    lanes.pushAny(on)
    body.open(op.if)
    for (let lane = 0; lane < lanes.shape.count; lane++) {
      lanes.pushLane(on, lane)
      body.open(op.if)
      lanes.pushLane(address, lane)
      body.i32(stride)
      body.op(op.i32_mul)
      body.set(place)
      values.forEach((value, i) => {
        const offset = base + i * lanes.bytes + (lane * lanes.shape.width) / 8
        body.get(place)
        if (masks === undefined) lanes.pushLane(value, lane)
        else {
          const mask = at(masks, i)
          lanes.pushLane(value, lane)
          lanes.pushLane(mask, lane)
          body.op(op.i32_and)
          body.get(place)
          body.op(lanes.pick(op.i32_load16_u, op.i32_load))
          body.memory(align, offset)
          lanes.pushLane(mask, lane)
          body.i32(-1)
          body.op(op.i32_xor)
          body.op(op.i32_and)
          body.op(op.i32_or)
        }
        body.op(lanes.pick(op.i32_store16, op.i32_store))
        body.memory(align, offset)
      })
      body.op(op.end)
    }
    body.op(op.end)
  }
}

const flopOf = (netlist: Netlist, unit: Unit): Flop => at(netlist.flops, unit.flop)

function anyBit(source: Source, mask: Operand): Limb {
  const {lanes} = source
  let any = lanes.constant(0)
  for (let i = 0; i < mask.limbs; i++) any = lanes.or(any, mask.limb(i, "zero"))
  return lanes.negate(lanes.equal(any, lanes.constant(0)))
}

/** 16-bit limbs cannot do it: the caller compiles again with 32. */
export class NeedsWideLimbs extends Error {}
