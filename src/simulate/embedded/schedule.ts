import {at, TlastError} from "../../errors.ts"
import {type Bit, indexOf, isConstant, type Netlist, variableOf} from "./netlist.ts"

/** One limb of one flop: what is committed at once. */
export interface Unit {
  readonly flop: number
  readonly limb: number
}

/** Units committed together: under one enable, or (guarded false) always, each blended by its own control. */
export interface Group {
  readonly guarded: boolean
  readonly units: readonly Unit[]
}

/** In what order a step commits, and which cells are evaluated only inside a guarded group (by group index). */
export interface Schedule {
  readonly groups: readonly Group[]
  /** Of each cell: the guarded group that alone reads it, or -1. */
  readonly home: Int32Array
}

/** Below this many limbs of work a branch costs more than it saves. */
const GUARD_WORTH = 10

/**
 * Groups flops by enable and reset, gives each group the cells only it reads, and orders commits so that readers go
 * before the writer: then most flops are updated in place. Cycles are broken where fewest readers are left.
 * Error: COMBINATIONAL_LOOP.
 */
export function schedule(netlist: Netlist, limbWidth: number): Schedule {
  const {variables, cells, flops, memories} = netlist
  const limbsOf = (variable: number) => Math.max(1, Math.ceil(at(variables, variable).width / limbWidth))
  const order = topological(netlist)

  const keyOf = (index: number): string => {
    const {enable, reset, enableOverReset} = at(flops, index)
    if (enable === undefined) return ""
    return `${enable.bit},${enable.activeHigh},${reset?.bit},${reset?.activeHigh},${enableOverReset}`
  }
  const byKey = new Map<string, number[]>()
  flops.forEach((_, index) => {
    const key = keyOf(index)
    const list = byKey.get(key)
    if (list === undefined) byKey.set(key, [index])
    else list.push(index)
  })

  // Homes: candidate groups first, then the cheap ones are dissolved and homes worked out again.
  let candidates = [...byKey].filter(([key]) => key !== "").map(([, list]) => list)
  const homes = (groups: readonly (readonly number[])[]): Int32Array => {
    const home = new Int32Array(cells.length).fill(-2)
    const claim = (bits: readonly Bit[], by: number) => {
      for (const bit of bits) {
        if (isConstant(bit)) continue
        const variable = at(variables, variableOf(bit))
        if (variable.driver !== "cell") continue
        const known = home[variable.index]
        if (known === -2) home[variable.index] = by
        else if (known !== by) home[variable.index] = -1
      }
    }
    const groupOf = new Map<number, number>()
    groups.forEach((list, index) => {
      for (const flop of list) groupOf.set(flop, index)
    })
    flops.forEach(({d, enable, reset}, index) => {
      claim(d, groupOf.get(index) ?? -1)
      if (enable !== undefined) claim([enable.bit], -1)
      if (reset !== undefined) claim([reset.bit], -1)
    })
    for (const {bits} of netlist.outputs) claim(bits, -1)
    for (const {writes} of memories) {
      for (const {address, data, enable} of writes) for (const bits of [address, data, enable]) claim(bits, -1)
    }
    for (let i = order.length - 1; i >= 0; i--) {
      const cell = at(order, i)
      const by = home[cell] === -2 ? -1 : (home[cell] ?? -1)
      for (const bits of Object.values(at(cells, cell).ports)) claim(bits, by)
    }
    return home.map((by) => (by === -2 ? -1 : by))
  }
  let home = homes(candidates)
  const work = candidates.map((list) => list.reduce((sum, flop) => sum + limbsOf(at(flops, flop).variable), 0))
  cells.forEach(({output, type}, index) => {
    const by = home[index] ?? -1
    if (by >= 0) work[by] = (work[by] ?? 0) + limbsOf(output) * (type === "$mul" || type === "memory_read" ? 3 : 1)
  })
  candidates = candidates.filter((_, index) => (work[index] ?? 0) >= GUARD_WORTH)
  home = homes(candidates)

  const groups: Group[] = candidates.map((list) => ({guarded: true, units: list.flatMap((flop) => unitsOf(flop))}))
  const guardedFlops = new Set(candidates.flat())
  flops.forEach((_, flop) => {
    if (!guardedFlops.has(flop)) for (const unit of unitsOf(flop)) groups.push({guarded: false, units: [unit]})
  })
  function unitsOf(flop: number): Unit[] {
    return Array.from({length: limbsOf(at(flops, flop).variable)}, (_, limb) => ({flop, limb}))
  }

  const reads = readSets(netlist, limbWidth)
  const sorted = readersFirst(groups.length, (index) => {
    const {units} = at(groups, index)
    const all = new Set<number>()
    for (const unit of units) for (const item of reads(unit)) all.add(item)
    return {reads: all, writes: units.map(({flop, limb}) => at(reads.base, flop) + limb)}
  })
  const position = new Int32Array(groups.length)
  sorted.forEach((group, index) => {
    position[group] = index
  })
  const ordered = sorted.map((index): Group => {
    const {guarded, units} = at(groups, index)
    if (units.length === 1) return {guarded, units}
    const inside = readersFirst(units.length, (i) => {
      const unit = at(units, i)
      return {reads: reads(unit), writes: [at(reads.base, unit.flop) + unit.limb]}
    })
    return {guarded, units: inside.map((i) => at(units, i))}
  })
  return {groups: ordered, home: home.map((by) => (by < 0 ? -1 : (position[by] ?? -1)))}
}

