import type {Resources} from "../graph/design.ts"

const resources = (lut: number, ff: number): Resources => ({lut: Math.round(lut), ff: Math.round(ff), dsp: 0, bram36: 0})

const counter = (most: number): number => Math.ceil(Math.log2(most + 1))

/** Zeros around an image: registers with a reset, and the place in it. */
export const pad = (width: number, height: number, breadth: number): Resources =>
  resources(18, width + counter(height) + counter(breadth) + 1)
