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

/** A part of LUTs and flip-flops. */
export const part = ({lut, ff, dsp, bram36}: Resources, of: number): Resources =>
  resources(lut * of, ff * of, dsp, bram36)

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

/** The shapes of a RAMB36; a RAMB18 is half of each. */
const SHAPES = [72, 36, 18, 9, 4, 2, 1].map((width, i) => ({depth: 512 << i, width}))

/** BRAM36 side by side, a RAMB18 (as 0.5) for what is left over. */
function blocks(bits: number, width: number): number {
  const full = Math.floor(bits / width)
  const rest = bits - full * width
  return full + (rest === 0 ? 0 : rest <= width / 2 ? 0.5 : 1)
}

/** BRAM36 of a memory that is written too: as deep as its words, side by side. */
export function blockRam(words: number, bits: number): number {
  const {depth, width} = SHAPES.find(({depth, width}) => words <= depth || width === 4) ?? {depth: 512, width: 72}
  return Math.ceil(words / depth) * blocks(bits, width)
}

/**
 * A ROM in BRAM36, and the LUTs behind them, as Yosys maps it: in the shape that takes the fewest. Where that is less deep than the
 * ROM its banks are read together, and LUTs choose between them: 1,152 words are three banks of 512, not one of 2,048.
 */
export function blockRom(words: number, bits: number): {readonly bram36: number; readonly lut: number} {
  const ways = SHAPES.map(({depth, width}) => {
    const banks = Math.ceil(words / depth)
    return {banks, bram36: blocks(banks * bits, width)}
  })
  const {bram36, banks} = ways.reduce((best, way) =>
    way.bram36 < best.bram36 || (way.bram36 === best.bram36 && way.banks < best.banks) ? way : best,
  )
  return {bram36, lut: banks === 1 ? 0 : bits * (banks <= 4 ? 1 : 4)}
}

/** Data and its valid bit, a clock later. */
export const registers = (bits: number, clocks: number): Resources => resources(0, clocks * (bits + 1))

export const skid = (bits: number): Resources => resources(bits + 3, 2 * bits + 2)

export const feeder = (bits: number, beats: number): Resources => {
  const counter = Math.ceil(Math.log2(beats + 1))
  return resources(bits + 2 * counter + 8, bits + counter + 24)
}

/**
 * Shift register. Every LANES-th position is one chain; what lies between two taps of it, the tap included, is an SRL (of 32)
 * where it is three or more. Besides: the place in the image, and a comparison a lane of where its window lies.
 */
export function window(width: number, lanes: number, columns: number, kh: number, kw: number): Resources {
  const taps = kw + lanes - 1
  const depth = (kh - 1) * columns + taps
  let srl = 0
  let ff = 0
  for (let lane = 0; lane < lanes; lane++) {
    let run = 0
    for (let place = lane; place < depth; place += lanes) {
      run++
      if (place % columns >= taps && place < (kh - 1) * columns) continue
      if (run >= 3) srl += Math.ceil(run / 32)
      else ff += run
      run = 0
    }
  }
  return resources(srl * width + 9 + 2 * lanes, ff * width + 10 + lanes)
}

/** A line buffer in LUTRAM, a word a column, with a register behind it. Past 64 columns, LUTs choose between its banks. */
export function columns(width: number, {height, width: count}: Size, rows: number): Resources {
  const bits = (rows - 1) * width
  const banks = Math.ceil(count / 64)
  return resources(
    (rows > 1 ? lutRam(Math.max(2, count), bits) : 0) + (banks > 1 ? (bits * banks) / 2 : 0) + 12,
    rows * width + Math.ceil(Math.log2(count + 1)) + Math.ceil(Math.log2(height + 1)) + 1,
  )
}

/** A line buffer in block RAM, a copy a port: addresses, and counters of what came and what is read. */
export function lines(
  width: number,
  {height, width: count}: Size,
  rows: number,
  ports: number,
  depth: number,
): Resources {
  const address = Math.ceil(Math.log2(depth))
  const place = Math.ceil(Math.log2(count + 1)) + Math.ceil(Math.log2(height + 1))
  return resources(
    address * (ports + 1) + place + 10,
    3 * address + 2 * place + rows,
    0,
    ports * blockRam(depth, width),
  )
}

