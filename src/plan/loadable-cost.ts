import type {Resources} from "../graph/design.ts"
import type {Rounding} from "../graph/format.ts"
import type {IntegerNetwork} from "../graph/integer.ts"
import {type Loadable, loadTargets} from "../graph/packets.ts"
import {blockRam, lutRam} from "./cost.ts"

// Resources of what only a core with loadable weights has; as in cost.ts, what Yosys makes of rtl/ (bench/packets measures it).

/** Words up to which weights lie in LUTRAM. */
export const SHALLOW = 64

export interface EngineShape {
  readonly pe: number
  readonly simd: number
  readonly groups: number
  readonly chunks: number
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
  const {pe, simd, groups, chunks, vectors, bits, sumBits, biasBits, words, multipliers} = shape
  const block = words > SHALLOW
  const word = 8 * simd
  const nodes = Math.ceil(simd / 2)
  const tree = addedPairs(nodes)
  // The sign between a pair's two sums, and its parity; one product's sign is wire.
  const shared = simd > 1 ? 2.5 * nodes * Math.floor(pe / 2) : 0
  const memory = block ? 0 : pe * lutRam(words, word)
  const counters = counter(chunks) + counter(groups) + counter(vectors) + 1.2 * counter(words) + 8
  const loading = counter(simd) + counter(chunks) + counter(vectors * chunks) + 2 * counter(words) + 4
  const spread = groups > 1 ? pe * lutRam(groups, sumBits) + choose(groups, pe * biasBits) : 0
  return {
    lut: Math.round(
      choose(chunks, simd * bits) +
        pe * (tree.adders + sumBits) +
        shared +
        spread +
        memory +
        counters +
        loading +
        (biasBits > 0 ? 3 : 0),
    ),
    ff: Math.round(
      2 * simd * bits +
        pe * tree.registers +
        (simd > 1 ? 8 * pe * nodes * 0.5 + 3 * nodes * Math.ceil(pe / 2) : 0) +
        pe * sumBits +
        (block ? 0 : pe * word * (words > 1 ? 2 : 1)) +
        word +
        pe +
        groups * pe * biasBits +
        (biasBits > 0 ? 17 : 0) +
        90,
    ),
    dsp: multipliers,
    bram36: block ? pe * blockRam(words, word) : 0,
  }
}

const counter = (states: number): number => Math.ceil(Math.log2(Math.max(1, states)))

/** A tree of pairs, two inputs' products each: LUTs of its adders and bits of its registers, those of nodes that wait too. */
function addedPairs(nodes: number): {readonly adders: number; readonly registers: number} {
  let [adders, registers] = [0, 0]
  for (let [left, width] = [nodes, 17]; left > 1; left = Math.ceil(left / 2), width++) {
    adders += Math.floor(left / 2) * (width + 0.5)
    registers += Math.ceil(left / 2) * (width + 1)
  }
  return {adders, registers}
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

/** What a rounding mode takes for a bit of the sum, besides half up: the bit below, the sign, two comparisons. */
const roundingLuts: Readonly<Record<Rounding, number>> = {
  floor: 0,
  "half-up": 0,
  "half-even": 1.2,
  tflite: 2.7,
}

/** requantise_shared. A unit with a loaded shift is a shifter, its constants and two comparisons. */
export function requantise(shape: RequantiseShape): Resources {
  const {channels, units, pieces, held, bits, outBits, relu, rounding, loaded, wraps} = shape
  const share = channels / units
  const built = (relu ? 0.4 * outBits : 0) + (wraps ? 0 : outBits / 2 + bits / 4)
  const unit = loaded ? (3.2 + roundingLuts[rounding]) * bits + 2.6 * outBits + 20 : built
  return {
    lut: Math.round(units * unit + choose(share, units * bits) + (share > 1 ? 8 : 0) + (loaded ? 40 : 0)),
    ff: Math.round(
      (share > 1 && !held ? channels * bits : 0) +
        units * (bits + outBits + 3) +
        (loaded ? 2 * bits + 10 : 0) +
        (pieces > 1 ? pieces * units * outBits : 0) +
        10,
    ),
    dsp: 0,
    bram36: 0,
  }
}

/** One of so many words: four and fewer are a LUT a bit, six two, eight three. */
const choose = (count: number, width: number): number =>
  count <= 1 ? 0 : width * (count <= 4 ? 1 : count <= 6 ? 2 : count <= 8 ? 3 : 0.42 * count - 0.2)

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
      choose(share, units * bits) + units * (1.5 * bits + 1) + lutRam(Math.max(2, words), units * bits) + 65,
    ),
    ff: Math.round((share > 1 ? channels * bits : 0) + pieces * units * bits + 30),
    dsp: 0,
    bram36: 0,
  }
}

/** packet_in and packet_out. */
export function packets(network: IntegerNetwork, loadable: Loadable): Resources {
  const rows = loadTargets(network, loadable).length + 1
  return {lut: 300 + 10 * rows, ff: 70 + 2 * rows, dsp: 0, bram36: 0}
}
