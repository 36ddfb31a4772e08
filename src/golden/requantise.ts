import {formatRange, type NumberFormat, type Overflow, type Rounding} from "../graph/format.ts"
import type {LinearLayer} from "../graph/integer.ts"

/** 2^-n for every shift. */
const scales = Float64Array.from({length: 32}, (_, shift) => 2 ** -shift)

/** The layers that requantise. */
export type Requantised = LinearLayer["kind"] | "avgPool2d" | "add"

/**
 * value * 2^-shift, rounded to an integer. `value` is any 32-bit accumulator, `shift` 0..31; `kind` matters to `tflite`
 * alone, whose operators differ. Formulas and sources: docs/numbers.md. Every step is exact in doubles.
 */
export function requantise(value: number, shift: number, rounding: Rounding, kind: Requantised): number {
  if (shift === 0) return value
  const quotient = value * (scales[shift] as number)
  switch (rounding) {
    case "floor":
      return Math.floor(quotient)
    case "half-up":
      return Math.floor(quotient + 0.5)
    case "half-even": {
      const up = Math.floor(quotient + 0.5)
      return up - quotient === 0.5 && up % 2 !== 0 ? up - 1 : up
    }
    case "tflite":
      return kind === "conv2d" || kind === "depthwiseConv2d" ? roundTwice(value, shift) : roundHalfAway(quotient)
  }
}

/** LiteRT's convolution: by 2 with the half up, then by the rest with the half away from zero. */
function roundTwice(value: number, shift: number): number {
  return roundHalfAway(Math.floor(value * 0.5 + 0.5) * (scales[shift - 1] as number))
}

/** LiteRT's fully connected and add: once, half away from zero. */
export function roundHalfAway(quotient: number): number {
  return quotient < 0 ? 0 - Math.floor(0.5 - quotient) : Math.floor(quotient + 0.5)
}

/** What a format stores of an integer past its ends: the nearest end (`saturate`), or its low bits (`wrap`). */
export function overflow(value: number, format: NumberFormat, mode: Overflow): number {
  const {min, max} = formatRange(format)
  if (value >= min && value <= max) return value
  if (mode === "saturate") return value < min ? min : max
  const count = 2 ** format.bits
  return value - Math.floor((value - min) / count) * count
}