/** A window of columns with a clock enable: flip-flops alone, and three counters. */
export const loader = (width: number, kernel: Size): Resources =>
  resources(22, width * kernel.height * kernel.width + 10)

/** A copy of a window: rtl/keep.sv. */
export const keep = (bits: number): Resources => resources(2, bits + 1)

/** Parts to a whole: rtl/collect.sv. */
export const collect = (bits: number, parts: number): Resources => resources(4, bits + Math.ceil(Math.log2(parts)) + 1)

/** The LUTs of an adder's carry chain are counted in pipeline.ts; two adders in a row are mapped together, less well. */
export const sums = (adderLuts: number, addersPerStage: number, registerBits: number, srlLuts: number): Resources =>
  resources(adderLuts * (addersPerStage === 1 ? 1 : 1.08) + srlLuts, registerBits)

export interface RequantiseShape {
  /** Bits of the sum, sign included: ROOM of rtl/requantise.sv. */
  readonly room: number
  readonly shift: number
  readonly outBits: number
  readonly signed: boolean
  readonly relu: boolean
  readonly wrap: boolean
  readonly mode: number
}

/**
 * One channel. Adding a constant is a carry chain without LUTs, and relu resets the output's register; so what counts is the
 * choice of the largest value where the sum can be past it (a LUT a bit, and some to see it), and rounding by the sign.
 */
export function requantise({room, shift, outBits, signed, relu, wrap, mode}: RequantiseShape): Resources {
  const magnitude = Math.max(1, room - 1 - shift)
  const above = magnitude - (signed ? outBits - 1 : outBits)
  const saturates = !wrap && (above > 0 || (signed ? false : !relu))
  const kept = Math.min(outBits, magnitude)
  const sees = Math.max(0, Math.ceil((above - 4) / 5))
  return resources((saturates ? outBits + sees : 0) + (mode >= 2 ? shift : 0), room - (mode === 0 ? shift : 0) + kept)
}

/** A maximum by gates: the comparison and the choice. */
const maximum = (bits: number): number => Math.max(bits, 2.05 * bits - 1.7)

/** Maxima of `count` vectors in pairs, a level a clock. */
const maxTree = (vector: number, bits: number, count: number): Resources => {
  let ff = 0
  for (let nodes = count; nodes > 1; ) {
    nodes = Math.ceil(nodes / 2)
    ff += nodes * vector
  }
  return resources((vector / bits) * (count - 1) * maximum(bits), ff)
}

/** A pool's line of maxima: along the row and down the rows a carry chain and a choice, a LUT a bit each; lanes meet in a tree. */
export const pool = (vector: number, bits: number, lanes: number, windows: number): Resources =>
  add(
    maxTree(vector, bits, lanes),
    resources(2 * (vector / bits) * (2 * bits + 1) + lutRam(Math.max(2, windows), vector) + 17, 3 * vector + 26),
  )

/** Maxima of positions that come together, a tree a slot; the row above is an SRL a bit where a slot's is four or more long. */
export const poolRaster = (vector: number, bits: number, slots: number, pw: number, back: number): Resources => {
  const rows = Array.from({length: slots}, (_, slot) => Math.ceil((back - slot) / slots))
  const long = rows.filter((length) => length >= 4).length
  const short = rows.filter((length) => length < 4).reduce((sum, length) => sum + length, 0)
  const down = (vector / bits) * slots * maximum(bits)
  return add(
    part(maxTree(vector, bits, pw), slots),
    resources(down + long * vector + 6 + 4 * slots, vector * (slots + short + pw - 1) + 16),
  )
}

/** A memory a lane, with places to write and read and a count that do not run over at powers of two alone. */
export const queue = (width: number, lanes: number, depth: number): Resources => {
  const place = Math.max(1, Math.ceil(Math.log2(Math.max(2, depth))))
  return resources(
    lutRam(Math.max(2, depth), width) * lanes +
      (lanes > 1 ? (width * (lanes - 1)) / 2 + 16 : 0) +
      (4 * place + 1) * lanes,
    (3 * place + 1) * lanes,
  )
}

