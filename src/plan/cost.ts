import type {Resources} from "../graph/design.ts"
import type {Size} from "../graph/shape.ts"

/** Nothing at all. */
export const none: Resources = {lut: 0, ff: 0, dsp: 0, bram36: 0}

export const add = (a: Resources, b: Resources): Resources => ({
  lut: a.lut + b.lut,
  ff: a.ff + b.ff,
  dsp: a.dsp + b.dsp,
  bram36: a.bram36 + b.bram36,
})

const resources = (lut: number, ff: number, dsp = 0, bram36 = 0): Resources => ({
  lut: Math.round(lut),
  ff: Math.round(ff),
  dsp,
  bram36,
})

// Predictions follow what Yosys' synth_xilinx makes of the modules in rtl/, block by block; bench/synthesis measures them.

/** LUTs of a memory of `depth` words with one write and one read port in LUTRAM: RAM32M holds 6 bits x 32, RAM64M 3 x 64. */
export function lutRam(depth: number, bits: number): number {
  if (depth <= 1) return 0
  return depth <= 32 ? Math.ceil(bits / 6) * 4 : Math.ceil(depth / 64) * Math.ceil(bits / 3) * 4
}

/** BRAM36 of a ROM with one port: what Yosys takes, RAMB18 (as 0.5) for what is left over. */
export function blockRom(words: number, bits: number): number {
  const best = (width: number): number => {
    // A RAMB36 as 512 x 72, 1024 x 36, 2048 x 18, ... and a RAMB18 half of each.
    const shape36 = words <= 512 ? 72 : words <= 1024 ? 36 : words <= 2048 ? 18 : words <= 4096 ? 9 : 4
    const rows = shape36 === 4 ? Math.ceil(words / 8192) : 1
    const full = Math.floor(width / shape36)
    const rest = width - full * shape36
    return rows * (full + (rest === 0 ? 0 : rest <= shape36 / 2 ? 0.5 : 1))
  }
  return best(bits)
}

export const skid = (bits: number): Resources => resources(bits + 3, 2 * bits + 2)

export const feeder = (bits: number, beats: number): Resources => {
  const counter = Math.ceil(Math.log2(beats + 1))
  return resources(bits + 2 * counter + 8, bits + counter + 24)
}

/** Shift register: taps are flip-flops, what lies between them SRLs (32 deep each, at least 3). */
export function window(width: number, lanes: number, columns: number, kh: number, kw: number): Resources {
  const between = Math.max(0, columns - (kw + lanes - 1))
  const perLane = between / lanes
  const srl = perLane >= 3 ? Math.ceil(perLane / 32) * lanes * width * (kh - 1) : 0
  const ff = (kh * (kw + lanes - 1) + (perLane >= 3 ? 0 : between * (kh - 1))) * width
  return resources(srl + 12 * lanes + 4, ff + lanes + 8)
}

/** A line buffer in LUTRAM, a word a column, with a register behind it. */
export const columns = (width: number, {height, width: count}: Size, rows: number): Resources =>
  resources(
    (rows > 1 ? lutRam(Math.max(2, count), (rows - 1) * width) : 0) + 12,
    rows * width + Math.ceil(Math.log2(count + 1)) + Math.ceil(Math.log2(height + 1)) + 1,
  )

/** A window of columns with a clock enable: flip-flops alone, and three counters. */
export const loader = (width: number, kernel: Size): Resources =>
  resources(22, width * kernel.height * kernel.width + 10)

/** LUTs Yosys takes for a bit of carry chain: bits that are copies or constants cost none. */
const lutsPerAdderBit = 0.93

/** An adder's carry chain is a LUT a bit; registers are the plan's. */
export const sums = (adderBits: number, registerBits: number, srlLuts: number): Resources =>
  resources(adderBits * lutsPerAdderBit + srlLuts, registerBits)

/** One channel: the bias adder above the shift (below it only the carry counts), overflow, relu; a quarter LUT a bit to see whether it fits. */
export const requantise = (bits: number, outBits: number, bias: boolean, mode: number, shift = 0): Resources => {
  const left = Math.max(1, bits - shift)
  const kept = Math.min(outBits, left)
  const adder = bias ? left + shift / 4 : 0
  return resources(adder + (mode === 0 ? 0 : bits) + kept + Math.max(0, left - outBits) / 4, left + kept)
}

/** A maximum of two: a comparison (a carry chain of half a LUT a bit) and a choice. */
const maximum = (bits: number): number => 1.5 * bits + 1

export const pool = (vector: number, bits: number, lanes: number, windows: number): Resources => {
  const channels = vector / bits
  return resources(channels * maximum(bits) * (lanes + 1) + lutRam(Math.max(2, windows), vector) + 24, 3 * vector + 26)
}

export const poolRaster = (vector: number, bits: number, slots: number, pw: number, back: number): Resources => {
  const channels = vector / bits
  return resources(channels * maximum(bits) * slots * pw + 20 * slots, vector * (2 * slots + back) + 16)
}

export const queue = (width: number, lanes: number, depth: number): Resources =>
  resources(
    lutRam(Math.max(2, depth), width) * lanes + (lanes > 1 ? (width * (lanes - 1)) / 2 + 16 : 0) + 8 * lanes,
    10 * lanes,
  )

export interface FoldedShape {
  readonly values: number
  readonly bits: number
  readonly weightBits: number
  readonly pe: number
  readonly simd: number
  readonly groups: number
  readonly chunks: number
  readonly sumBits: number
  readonly romWords: number
}

/**
 * Yosys takes a DSP48E1 for products of 9 bits and more, its threshold, and LUTs below. An input has a bit of sign besides. A
 * weight of one bit adds or takes away.
 */
export const usesDsp = (bits: number, weightBits: number): boolean => weightBits > 1 && bits + 1 + weightBits >= 9

export function folded(shape: FoldedShape): Resources {
  const {values, bits, weightBits, pe, simd, groups, chunks, sumBits, romWords} = shape
  const dsp = usesDsp(bits, weightBits)
  const products = pe * simd
  const levels = Math.ceil(Math.log2(simd))
  const choose = chunks > 1 ? (simd * bits * chunks) / 4 : 0
  const tree = pe * (simd - 1) * (bits + weightBits + 2)
  const multipliers = dsp
    ? 0
    : weightBits === 1
      ? products * (simd > 1 ? bits + 1 : bits / 2)
      : products * bits * weightBits * 0.6
  // A DSP48E1 adds its product to the sum itself, where it is one product a clock and one sum.
  const inDsp = dsp && simd === 1 && groups === 1
  const accumulate = inDsp ? 0 : pe * sumBits * (groups > 1 ? 2 : 1)
  const memory = groups > 1 ? lutRam(groups, pe * sumBits) : 0
  return resources(
    choose + tree + multipliers + accumulate + memory + 30 + (values > 0 ? 0 : 0),
    (dsp ? 0 : products * (bits + weightBits)) + tree + pe * sumBits + 2 * simd * bits + 40 + 6 * levels,
    dsp ? products : 0,
    blockRom(romWords, products * weightBits),
  )
}

export const result = (pe: number, sumBits: number, words: number): Resources =>
  resources(pe * sumBits + lutRam(Math.max(2, words), sumBits) + 40, pe * sumBits + 36)
