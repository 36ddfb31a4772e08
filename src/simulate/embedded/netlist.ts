import {TlastError} from "../../errors.ts"

/** One bit of a netlist: ZERO, ONE, or bit `index` of variable `id` as id * 2^20 + index. X and Z are ZERO: two states. */
export type Bit = number
export const ZERO: Bit = -2
export const ONE: Bit = -1
const SPAN = 2 ** 20
export const bitOf = (variable: number, index: number): Bit => variable * SPAN + index
export const variableOf = (bit: Bit): number => Math.floor(bit / SPAN)
export const indexOf = (bit: Bit): number => bit % SPAN
export const isConstant = (bit: Bit): boolean => bit < 0

export interface Variable {
  readonly name: string
  readonly width: number
  /** Who gives it its value; `index` counts inside that list of the netlist. */
  readonly driver: "input" | "flop" | "cell"
  readonly index: number
}

export interface Cell {
  readonly type: string
  /** Instance name and source position, for messages. */
  readonly where: string
  readonly parameters: Readonly<Record<string, bigint>>
  readonly ports: Readonly<Record<string, readonly Bit[]>>
  /** The variable of its output; a memory's read port is a cell of type "memory_read". */
  readonly output: number
  /** Of a memory_read. */
  readonly memory?: number
}

export interface Control {
  readonly bit: Bit
  readonly activeHigh: boolean
}

export interface Flop {
  readonly variable: number
  readonly d: readonly Bit[]
  readonly enable?: Control
  readonly reset?: Control & {readonly value: readonly boolean[]}
  /** $sdffce: a reset counts only while enabled. */
  readonly enableOverReset: boolean
  readonly initial: readonly boolean[]
}

export interface WritePort {
  readonly address: readonly Bit[]
  readonly data: readonly Bit[]
  readonly enable: readonly Bit[]
}

export interface Memory {
  readonly name: string
  readonly width: number
  readonly size: number
  readonly offset: number
  /** Word by word, bit 0 first. */
  readonly initial: readonly boolean[]
  /** In priority order: a later port wins. */
  readonly writes: readonly WritePort[]
}

export interface Netlist {
  readonly top: string
  /** Name of the clock port; undefined where nothing is clocked. */
  readonly clock: string | undefined
  readonly variables: readonly Variable[]
  readonly inputs: readonly {readonly name: string; readonly variable: number}[]
  readonly outputs: readonly {readonly name: string; readonly bits: readonly Bit[]}[]
  readonly cells: readonly Cell[]
  readonly flops: readonly Flop[]
  readonly memories: readonly Memory[]
  /** Every named signal of the flattened design, hierarchical, for probes and waveforms. */
  readonly names: ReadonlyMap<string, readonly Bit[]>
}

type JsonBit = number | "0" | "1" | "x" | "z"
interface JsonCell {
  readonly type: string
  readonly parameters: Readonly<Record<string, string | number>>
  readonly attributes: Readonly<Record<string, string | number>>
  readonly port_directions: Readonly<Record<string, string>>
  readonly connections: Readonly<Record<string, readonly JsonBit[]>>
}
interface JsonModule {
  readonly attributes: Readonly<Record<string, string | number>>
  readonly ports: Readonly<Record<string, {readonly direction: string; readonly bits: readonly JsonBit[]}>>
  readonly cells: Readonly<Record<string, JsonCell>>
  readonly netnames: Readonly<
    Record<
      string,
      {
        readonly bits: readonly JsonBit[]
        readonly hide_name: number
        readonly attributes: Readonly<Record<string, string | number>>
      }
    >
  >
}

const FLOPS = new Set(["$dff", "$dffe", "$sdff", "$sdffe", "$sdffce"])
/** Cells that carry no value of the design. */
const IGNORED = new Set(["$scopeinfo", "$print"])

/**
 * Reads the JSON that Yosys' write_json makes of one flattened module after `memory -nordff -nomap`.
 * Errors: UNSUPPORTED_CELL (with instance and source line), MANY_CLOCKS, CLOCK_EDGE, CLOCK_AS_DATA.
 */
