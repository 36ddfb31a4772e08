import {at, TlastError} from "../../errors.ts"
import type {LaneShape} from "./lanes.ts"
import type {Bit, Netlist} from "./netlist.ts"

/** Where everything lies in the simulation's linear memory; addresses in bytes. */
export interface Layout {
  /** By variable; 0 for those computed by cells. A variable is [limb][lane]. */
  readonly variables: readonly number[]
  /** Output ports, then probes. */
  readonly outputs: readonly {readonly name: string; readonly bits: readonly Bit[]; readonly address: number}[]
  readonly memories: readonly MemoryLayout[]
  /** First free byte, a multiple of 64. */
  readonly end: number
}

/** A memory is [word][limb][lane]; one that is never written is [word][limb], shared by the lanes. */
export interface MemoryLayout {
  readonly base: number
  /** Bytes a word. */
  readonly stride: number
  readonly shared: boolean
  /** Address bits that count; 2^indexBits words are laid out. */
  readonly indexBits: number
}

/** The constant pool comes first: so many constants of 16 bytes at most. */
export const POOL_BASE = 64
export const POOL_END = 64 + 16 * 16_384
/** Then room for vectors that are indexed by a variable; what lies above such a vector stays zero. */
export const SCRATCH_BYTES = 65_536

export function layOut(netlist: Netlist, shape: LaneShape, probes: readonly string[]): Layout {
  let end = POOL_END + SCRATCH_BYTES
  const limbBytes = (shape.width / 8) * shape.count
  const limbs = (width: number) => Math.max(1, Math.ceil(width / shape.width))
  const take = (bytes: number): number => {
    const address = end
    end += bytes
    return address
  }
  const variables = netlist.variables.map(({width, driver}) => (driver === "cell" ? 0 : take(limbs(width) * limbBytes)))
  const watched = probes.map((name) => {
    const bits = netlist.names.get(name)
    if (bits === undefined) {
      throw new TlastError({
        code: "UNKNOWN_SIGNAL",
        where: name,
        message: `no such signal in ${netlist.top} after optimisation`,
        hint: "give the hierarchical name of a net that has an effect, such as u_window.valid_q",
      })
    }
    return {name, bits}
  })
  const outputs = [...netlist.outputs, ...watched].map(({name, bits}) => ({
    name,
    bits,
    address: take(limbs(bits.length) * limbBytes),
  }))
  const memories = netlist.memories.map(({name, width, size, offset, writes}): MemoryLayout => {
    if (offset !== 0) {
      throw new TlastError({
        code: "UNSUPPORTED_CELL",
        where: name,
        message: `a memory whose first address is ${offset}; expected 0`,
        hint: "declare it [0:DEPTH-1], or use --simulator verilator",
      })
    }
    const indexBits = Math.max(1, Math.ceil(Math.log2(size)))
    const shared = writes.length === 0
    const stride = limbs(width) * (shared ? shape.width / 8 : limbBytes)
    end = Math.ceil(end / 64) * 64
    return {base: take(stride * 2 ** indexBits), stride, shared, indexBits}
  })
  // Vector loads of the last ROM word's neighbours never leave the memory.
  return {variables, outputs, memories, end: Math.ceil((end + 64) / 64) * 64}
}

/** Writes initial values: registers, memories, and the constant pool. */
export function initialise(
  memory: ArrayBuffer,
  netlist: Netlist,
  layout: Layout,
  shape: LaneShape,
  forms: ReadonlyMap<number, "any" | "zero" | "sign">,
  pool: Iterable<readonly [number, number]>,
): void {
  const view = new DataView(memory)
  const store = (address: number, value: number) =>
    shape.width === 16 ? view.setUint16(address, value & 0xffff, true) : view.setUint32(address, value >>> 0, true)
  const step = shape.width / 8
  for (const [value, address] of pool) {
    for (let lane = 0; lane < shape.count; lane++) store(address + lane * step, value)
  }
  for (const {variable, initial} of netlist.flops) {
    const base = at(layout.variables, variable)
    const {width} = at(netlist.variables, variable)
    const limbs = Math.max(1, Math.ceil(width / shape.width))
    for (let i = 0; i < limbs; i++) {
      let bits = 0
      for (let k = 0; k < shape.width; k++) {
        const position = i * shape.width + k
        const source = position < width ? position : forms.get(variable) === "sign" ? width - 1 : -1
        if (source >= 0 && initial[source] === true) bits |= 1 << k
      }
      for (let lane = 0; lane < shape.count; lane++) store(base + (i * shape.count + lane) * step, bits)
    }
  }
  netlist.memories.forEach(({width, size, initial}, index) => {
    const {base, stride, shared} = at(layout.memories, index)
    const limbs = Math.max(1, Math.ceil(width / shape.width))
    const copies = shared ? 1 : shape.count
    for (let word = 0; word < size; word++) {
      for (let i = 0; i < limbs; i++) {
        let bits = 0
        for (let k = 0; k < shape.width && i * shape.width + k < width; k++) {
          if (initial[word * width + i * shape.width + k] === true) bits |= 1 << k
        }
        if (bits === 0) continue
        for (let lane = 0; lane < copies; lane++) store(base + word * stride + (i * copies + lane) * step, bits)
      }
    }
  })
}
