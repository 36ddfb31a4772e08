import type {Resources} from "../graph/design.ts"
import {lutRam, requantise} from "./cost.ts"

const resources = (lut: number, ff: number): Resources => ({
  lut: Math.round(lut),
  ff: Math.round(ff),
  dsp: 0,
  bram36: 0,
})

const counter = (most: number): number => Math.ceil(Math.log2(most + 1))

/** Zeros around an image: registers with a reset, and the place in it. */
export const pad = (width: number, height: number, breadth: number): Resources =>
  resources(18, width + counter(height) + counter(breadth) + 1)

/** Running sums: an adder a channel along the row, one down the rows where several blocks share a row, and their line. */
export function blocks(channels: number, sumBits: number, along: number, rows: number): Resources {
  const vector = channels * sumBits
  const down = along > 1 && rows > 1 ? vector + lutRam(along, vector) : 0
  return resources(vector + down + 24, 2 * vector + 26)
}

export interface MeanShape {
  readonly channels: number
  readonly sumBits: number
  readonly units: number
  readonly clocks: number
  readonly terms: number
  readonly productBits: number
  readonly shift: number
  readonly outBits: number
}

/** A requantise unit for a sum of so many bits: saturating, behind a relu. */
const narrow = (bits: number, shift: number, outBits: number): Resources =>
  requantise({room: bits + 1, shift, outBits, signed: false, relu: true, wrap: false, mode: 0})

/** A choice of channels, an adder a term but one, requantise, and the vector gathered. */
export function mean({channels, sumBits, units, clocks, terms, productBits, shift, outBits}: MeanShape): Resources {
  // A multiplexer of six inputs a LUT, and what joins them.
  const choose = clocks > 1 ? (units * sumBits * clocks) / 3.5 : 0
  const round = narrow(productBits, shift, outBits).lut
  const nodes = Math.max(0, terms - 1) * productBits
  return resources(
    choose + units * (nodes + round) + 12,
    units * (nodes + 2 * outBits + sumBits) + channels * outBits + 12,
  )
}

/** An adder and a requantise a channel. */
export const add = (channels: number, sumBits: number, shift: number, outBits: number): Resources => {
  const round = narrow(sumBits + 1, shift, outBits)
  return resources(channels * (sumBits + round.lut) + 4, channels * (sumBits + round.ff) + 3)
}

/** A register, and a counter. */
export const pace = (width: number, clocks: number): Resources =>
  resources(2 * counter(clocks) + 2, width + counter(clocks) + 1)

/** Words shifted out, a comparison and a choice: rtl/argmax.sv. */
export const argmax = (pe: number, sumBits: number, classBits: number): Resources =>
  resources((pe - 1) * sumBits + 2 * sumBits + classBits + 16, (pe + 1) * sumBits + 2 * classBits + counter(pe) + 3)
