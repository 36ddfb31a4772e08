import {at} from "../../errors.ts"
import {depths, rangeBits, ranges, type ShiftAdd} from "./network.ts"

/** A network cut into clocks: at most `addersPerStage` adders follow one another between registers. */
export interface Schedule {
  /** Clocks from the inputs (registered by whoever drives them) to the outputs, all registered and aligned. */
  readonly latency: number
  /**
   * For each value, inputs first, the stage it is computed in: 1..latency; inputs are there in stage 1. A value of stage s
   * that is used in stage u > s passes u - s registers; outputs are used in stage latency + 1.
   */
  readonly stages: readonly number[]
  /** For each value, the registers it passes to reach its last user. */
  readonly registers: readonly number[]
  /** Flip-flops: bits of every register. */
  readonly ffBits: number
}

/** Sweeps over the adders that move them between stages; more than this never helped. */
const SWEEPS = 4

/**
 * Places every adder in a stage, as late as its users allow where that costs fewer flip-flops. The latency is the least
 * there is: ceil(depth / addersPerStage).
 */
export function schedule(network: ShiftAdd, addersPerStage: number): Schedule {
  const first = network.inputs.length
  const bits = ranges(network).map(rangeBits)
  const time = [...depths(network)]
  const stageOf = (t: number) => Math.max(1, Math.ceil(t / addersPerStage))
  const latency = Math.ceil(Math.max(0, ...time) / addersPerStage)
  const lastTime = latency * addersPerStage
  const users: number[][] = bits.map(() => [])
  for (const [index, {a, b}] of network.adders.entries()) {
    at(users, a).push(first + index)
    if (b !== a) at(users, b).push(first + index)
  }
  const isOutput = bits.map(() => false)
  for (const output of network.outputs) if (output !== null) isOutput[output.value] = true

  const registersOf = (value: number) => {
    const own = stageOf(at(time, value))
    let last = isOutput[value] === true ? latency + 1 : own
    for (const user of at(users, value)) last = Math.max(last, stageOf(at(time, user)))
    return last - own
  }
  for (let sweep = 0, moved = true; moved && sweep < SWEEPS; sweep++) {
    moved = false
    for (let index = network.adders.length - 1; index >= 0; index--) {
      const value = first + index
      const {a, b} = at(network.adders, index)
      const concerned = a === b ? [a, value] : [a, b, value]
      const price = () => concerned.reduce((sum, v) => sum + registersOf(v) * at(bits, v), 0)
      const earliest = Math.max(at(time, a), at(time, b)) + 1
      const latest = Math.min(lastTime + 1, ...at(users, value).map((user) => at(time, user))) - 1
      const now = at(time, value)
      let best = now
      let least = price()
      for (let t = latest; t >= earliest; t--) {
        time[value] = t
        const cost = price()
        if (cost < least) {
          least = cost
          best = t
        }
      }
      time[value] = best
      if (best !== now) moved = true
    }
  }
  const registers = bits.map((_, value) => registersOf(value))
  return {
    latency,
    stages: time.map(stageOf),
    registers,
    ffBits: registers.reduce((sum, count, value) => sum + count * at(bits, value), 0),
  }
}