export function readNetlist(json: string, top: string): Netlist {
  const parsed = JSON.parse(json) as {readonly modules: Readonly<Record<string, JsonModule>>}
  const module = parsed.modules[top]
  if (module === undefined) throw unsupported(top, "Yosys left no module of this name", "check the design's top")

  const driven = new Map<number, Bit>()
  const variables: Variable[] = []
  const define = (name: string, bits: readonly JsonBit[], driver: Variable["driver"], index: number): number => {
    const id = variables.length
    variables.push({name, width: bits.length, driver, index})
    bits.forEach((bit, i) => {
      if (typeof bit === "number") driven.set(bit, bitOf(id, i))
    })
    return id
  }
  const initial = new Map<number, boolean>()
  for (const {bits, attributes} of Object.values(module.netnames)) {
    const {init} = attributes
    if (init !== undefined) {
      const values = bitString(init, bits.length)
      bits.forEach((bit, i) => {
        if (typeof bit === "number" && values[i] !== "x") initial.set(bit, values[i] === "1")
      })
    }
  }

  const inputs: {name: string; variable: number; net: JsonBit | undefined}[] = []
  for (const [name, port] of Object.entries(module.ports)) {
    if (port.direction === "inout")
      throw unsupported(`${top}.${name}`, "an inout port", "use separate inputs and outputs")
    if (port.direction === "input")
      inputs.push({name, variable: define(name, port.bits, "input", inputs.length), net: port.bits[0]})
  }

  interface Pending {
    readonly cell: JsonCell
    readonly where: string
    readonly variable: number
    readonly memory?: number
    readonly port?: number
  }
  const pendingCells: Pending[] = []
  const pendingFlops: Pending[] = []
  const pendingMemories: {cell: JsonCell; name: string}[] = []
  for (const [name, cell] of Object.entries(module.cells)) {
    if (IGNORED.has(cell.type)) continue
    const source = cell.attributes.src
    const where = `${name}${typeof source === "string" ? ` (${source})` : ""}`
    if (FLOPS.has(cell.type)) {
      const variable = define(name, cell.connections.Q ?? [], "flop", pendingFlops.length)
      pendingFlops.push({cell, where, variable})
    } else if (cell.type === "$mem_v2") {
      const memory = pendingMemories.length
      pendingMemories.push({cell, name})
      const width = Number(value(cell.parameters.WIDTH))
      const reads = Number(value(cell.parameters.RD_PORTS))
      checkMemory(cell, where)
      for (let port = 0; port < reads; port++) {
        const data = (cell.connections.RD_DATA ?? []).slice(port * width, (port + 1) * width)
        const variable = define(`${name}[${port}]`, data, "cell", pendingCells.length)
        pendingCells.push({cell, where, variable, memory, port})
      }
    } else {
      const outputs = Object.entries(cell.port_directions).filter(([, direction]) => direction === "output")
      const [output] = outputs
      if (outputs.length !== 1 || output === undefined)
        throw unsupported(where, `a cell of type ${cell.type}`, "write it with operators tlast's simulator knows")
      const variable = define(name, cell.connections[output[0]] ?? [], "cell", pendingCells.length)
      pendingCells.push({cell, where, variable})
    }
  }

  const bit = (json: JsonBit): Bit =>
    typeof json === "number" ? (driven.get(json) ?? ZERO) : json === "1" ? ONE : ZERO
  const bits = (list: readonly JsonBit[] | undefined): Bit[] => (list ?? []).map(bit)

  let clockNet: JsonBit | undefined
  const clocked = (net: JsonBit | undefined, polarity: bigint, where: string) => {
    if (polarity !== 1n)
      throw clockError("CLOCK_EDGE", where, "is clocked by the falling edge; expected posedge of the one clock")
    if (net === undefined || (clockNet !== undefined && net !== clockNet))
      throw clockError("MANY_CLOCKS", where, "is clocked by another signal than the rest; expected one clock for all")
    clockNet = net
  }
  const flops = pendingFlops.map(({cell, where, variable}): Flop => {
    const {connections: c, parameters: p} = cell
    clocked(c.CLK?.[0], value(p.CLK_POLARITY), where)
    const width = c.Q?.length ?? 0
    const resetValue = p.SRST_VALUE === undefined ? [] : [...bitString(p.SRST_VALUE, width)].map((b) => b === "1")
    return {
      variable,
      d: bits(c.D),
      ...(c.EN === undefined ? {} : {enable: {bit: bit(c.EN[0] ?? "1"), activeHigh: value(p.EN_POLARITY) === 1n}}),
      ...(c.SRST === undefined
        ? {}
        : {reset: {bit: bit(c.SRST[0] ?? "0"), activeHigh: value(p.SRST_POLARITY) === 1n, value: resetValue}}),
      enableOverReset: cell.type === "$sdffce",
      initial: (c.Q ?? []).map((net) => typeof net === "number" && initial.get(net) === true),
    }
  })
  const memories = pendingMemories.map(({cell, name}): Memory => {
    const {connections: c, parameters: p} = cell
    const [width, size, abits, ports] = ["WIDTH", "SIZE", "ABITS", "WR_PORTS"].map((key) => Number(value(p[key]))) as [
      number,
      number,
      number,
      number,
    ]
    for (let i = 0; i < ports; i++) clocked(c.WR_CLK?.[i], (value(p.WR_CLK_POLARITY) >> BigInt(i)) & 1n, name)
    return {
      name,
      width,
      size,
      offset: Number(value(p.OFFSET)),
      initial: [...bitString(p.INIT ?? 0, width * size)].map((b) => b === "1"),
      writes: Array.from({length: ports}, (_, i) => ({
        address: bits(c.WR_ADDR?.slice(i * abits, (i + 1) * abits)),
        data: bits(c.WR_DATA?.slice(i * width, (i + 1) * width)),
        enable: bits(c.WR_EN?.slice(i * width, (i + 1) * width)),
      })),
    }
  })
  const cells = pendingCells.map(({cell, where, variable, memory, port}): Cell => {
    if (memory !== undefined && port !== undefined) {
      const abits = Number(value(cell.parameters.ABITS))
      const address = bits(cell.connections.RD_ADDR?.slice(port * abits, (port + 1) * abits))
      return {type: "memory_read", where, parameters: {}, ports: {ADDR: address}, output: variable, memory}
    }
    const ports = Object.entries(cell.connections).filter(([name]) => cell.port_directions[name] === "input")
    return {
      type: cell.type,
      where,
      parameters: Object.fromEntries(Object.entries(cell.parameters).map(([key, text]) => [key, value(text)])),
      ports: Object.fromEntries(ports.map(([name, list]) => [name, bits(list)])),
      output: variable,
    }
  })
  const outputs = Object.entries(module.ports)
    .filter(([, {direction}]) => direction === "output")
    .map(([name, port]) => ({name, bits: bits(port.bits)}))
  const names = new Map<string, readonly Bit[]>()
  for (const [name, net] of Object.entries(module.netnames)) {
    if (net.hide_name === 0) names.set(name, net.bits.map(bit))
  }

  const clock = inputs.find(({net}) => clockNet !== undefined && net === clockNet)
  if (clockNet !== undefined && clock === undefined)
    throw clockError("MANY_CLOCKS", top, "derives its clock inside; expected an input port as the one clock")
  if (clock !== undefined) {
    const clockBit = bitOf(clock.variable, 0)
    const used = cells.find(({ports}) => Object.values(ports).some((list) => list.includes(clockBit)))
    const flop = flops.find(
      ({d, enable, reset}) => d.includes(clockBit) || enable?.bit === clockBit || reset?.bit === clockBit,
    )
    if (used !== undefined || flop !== undefined)
      throw clockError(
        "CLOCK_AS_DATA",
        used?.where ?? variables[flop?.variable ?? 0]?.name ?? top,
        "reads the clock as a value",
      )
  }
  return {
    top,
    clock: clock?.name,
    variables,
    inputs: inputs.filter((input) => input !== clock).map(({name, variable}) => ({name, variable})),
    outputs,
    cells,
    flops,
    memories,
    names,
  }
}

