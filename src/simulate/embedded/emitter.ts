import {at, bug} from "../../errors.ts"
import type {Value} from "./cells/cell.ts"
import {lower} from "./cells/cells.ts"
import {type ConstantPool, type LaneShape, Lanes, type Limb} from "./lanes.ts"
import type {Layout} from "./layout.ts"
import {type LaneAddress, MemoryPorts} from "./memory.ts"
import {type Bit, type Control, type Flop, isConstant, type Netlist, variableOf} from "./netlist.ts"
import {type Above, type Clean, EXACT, Operand, type Source} from "./operand.ts"
import type {Group, Schedule, Unit} from "./schedule.ts"
import {FunctionBody, op} from "./wasm.ts"

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
  readonly addresses: Map<string, LaneAddress>
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
  private readonly memories: MemoryPorts

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
    this.memories = new MemoryPorts(this, this.body, netlist, layout, (key, make) => this.shareAddress(key, make))
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
    this.memories.writes()
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

  private shareAddress(key: string, make: () => LaneAddress): LaneAddress {
    const known = this.find((scope) => scope.addresses.get(key))
    if (known !== undefined) return known
    const made = make()
    this.scope.addresses.set(key, made)
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
        : {limbs: this.memories.read(cell.memory, cell.ports.ADDR ?? [], width), clean: EXACT}
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
}

const flopOf = (netlist: Netlist, unit: Unit): Flop => at(netlist.flops, unit.flop)