/** Cells with every cell after those it reads. */
function topological({cells, variables}: Netlist): number[] {
  const state = new Uint8Array(cells.length)
  const order: number[] = []
  const sources = cells.map(({ports}) => {
    const list = new Set<number>()
    for (const bits of Object.values(ports)) {
      for (const bit of bits) {
        if (isConstant(bit)) continue
        const variable = at(variables, variableOf(bit))
        if (variable.driver === "cell") list.add(variable.index)
      }
    }
    return [...list]
  })
  for (let root = 0; root < cells.length; root++) {
    if (state[root] !== 0) continue
    const stack: [number, number][] = [[root, 0]]
    state[root] = 1
    while (stack.length > 0) {
      const top = at(stack, stack.length - 1)
      const next = at(sources, top[0])[top[1]++]
      if (next === undefined) {
        state[top[0]] = 2
        order.push(top[0])
        stack.pop()
      } else if (state[next] === 1) {
        throw new TlastError({
          code: "COMBINATIONAL_LOOP",
          where: at(cells, next).where,
          message: "reads its own output without a register between (counted by whole vectors, not by bits)",
          hint: "put a register in the loop, or split the vector whose bits depend on each other; or use --simulator verilator",
        })
      } else if (state[next] === 0) {
        state[next] = 1
        stack.push([next, 0])
      }
    }
  }
  return order
}

interface ReadSets {
  (unit: Unit): ReadonlySet<number>
  /** First number of each flop's limbs in the sets. */
  readonly base: readonly number[]
}

/** The flop limbs a unit's new value depends on, through cells and through its controls. */
function readSets({variables, cells, flops}: Netlist, limbWidth: number): ReadSets {
  const base: number[] = []
  let total = 0
  for (const {variable} of flops) {
    base.push(total)
    total += Math.max(1, Math.ceil(at(variables, variable).width / limbWidth))
  }
  const seen = new Int32Array(cells.length)
  let stamp = 0
  const of = (unit: Unit): ReadonlySet<number> => {
    const {d, enable, reset} = at(flops, unit.flop)
    stamp++
    const result = new Set<number>()
    const pending: Bit[] = d.slice(unit.limb * limbWidth, (unit.limb + 1) * limbWidth)
    if (enable !== undefined) pending.push(enable.bit)
    if (reset !== undefined) pending.push(reset.bit)
    for (let bit = pending.pop(); bit !== undefined; bit = pending.pop()) {
      if (isConstant(bit)) continue
      const variable = at(variables, variableOf(bit))
      if (variable.driver === "flop") result.add(at(base, variable.index) + Math.floor(indexOf(bit) / limbWidth))
      else if (variable.driver === "cell" && seen[variable.index] !== stamp) {
        seen[variable.index] = stamp
        for (const bits of Object.values(at(cells, variable.index).ports)) {
          for (const source of bits) pending.push(source)
        }
      }
    }
    return result
  }
  const cache = new Map<number, ReadonlySet<number>>()
  const cached = (unit: Unit): ReadonlySet<number> => {
    const key = at(base, unit.flop) + unit.limb
    let set = cache.get(key)
    if (set === undefined) {
      set = of(unit)
      cache.set(key, set)
    }
    return set
  }
  return Object.assign(cached, {base})
}

/** An order in which whoever reads an item comes before its writer, as far as there is one. */
function readersFirst(
  count: number,
  describe: (index: number) => {readonly reads: ReadonlySet<number>; readonly writes: readonly number[]},
): number[] {
  const writer = new Map<number, number>()
  const described = Array.from({length: count}, (_, index) => describe(index))
  described.forEach(({writes}, index) => {
    for (const item of writes) writer.set(item, index)
  })
  const targets = described.map(({reads}, index) => {
    const list = new Set<number>()
    for (const item of reads) {
      const by = writer.get(item)
      if (by !== undefined && by !== index) list.add(by)
    }
    return [...list]
  })
  const waiting = new Int32Array(count)
  for (const list of targets) for (const by of list) waiting[by] = (waiting[by] ?? 0) + 1
  const done = new Uint8Array(count)
  const ready: number[] = []
  for (let i = count - 1; i >= 0; i--) if (waiting[i] === 0) ready.push(i)
  const order: number[] = []
  while (order.length < count) {
    let next = ready.pop()
    if (next === undefined) {
      let least = Number.POSITIVE_INFINITY
      for (let i = 0; i < count; i++) {
        const left = waiting[i] ?? 0
        if (done[i] === 0 && left < least) {
          least = left
          next = i
        }
      }
    }
    if (next === undefined || done[next] === 1) continue
    done[next] = 1
    order.push(next)
    for (const by of at(targets, next)) {
      const left = (waiting[by] ?? 0) - 1
      waiting[by] = left
      if (left === 0 && done[by] === 0) ready.push(by)
    }
  }
  return order
}
