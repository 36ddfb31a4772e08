import {formatRange, type NumberFormat, type Range} from "../graph/format.ts"

/**
 * Integers weights take: symmetric, so that 2 bits are ternary and LiteRT's int8 kernels accept every one. Of 1 bit only the
 * two ends.
 */
export function weightRange(bits: number): Range {
  const most = bits === 1 ? 1 : 2 ** (bits - 1) - 1
  return {min: -most, max: most}
}

/**
 * The fraction whose grid, cut to the range, has the least squared error on the values. In a tie the coarsest grid wins: its
 * integers are smaller. Values that are all zero take the finest grid that still holds one.
 */
export function bestFraction(values: ArrayLike<number>, {min, max}: Range): number {
  let largest = 0
  for (let i = 0; i < values.length; i++) largest = Math.max(largest, Math.abs(values[i] as number))
  const most = Math.max(max, -min)
  if (largest === 0) return Math.floor(Math.log2(most))
  const fits = Math.floor(Math.log2(most / largest))
  let best = fits
  let least = Number.POSITIVE_INFINITY
  for (let fraction = fits - 8; fraction <= fits + 4; fraction++) {
    const error = squaredError(values, fraction, {min, max})
    if (error < least) {
      least = error
      best = fraction
    }
  }
  return best
}

/** The fraction of weights that are only -1 or +1: the power of two that lies nearest to their sizes, by squared error. */
export function bestBinary(values: ArrayLike<number>): number {
  let sum = 0
  for (let i = 0; i < values.length; i++) sum += Math.abs(values[i] as number)
  const mean = sum / values.length
  if (!(mean > 0)) return 0
  // sum of (|w| - s)^2 is least at the mean, and symmetric around it: of the two powers beside it the nearer one.
  const above = 2 ** Math.ceil(Math.log2(mean))
  return -Math.log2(above - mean <= mean - above / 2 ? above : above / 2)
}

/** The best fraction for a tensor of the given bits and sign. */
export const bestFormat = (values: ArrayLike<number>, bits: number, signed: boolean): NumberFormat => ({
  bits,
  signed,
  fraction: bestFraction(values, formatRange({bits, signed, fraction: 0})),
})

function squaredError(values: ArrayLike<number>, fraction: number, {min, max}: Range): number {
  const scale = 2 ** fraction
  let sum = 0
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number
    const error = value - Math.min(Math.max(Math.round(value * scale), min), max) / scale
    sum += error * error
  }
  return sum
}
