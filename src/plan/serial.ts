import {at, TlastError} from "../errors.ts"
import type {Resources} from "../graph/design.ts"
import {type Range, signedBits} from "../graph/format.ts"
import {outputRanges, type ShiftAdd} from "./shift-add/network.ts"

/** What a serial engine computes: y[r] = sum of the network's row r + bias[r], one bit a clock. */
export interface SerialInput {
  readonly network: ShiftAdd
  /** One per output; left out where all are 0. */
  readonly bias?: ArrayLike<number>
  /** Bits of every input; unsigned unless told. */
  readonly inputBits: number
  readonly signed?: boolean
  /** Clocks there are from a window to the next; the frame is made at least so long. Default: as short as it can be. */
  readonly clocks?: number
  /** in_data stays as it is for `frame` clocks after in_valid, so that the engine need not keep a copy. Default false. */
  readonly held?: boolean
}

/**
 * A bit-serial engine: one full adder a graph adder, least significant bit first. Time 0 is the clock after in_valid's: at
 * time t, a value that starts at s presents its bit t - s.
 */
export interface SerialPlan {
  readonly kind: "serial"
  readonly network: ShiftAdd
  readonly bias: readonly number[]
  readonly inputBits: number
  readonly signed: boolean
  readonly held: boolean
  /** Clocks a window takes, and bits of every output: at least accumulatorBits and inputBits. */
  readonly frame: number
  /** Bits of the widest output in the worst case, biases included. */
  readonly accumulatorBits: number
  /** Clocks a window takes longer than were asked for, because the worst case would not fit; 0 if none. */
  readonly lengthened: number
  /** For each value, inputs first, the time its bit 0 is there. */
  readonly starts: readonly number[]
  /** For each value, the registers behind it. */
  readonly delays: readonly number[]
  /** The time bit 0 of every output enters its shift register. */
  readonly collect: number
  /** Clocks from in_valid to out_valid. */
  readonly latency: number
  /** Predicted. */
  readonly resources: Resources
}

/** Passes over the adders that move them later where it saves registers. */
const SWEEPS = 4

/**
 * Plans the engine. The frame is sized from the worst case of every output, so it always holds it; where that is more
 * than the clocks asked for, it is lengthened and says so. Throws ACCUMULATOR_TOO_WIDE past 32 bits.
 */
export function planSerial(input: SerialInput): SerialPlan {
  const {network, inputBits, signed = false, held = false} = input
  const bias = network.outputs.map((_, r) => (input.bias === undefined ? 0 : at(input.bias, r)))
  const accumulatorBits = Math.max(1, ...worstCase(network, bias).map(signedBits))
  if (accumulatorBits > 32) {
    throw new TlastError({
      code: "ACCUMULATOR_TOO_WIDE",
      where: "serial engine",
      message: `an output needs ${accumulatorBits} bits in the worst case, and accumulators hold 32`,
      hint: "use fewer weight or activation bits in this layer, or split its channels",
    })
  }
  const needed = Math.max(accumulatorBits, inputBits)
  const frame = Math.max(needed, input.clocks ?? 0)
  const {starts, collect, delays} = align(network, frame - inputBits)
  const biased = bias.filter((b) => b !== 0).length
  const negated = network.outputs.filter((output, r) => output?.negate && at(bias, r) === 0).length
  const timing = {frame, starts, delays, latency: collect + biasClocks(network, bias) + frame + 1}
  return {
    kind: "serial",
    network,
    bias,
    inputBits,
    signed,
    held,
    accumulatorBits,
    lengthened: input.clocks === undefined ? 0 : Math.max(0, needed - input.clocks),
    collect: collect + biasClocks(network, bias),
    ...timing,
    resources: predict({network, inputBits, held, ...timing}, biased + negated),
  }
}

/** Exact interval of every output, bias included. */
export function worstCase(network: ShiftAdd, bias: readonly number[]): readonly Range[] {
  return outputRanges(network).map(({min, max}, r) => ({min: min + at(bias, r), max: max + at(bias, r)}))
}

/** One more adder behind every output, where any has a bias or is left negative. */
export const biasClocks = ({outputs}: ShiftAdd, bias: readonly number[]): number =>
  bias.some((b) => b !== 0) || outputs.some((output) => output?.negate) ? 1 : 0

/** Delay of an operand whose bit 0 is there at `start`, shifted left by `shift`, at an adder that starts at `time`. */
export const operandDelay = (time: number, start: number, shift: number): number => time - start + shift