function checkMemory(cell: JsonCell, where: string): void {
  const flag = (name: string) => value(cell.parameters[name] ?? 0)
  const reads = Number(value(cell.parameters.RD_PORTS))
  const writes = Number(value(cell.parameters.WR_PORTS))
  const mask = (count: number) => (1n << BigInt(count)) - 1n
  if ((flag("RD_CLK_ENABLE") & mask(reads)) !== 0n)
    throw unsupported(where, "a memory with a clocked read port", "report this: `memory -nordff` should have split it")
  if ((flag("WR_CLK_ENABLE") & mask(writes)) !== mask(writes))
    throw unsupported(where, "a memory written without a clock (a latch)", "write it in an always @(posedge clk)")
  if ((flag("RD_WIDE_CONTINUATION") & mask(reads)) !== 0n || (flag("WR_WIDE_CONTINUATION") & mask(writes)) !== 0n)
    throw unsupported(where, "a memory with wide ports", "report this: `memory -nowiden` should have split it")
}

/** Least significant bit first; a string of Yosys is most significant first, padded with its own rule for x. */
function bitString(text: string | number, width: number): string {
  const digits = typeof text === "number" ? (text >>> 0).toString(2) : text.trim()
  return [...digits].reverse().join("").slice(0, width).padEnd(width, "0")
}

const value = (text: string | number | undefined): bigint => {
  if (typeof text === "number") return BigInt(text)
  const digits = (text ?? "").replaceAll(/[xz]/g, "0")
  return /^[01]+$/.test(digits) ? BigInt(`0b${digits}`) : 0n
}

export function unsupported(where: string, found: string, hint: string): TlastError {
  return new TlastError({
    code: "UNSUPPORTED_CELL",
    where,
    message: `${found}; the embedded simulator takes synchronous, two-state, single-clock logic`,
    hint: `${hint}, or use --simulator verilator`,
  })
}

const clockError = (code: string, where: string, message: string): TlastError =>
  new TlastError({
    code,
    where,
    message,
    hint: "clock everything by the rising edge of one input, or use --simulator verilator",
  })
