import {at} from "../errors.ts"
import {type Adder, rangeBits, ranges, type ShiftAdd} from "./shift-add/network.ts"

/**
 * A shift-add network in time: which clock each value is computed in, and for how many clocks it is kept for a later
 * user. Emit writes it down, and the planner counts its registers: one schedule for both.
 */
export interface PipelinedSums {
  /** Clocks from the inputs to every output. */
  readonly latency: number
  /** Of every value, inputs first: registers passed before it is computed. */
  readonly clock: readonly number[]
  /** Of every value: registers it passes after that, for its last user. */
  readonly kept: readonly number[]
  /** Bits, and whether any value of the range is negative. */
  readonly widths: readonly {readonly bits: number; readonly signed: boolean}[]
  readonly registerBits: number
  /** LUTs of all carry chains. */
  readonly adderLuts: number
  /** LUTs of values kept so long that a shift register of LUTs holds them. */
  readonly srlLuts: number
}

/** Registers after every `addersPerStage` adders, and where a value waits for its partner. */
export function pipeline(network: ShiftAdd, addersPerStage: number): PipelinedSums {
  const first = network.inputs.length
  const known = ranges(network)
  const levels = network.inputs.map(() => 0)
  for (const {a, b} of network.adders) levels.push(Math.max(at(levels, a), at(levels, b)) + 1)
  const clockOf = (level: number) => (level === 0 ? 0 : Math.floor((level - 1) / addersPerStage))
  const latency = clockOf(Math.max(1, ...levels)) + 1
  const clock = levels.map(clockOf)
  const kept = levels.map(() => 0)
  const need = (value: number, when: number) => {
    kept[value] = Math.max(at(kept, value), when - at(clock, value))
  }
  for (const [index, {a, b}] of network.adders.entries()) {
    need(a, at(clock, first + index))
    need(b, at(clock, first + index))
  }
  for (const output of network.outputs) if (output !== null) need(output.value, latency)
  const widths = known.map((range) => ({bits: rangeBits(range), signed: range.min < 0}))
  let registerBits = 0
  let srlLuts = 0
  const taps = tapTimes(network, clock, latency)
  for (const [value, {bits}] of widths.entries()) {
    // Between two clocks in which somebody uses it, a stretch of 3 and more becomes an SRL (and the last one a register).
    let from = 0
    for (const to of at(taps, value)) {
      const stretch = to - from
      if (stretch >= 3) srlLuts += bits
      else registerBits += stretch * bits
      from = to
    }
  }
  const adderLuts = network.adders.reduce((sum, adder, i) => sum + lutsOf(adder, widths, at(widths, first + i).bits), 0)
  return {latency, clock, kept, widths, registerBits, adderLuts, srlLuts}
}

/**
 * LUTs of an adder's carry chain: one for every pair of bits that are both there. Below a shift and above an unsigned
 * operand the other's bit goes in as it is; above both signs every pair is the same.
 */
export function lutsOf({a, b, aShift, bShift}: Adder, widths: PipelinedSums["widths"], bits: number): number {
  const bitOf = (value: number, shift: number, place: number) => {
    const {bits: width, signed} = at(widths, value)
    const index = place - shift
    return index < 0 ? -1 : index < width ? index : signed ? width - 1 : -1
  }
  let pairs = 0
  // Neither bit ever goes back, so a pair that was there before is the one before.
  let [last, lastOther] = [-1, -1]
  for (let place = 0; place < bits; place++) {
    const one = bitOf(a, aShift, place)
    const other = bitOf(b, bShift, place)
    if (one >= 0 && other >= 0 && (one !== last || other !== lastOther)) pairs++
    last = one
    lastOther = other
  }
  return pairs
}

/** Of every value, the delays at which it is used, ascending. */
function tapTimes({adders, outputs, inputs}: ShiftAdd, clock: readonly number[], latency: number): number[][] {
  const taps = clock.map(() => new Set<number>())
  const use = (value: number, when: number) => {
    const delay = when - at(clock, value)
    if (delay > 0) at(taps, value).add(delay)
  }
  for (const [index, {a, b}] of adders.entries()) {
    use(a, at(clock, inputs.length + index))
    use(b, at(clock, inputs.length + index))
  }
  for (const output of outputs) if (output !== null) use(output.value, latency)
  return taps.map((set) => [...set].sort((x, y) => x - y))
}