/**
 * Start times. An adder at time t takes bit k of its result from its operands at t + k and shows it at t + 1 + k. Shifting
 * left is waiting longer. Inputs may be read as late as `inputSlack` clocks after the first.
 */
function align(network: ShiftAdd, inputSlack: number): Pick<SerialPlan, "starts" | "delays" | "collect"> {
  const first = network.inputs.length
  const starts = network.inputs.map(() => 1)
  for (const {a, b, aShift, bShift} of network.adders) {
    starts.push(Math.max(at(starts, a) - aShift, at(starts, b) - bShift, 0) + 1)
  }
  const users: {readonly value: number; readonly shift: number}[][] = starts.map(() => [])
  for (const [index, {a, b, aShift, bShift}] of network.adders.entries()) {
    at(users, a).push({value: first + index, shift: aShift})
    at(users, b).push({value: first + index, shift: bShift})
  }
  const shifts: number[] = starts.map(() => -1)
  for (const output of network.outputs) {
    if (output !== null) shifts[output.value] = Math.max(at(shifts, output.value), output.shift)
  }
  let collect = 0
  for (const output of network.outputs) {
    if (output !== null) collect = Math.max(collect, at(starts, output.value) - output.shift)
  }
  const delayOf = (value: number) => {
    let delay = at(shifts, value) < 0 ? 0 : operandDelay(collect, at(starts, value), at(shifts, value))
    for (const user of at(users, value)) {
      delay = Math.max(delay, operandDelay(at(starts, user.value) - 1, at(starts, value), user.shift))
    }
    return delay
  }
  /** The latest start that every user allows. */
  const latest = (value: number) => {
    let time = Number.POSITIVE_INFINITY
    for (const output of network.outputs) if (output?.value === value) time = Math.min(time, collect + output.shift)
    for (const user of at(users, value)) time = Math.min(time, at(starts, user.value) - 1 + user.shift)
    return time
  }
  for (let sweep = 0, moved = true; moved && sweep < SWEEPS; sweep++) {
    moved = false
    for (let value = starts.length - 1; value >= first; value--) {
      const {a, b, aShift, bShift} = at(network.adders, value - first)
      const concerned = a === b ? [a, value] : [a, b, value]
      const price = () => concerned.reduce((sum, v) => sum + (v < first ? 0.5 : 1) * delayOf(v), 0)
      const now = at(starts, value)
      const earliest = Math.max(at(starts, a) - aShift, at(starts, b) - bShift, 0) + 1
      let best = now
      let least = price()
      const end = Math.min(latest(value), collect + 32)
      for (let time = earliest; time <= end; time++) {
        starts[value] = time
        const cost = price()
        if (cost < least || (cost === least && time > best)) {
          least = cost
          best = time
        }
      }
      starts[value] = best
      if (best !== now) moved = true
    }
    // An input is read from a word that waits: starting it as late as its first user wants costs nothing.
    for (let value = 0; value < first; value++) {
      const time = Math.min(latest(value), 1 + inputSlack)
      if (Number.isFinite(time) && time > at(starts, value)) {
        starts[value] = time
        moved = true
      }
    }
  }
  return {starts, collect, delays: starts.map((_, value) => delayOf(value))}
}

/**
 * Two LUTs a full adder (sum and carry), one a delay of three or more (an SRL16E), one a bit of each input's multiplexer
 * beyond; flip-flops: two an adder, the short delays, the words kept and the words collected.
 */
function predict(
  plan: Pick<SerialPlan, "network" | "inputBits" | "held" | "frame" | "delays" | "latency">,
  extra: number,
): Resources {
  const {network, inputBits, held, frame, delays} = plan
  const adders = network.adders.length + extra
  const used = delays.filter((_, value) => isUsed(network, value))
  const mux = inputBits === 1 ? 0 : inputBits <= 4 ? 1 : 2
  const inputs = network.inputs.filter((_, value) => isUsed(network, value)).length
  const long = used.reduce((sum, delay) => sum + (delay >= 3 ? Math.ceil(delay / 16) : 0), 0)
  const short = used.reduce((sum, delay) => sum + (delay >= 3 ? 1 : delay), 0)
  return {
    lut: 2 * adders + long + mux * inputs + 24,
    ff: 2 * adders + short + inputs + (held ? 0 : inputs * inputBits) + frame * network.outputs.length + plan.latency,
    dsp: 0,
    bram36: 0,
  }
}

function isUsed({adders, outputs}: ShiftAdd, value: number): boolean {
  return adders.some(({a, b}) => a === value || b === value) || outputs.some((output) => output?.value === value)
}
