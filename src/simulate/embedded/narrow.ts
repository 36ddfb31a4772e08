import {at} from "../../errors.ts"
import {type Bit, type Cell, indexOf, isConstant, type Netlist, variableOf, ZERO} from "./netlist.ts"

/** Bits of both operands together up to which it is worth the look. */
const WIDEST = 256

/**
 * Finds the high bits of cells that are 0 whatever the inputs, and puts constants in their place: Verilog's arithmetic is at
 * least 32 bits wide, and what is indexed by it or compared with it would otherwise be as wide. Nothing observable changes.
 */
export function narrow(netlist: Netlist): Netlist {
  const {variables, cells} = netlist
  /** Largest value of each variable that a cell computes, undefined where all ones must be expected. */
  const largest = new Map<number, bigint | undefined>()
  const bound = (variable: number): bigint | undefined => {
    if (largest.has(variable)) return largest.get(variable)
    const {driver, index, width} = at(variables, variable)
    // While it is worked out, and so in a combinational loop, nothing is known.
    largest.set(variable, undefined)
    const found = driver === "cell" ? ofCell(at(cells, index)) : undefined
    if (found === undefined || found >> BigInt(width) !== 0n) return undefined
    largest.set(variable, found)
    return found
  }
  const zero = (bit: Bit): boolean => {
    if (isConstant(bit)) return bit === ZERO
    const most = bound(variableOf(bit))
    return most !== undefined && most >> BigInt(indexOf(bit)) === 0n
  }
  const ofBits = (bits: readonly Bit[]): bigint => {
    let most = 0n
    bits.forEach((bit, i) => {
      if (!zero(bit)) most |= 1n << BigInt(i)
    })
    const [first = ZERO] = bits
    if (isConstant(first) || indexOf(first) !== 0) return most
    const limit = bound(variableOf(first))
    const whole = bits.every((bit, i) => bit === first + i || zero(bit))
    return limit !== undefined && whole && limit < most ? limit : most
  }
  /** Undefined where nothing is known, as of operands that may be negative. */
  const ofCell = ({type, ports, parameters}: Cell): bigint | undefined => {
    const {A = [], B = []} = ports
    if (!["$add", "$mul", "$mux"].includes(type) || A.length + B.length > WIDEST) return undefined
    const [a, b] = [ofBits(A), ofBits(B)]
    const negative = (name: string, most: bigint, {length}: readonly Bit[]) =>
      parameters[`${name}_SIGNED`] === 1n && most >> BigInt(length - 1) !== 0n
    if (negative("A", a, A) || negative("B", b, B)) return undefined
    if (type === "$add") return a + b
    if (type === "$mul") return a * b
    return a > b ? a : b
  }
  const all = (bits: readonly Bit[]): readonly Bit[] => bits.map((bit) => (zero(bit) ? ZERO : bit))
  return {
    ...netlist,
    variables: variables.map((variable, id) => {
      const most = bound(id)
      return most === undefined ? variable : {...variable, width: most.toString(2).length}
    }),
    cells: cells.map((cell) => ({
      ...cell,
      ports: Object.fromEntries(Object.entries(cell.ports).map(([name, bits]) => [name, all(bits)])),
    })),
    flops: netlist.flops.map((flop) => ({...flop, d: all(flop.d)})),
    memories: netlist.memories.map((memory) => ({
      ...memory,
      writes: memory.writes.map((write) => ({
        address: all(write.address),
        data: all(write.data),
        enable: all(write.enable),
      })),
    })),
    outputs: netlist.outputs.map(({name, bits}) => ({name, bits: all(bits)})),
    names: new Map([...netlist.names].map(([name, bits]) => [name, all(bits)])),
  }
}
