// The longest paths of a placed design, a line for each pair of registers' names, out of nextpnr's delay file. See README.md.
//   npx jiti bench/frequency/paths.ts build/frequency/digits16-85k/placed.sdf [lines]
import {readFileSync} from "node:fs"

const [file = "placed.sdf", lines = "20"] = process.argv.slice(2)

interface Arc {
  readonly to: number
  readonly delay: number
}
const ids = new Map<string, number>()
const pins: string[] = []
const arcs: Arc[][] = []
function pin(name: string): number {
  const known = ids.get(name)
  if (known !== undefined) return known
  const id = pins.push(name) - 1
  ids.set(name, id)
  arcs.push([])
  return id
}
const portOf = (id: number): string => (pins[id] ?? "").slice((pins[id] ?? "").lastIndexOf("/") + 1)
const isClock = (id: number): boolean => ["CLK", "CLKA", "CLKB", "CLK0", "WCK"].includes(portOf(id))

// Wires (INTERCONNECT from/port to/port delays) and cells (INSTANCE, then IOPATH port port delays): the slower of the edges counts.
let instance = ""
for (const line of readFileSync(file, "utf8").split("\n")) {
  const words = line.trim().split(/\s+/)
  if (words[0] === "(INSTANCE") instance = (words[1] ?? "").replace(/\)$/, "")
  if (words[0] !== "(INTERCONNECT" && words[0] !== "(IOPATH") continue
  const delay = Math.max(...[...line.matchAll(/\(-?\d+:-?\d+:(-?\d+)\)/g)].map(([, most]) => Number(most)))
  const [from = "", to = ""] = [words[1] ?? "", words[2] ?? ""].map((word) => word.replace(/[()]/g, ""))
  const wire = words[0] === "(INTERCONNECT"
  arcs[pin(wire ? from : `${instance}/${from}`)]?.push({to: pin(wire ? to : `${instance}/${to}`), delay})
}

// From every clock pin on, each pin once all that leads to it is known.
const waiting = new Int32Array(pins.length)
const reached = new Uint8Array(pins.length)
const open = pins.flatMap((_, id) => (isClock(id) ? [id] : []))
const starts = [...open]
for (let id = open.pop(); id !== undefined; id = open.pop()) {
  if (reached[id] === 1) continue
  reached[id] = 1
  for (const {to} of arcs[id] ?? []) {
    if (isClock(to)) continue
    waiting[to] = (waiting[to] ?? 0) + 1
    open.push(to)
  }
}
const arrival = new Float64Array(pins.length)
const before = new Int32Array(pins.length).fill(-1)
const ready = starts.filter((id) => waiting[id] === 0)
for (let id = ready.pop(); id !== undefined; id = ready.pop())
  for (const {to, delay} of arcs[id] ?? []) {
    if (isClock(to)) continue
    const time = (arrival[id] ?? 0) + delay
    if (time > (arrival[to] ?? 0)) {
      arrival[to] = time
      before[to] = id
    }
    waiting[to] = (waiting[to] ?? 0) - 1
    if (waiting[to] === 0) ready.push(to)
  }

// What ends a path: a register's data, enable or reset. Bits of one name are one line.
const register = (id: number): string =>
  (pins[id] ?? "")
    .replace(/^u_top\.u_core\.|\\/g, "")
    .replace(/\/.*|_TRELLIS.*|\[\d+\]/g, "")
    .replace(/\d+/g, "#")
const groups = new Map<string, {most: number; count: number}>()
for (const [id] of pins.entries()) {
  const port = portOf(id)
  const ends = (arcs[id] ?? []).length === 0 || ["CE", "LSR", "M", "DI"].includes(port)
  if (reached[id] !== 1 || !ends || (pins[id] ?? "").includes("$tr_io")) continue
  let start = id
  for (let back = before[start]; back !== undefined && back >= 0; back = before[start]) start = back
  const name = `${register(start)} -> ${register(id)}${port === "CE" ? " (enable)" : port === "LSR" ? " (reset)" : ""}`
  const {most = 0, count = 0} = groups.get(name) ?? {}
  groups.set(name, {most: Math.max(most, arrival[id] ?? 0), count: count + 1})
}
const sorted = [...groups].sort(([, a], [, b]) => b.most - a.most).slice(0, Number(lines))
for (const [name, {most, count}] of sorted)
  console.log(`${(most / 1000).toFixed(1).padStart(6)} ns  ${String(count).padStart(5)} x  ${name}`)
