import {formatRange, type NumberFormat, type Overflow, type Rounding} from "../graph/format.ts"
import type {LinearLayer} from "../graph/integer.ts"

/**
 * value * 2^-shift, rounded to an integer. `value` is any 32-bit accumulator, `shift` 0..31; `kind` matters to `tflite`
 * alone, whose operators differ. Formulas and sources: docs/numbers.md. Every step is exact in doubles.
 */
export function requantise(value: number, shift: number, rounding: Rounding, kind: LinearLayer["kind"]): number {
  if (shift === 0) return value
  const divisor = 2 ** shift
  const half = divisor / 2
  switch (rounding) {
    case "floor":
      return Math.floor(value / divisor)
    case "half-up":
      return Math.floor((value + half) / divisor)
    case "half-even": {
      const up = Math.floor((value + half) / divisor)
      const tie = (value + half) % divisor === 0
      return tie && up % 2 !== 0 ? up - 1 : up
    }
    case "tflite":
      return kind === "conv2d" ? roundTwice(value, shift) : roundHalfAway(value, divisor)
  }
}

/** LiteRT's convolution: first to halves of a unit's shift (half up), then the rest half away from zero. */
function roundTwice(value: number, shift: number): number {
  const once = Math.floor((value + 1) / 2)
  return shift === 1 ? once : roundHalfAway(once, 2 ** (shift - 1))
}

/** LiteRT's fully connected: once, half away from zero. */
function roundHalfAway(value: number, divisor: number): number {
  const magnitude = Math.floor((Math.abs(value) + divisor / 2) / divisor)
  return value < 0 ? 0 - magnitude : magnitude
}

/** What a format stores of an integer past its ends: the nearest end (`saturate`), or its low bits (`wrap`). */
export function overflow(value: number, format: NumberFormat, mode: Overflow): number {
  const {min, max} = formatRange(format)
  if (mode === "saturate") return Math.min(Math.max(value, min), max)
  const count = 2 ** format.bits
  return value - Math.floor((value - min) / count) * count
}
