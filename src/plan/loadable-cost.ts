import type {Resources} from "../graph/design.ts"
import type {Rounding} from "../graph/format.ts"
import type {IntegerNetwork} from "../graph/integer.ts"
import {type Loadable, loadTargets} from "../graph/packets.ts"
import {blockRom, lutRam} from "./cost.ts"

// Resources of what only a core with loadable weights has; as in cost.ts, what Yosys makes of rtl/ (bench/packets measures it).

/** Words up to which weights lie in LUTRAM. */
export const SHALLOW = 64

export interface EngineShape {
  readonly pe: number
  readonly simd: number
  readonly groups: number
  readonly chunks: number
  readonly values: number
  readonly vectors: number
  readonly bits: number
  readonly sumBits: number
  /** 0: none. */
  readonly biasBits: number
  /** Of weights, an output's each SIMD x 8 bits. */
  readonly words: number
  readonly multipliers: number
}

/** folded_load with its weight_ram and bias_load. */
export function engine(shape: EngineShape): Resources {
  const {pe, simd, groups, chunks, bits, sumBits, biasBits, words, multipliers} = shape
  const block = words > SHALLOW
  const word = 8 * simd
  const choose = chunks > 1 ? (simd * bits * chunks) / 3 : 0
  const tree = pe * (simd - 1) * 18.5
  const sums = pe * (sumBits + 1) + (groups > 1 ? lutRam(groups, pe * sumBits) + (pe * biasBits * groups) / 3 : 0)
  const memory = block ? 0 : pe * lutRam(words, word)
  const address = 90 + pe
  return {
    lut: Math.round(choose + tree + sums + memory + address),
    ff: Math.round(
      2 * simd * bits +
        tree * 1.05 +
        pe * sumBits +
        (block ? 0 : pe * word * 2) +
        2 * word +
        pe +
        groups * pe * biasBits +
        110,
    ),
    dsp: multipliers,
    bram36: block ? pe * blockRom(words, word) : 0,
  }
}

export interface RequantiseShape {
  /** Sums that come at a time, units for them, results of which leave `pieces` at a time. */
  readonly channels: number
  readonly units: number
  readonly pieces: number
  readonly held: boolean
  readonly bits: number
  readonly outBits: number
  readonly signed: boolean
  readonly relu: boolean
  readonly rounding: Rounding
  readonly loaded: boolean
  readonly wraps: boolean
}

/** requantise_shared. */
export function requantise({channels, units, pieces, held, bits, outBits, loaded, wraps}: RequantiseShape): Resources {
  const share = channels / units
  const unit = loaded ? 2.2 * bits + 3 * outBits : wraps ? outBits : outBits + bits / 4
  return {
    lut: Math.round(units * unit + choose(share, units * bits) + (loaded ? 40 : 0)),
    ff: Math.round(
      (share > 1 && !held ? channels * bits : 0) +
        units * (bits + outBits + 3) +
        (pieces > 1 ? pieces * units * outBits : 0) +
        10,
    ),
    dsp: 0,
    bram36: 0,
  }
}

/** One of so many words, a bit: four are a LUT, and five and six two. */
const choose = (count: number, width: number): number => (count <= 1 ? 0 : width * Math.ceil((count - 1) / 3))

export interface PoolShape {
  readonly channels: number
  readonly units: number
  readonly groups: number
  readonly pieces: number
  readonly bits: number
  readonly windows: number
}

/** pool_shared. */
export function pool({channels, units, groups, pieces, bits, windows}: PoolShape): Resources {
  const share = channels / units
  const words = windows * groups * share
  return {
    lut: Math.round(
      choose(share, units * bits) + units * (1.5 * bits + 1) + lutRam(Math.max(2, words), units * bits) + 40,
    ),
    ff: Math.round((share > 1 ? channels * bits : 0) + pieces * units * bits + 30),
    dsp: 0,
    bram36: 0,
  }
}

/** packet_in and packet_out. */
export function packets(network: IntegerNetwork, loadable: Loadable): Resources {
  const rows = loadTargets(network, loadable).length + 1
  return {lut: 330 + 22 * rows, ff: 170 + 2 * rows, dsp: 0, bram36: 0}
}