export interface FoldedShape {
  readonly bits: number
  readonly weightBits: number
  readonly pe: number
  readonly simd: number
  readonly groups: number
  readonly chunks: number
  readonly vectors: number
  readonly sumBits: number
  readonly romWords: number
  readonly multiplier: "dsp" | "packed" | "lut"
  readonly far: boolean
  /** Of a ROM that is not block RAM. */
  readonly romLuts: number | undefined
}

/** What a Zynq-7020 has of LUTs for each DSP48E1 and each BRAM36: what engines are weighed by. */
export const lutsOfDsp = 240
export const lutsOfBram36 = 380
export const weigh = ({lut, dsp, bram36}: Resources): number => lut + lutsOfDsp * dsp + lutsOfBram36 * bram36

/**
 * Yosys takes a DSP48E1 for products of 9 bits and more, its threshold, and LUTs below. An input has a bit of sign besides. A
 * weight of one bit adds or takes away.
 */
export const usesDsp = (bits: number, weightBits: number): boolean => weightBits > 1 && bits + 1 + weightBits >= 9

/**
 * A DSP48E1 adds to its product: the sum so far, where it is the only product of a sum, or the product beside it. So of the
 * tree only the levels above the first are carry chains, all as wide as the sum.
 */
export function folded(shape: FoldedShape): Resources {
  const {bits, weightBits, pe, simd, groups, chunks, vectors, sumBits, romWords, multiplier, far, romLuts} = shape
  const products = pe * simd
  const dsp = multiplier === "dsp" ? products : multiplier === "packed" ? Math.ceil(pe / 2) * simd : 0
  const choose = chunks > 1 ? simd * bits * Math.ceil(chunks / 4) : 0
  const adders = pe * (simd - 1 - (multiplier === "lut" ? 0 : Math.floor(simd / 2)))
  // A DSP48E1 adds its product to the sum itself, where it is one product a clock and its sum waits for no other's.
  const remembers = groups > 1 && (vectors > 1 || multiplier === "packed")
  const inDsp = multiplier === "dsp" && simd === 1 && !remembers
  // Yosys takes a LUT more a bit for the choice of bias or sum where it puts the sum on the other side of its adder.
  const choosing = weightBits === 1 && simd === 1 ? 2 : remembers || multiplier === "packed" ? 1.4 : 1.2
  const accumulate = inDsp ? 0 : pe * sumBits * choosing
  const memory = remembers ? pe * lutRam(groups, sumBits) : 0
  const biases = groups > 1 ? (pe * sumBits) / 4 : 0
  const control = 14 + 2 * Math.ceil(Math.log2(chunks)) + (groups > 1 ? 6 : 0)
  const romBits = products * weightBits
  const registers = (dsp > 0 ? 0 : products * (bits + weightBits)) + (far ? romBits + products * bits : 0)
  const rom = romLuts === undefined ? blockRom(romWords, romBits) : {bram36: 0, lut: romLuts}
  return resources(
    choose + adders * sumBits + productLuts(shape) + accumulate + memory + biases + control + rom.lut,
    registers + adders * sumBits + (inDsp ? 0 : pe * sumBits) + romBits * (romLuts === undefined ? 1 : 2) + 26 + 2 * pe,
    dsp,
    rom.bram36,
  )
}

/** Products in LUTs: sums of rows; of one bit, a sign; of a packed pair, the two weights side by side. */
function productLuts({multiplier, bits, weightBits, pe, simd}: FoldedShape): number {
  if (multiplier === "dsp") return 0
  if (multiplier === "packed") return Math.floor(pe / 2) * simd * 9
  if (weightBits === 1) return pe * simd * (simd > 1 ? bits + 1 : bits / 2)
  return pe * simd * Math.max(1, 2.2 * bits * weightBits - 15)
}

export const result = (pe: number, sumBits: number, words: number): Resources =>
  resources(Math.ceil((pe - 1) * 0.42) * sumBits + lutRam(Math.max(2, words), sumBits) + 40, pe * sumBits + 36)
