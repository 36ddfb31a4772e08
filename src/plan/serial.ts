import {at, TlastError} from "../errors.ts"
import type {Resources} from "../graph/design.ts"
import {type Range, signedBits} from "../graph/format.ts"
import {type SerialSums, type SerialTerm, serialLuts, sumRanges} from "./serial-sums.ts"

/** What a serial engine computes: y[r] = sum of the network's row r + bias[r], one bit a clock. */
export interface SerialInput {
  readonly network: SerialSums
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
 * A bit-serial engine: sums of up to four numbers, least significant bit first. Time 0 is the clock after in_valid's: at
 * time t, a value that starts at s presents its bit t - s.
 */
export interface SerialPlan {
  readonly kind: "serial"
  readonly network: SerialSums
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
  /** The time bit 0 of every output enters its shift register; its last sum is computed a clock before. */
  readonly collect: number
  /** Clocks from in_valid to out_valid. */
  readonly latency: number
  /** Predicted. */
  readonly resources: Resources
}

/** Passes over the sums that move them later where it saves registers. */
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
  const plan = {
    kind: "serial",
    network,
    bias,
    inputBits,
    signed,
    held,
    accumulatorBits,
    lengthened: input.clocks === undefined ? 0 : Math.max(0, needed - input.clocks),
    frame,
    starts,
    delays,
    collect,
    latency: collect + frame + 1,
  } as const
  return {...plan, resources: predict(plan)}
}

/** Exact interval of every output, bias included. */
export function worstCase(network: SerialSums, bias: readonly number[]): readonly Range[] {
  return sumRanges(network).map(({min, max}, r) => ({min: min + at(bias, r), max: max + at(bias, r)}))
}

/** Delay of an operand whose bit 0 is there at `start`, shifted left by `shift`, in a sum that is computed at `time`. */
export const operandDelay = (time: number, start: number, shift: number): number => time - start + shift

/**
 * Registers behind a value for that operand. The last one of a shifted operand is the operand's own: it is held at zero
 * while the shift has no bits.
 */
const tapDelay = (time: number, start: number, shift: number): number => {
  const delay = operandDelay(time, start, shift)
  return shift > 0 && delay > 0 ? delay - 1 : delay
}

/** Numbers the last sum of an output adds: the terms, and a bias, or a zero where all of them are negative. */
export const lastTerms = (terms: readonly SerialTerm[], bias: number): number =>
  terms.length + (bias !== 0 || (terms.length > 0 && terms.every(({negative}) => negative)) ? 1 : 0)

/**
 * Start times. A sum at time t takes bit k of its numbers at t + k and shows its own at t + 1 + k. Shifting left is
 * waiting longer. Inputs may be read as late as `inputSlack` clocks after the first.
 */
function align(network: SerialSums, inputSlack: number): Pick<SerialPlan, "starts" | "delays" | "collect"> {
  const {sums, outputs, inputs} = network
  const first = inputs.length
  const starts = inputs.map(() => 1)
  const earliest = (terms: readonly SerialTerm[]) =>
    Math.max(0, ...terms.map(({value, shift}) => at(starts, value) - shift)) + 1
  for (const terms of sums) starts.push(earliest(terms))
  const collect = Math.max(1, ...outputs.map(earliest))
  /** Who reads a value: a sum's index, or -1 for an output, whose sums are all computed at collect - 1. */
  const users: {readonly sum: number; readonly shift: number}[][] = starts.map(() => [])
  for (const [sum, terms] of sums.entries()) for (const {value, shift} of terms) at(users, value).push({sum, shift})
  for (const terms of outputs) for (const {value, shift} of terms) at(users, value).push({sum: -1, shift})
  const timeOf = (sum: number) => (sum < 0 ? collect : at(starts, first + sum)) - 1
  const delayOf = (value: number) =>
    at(users, value).reduce((most, {sum, shift}) => Math.max(most, tapDelay(timeOf(sum), at(starts, value), shift)), 0)
  /** The latest start that every user allows. */
  const latest = (value: number) =>
    at(users, value).reduce((least, {sum, shift}) => Math.min(least, timeOf(sum) + shift), Number.POSITIVE_INFINITY)
  /** Registers, and from three on a LUT. */
  const priceOf = (value: number) => {
    const delay = delayOf(value)
    return (value < first ? 0.5 : 1) * delay + (delay >= 3 ? 2 : 0)
  }
  for (let sweep = 0, moved = true; moved && sweep < SWEEPS; sweep++) {
    moved = false
    for (let value = starts.length - 1; value >= first; value--) {
      const terms = at(sums, value - first)
      const now = at(starts, value)
      const begin = earliest(terms)
      const end = Math.min(latest(value), collect + 32)
      if (begin === now && end <= now) continue
      const concerned = [...new Set([...terms.map((term) => term.value), value])]
      const price = () => concerned.reduce((sum, v) => sum + priceOf(v), 0)
      let best = now
      let least = price()
      for (let time = begin; time <= end; time++) {
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
 * The sums' LUTs, one a delay of three or more (an SRL16E), those of each input's multiplexer and of each bias' bits;
 * flip-flops: sum and carry, the short delays, the words kept and the words collected.
 */
function predict(plan: Omit<SerialPlan, "resources">): Resources {
  const {network, bias, inputBits, held, frame, delays, latency} = plan
  const {sums, outputs, inputs} = network
  const sizes = [...sums.map((terms) => terms.length), ...outputs.map((terms, r) => lastTerms(terms, at(bias, r)))]
  const biases = new Set(bias.filter((b) => b !== 0)).size
  const isUsed = used(network)
  const taps = delays.filter((_, value) => isUsed[value])
  const mux = inputBits === 1 ? 0 : Math.ceil(inputBits / 4)
  const read = inputs.filter((_, value) => isUsed[value]).length
  const long = taps.reduce((sum, delay) => sum + (delay >= 3 ? Math.ceil(delay / 16) : 0), 0)
  const short = taps.reduce((sum, delay) => sum + (delay >= 3 ? 1 : delay), 0)
  const shifted = [...sums, ...outputs].flat().filter(({shift}) => shift > 0).length
  return {
    lut: sizes.reduce((sum, terms) => sum + serialLuts(terms), 0) + long + mux * read + biases + 16,
    ff:
      sizes.reduce((sum, terms) => sum + (terms < 2 ? terms : terms === 2 ? 2 : 3), 0) +
      short +
      shifted +
      read +
      (held ? 0 : read * inputBits) +
      frame * outputs.length +
      latency,
    dsp: 0,
    bram36: 0,
  }
}

/** Of every value, whether anything reads it. */
export function used({inputs, sums, outputs}: SerialSums): readonly boolean[] {
  const result = [...inputs, ...sums].map(() => false)
  for (const terms of [...sums, ...outputs]) for (const {value} of terms) result[value] = true
  return result
}
