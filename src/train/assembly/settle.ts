import {HIGHEST, LOWEST, OUTPUTS4, POOL_COLUMNS, POOL_ROWS, QUANTISE, RELU, SCALE, WINDOW_COLUMNS} from "../fields"
import {float, word} from "./word"

/**
 * The largest of each poolRows x poolColumns block of a line's outputs, relu, quantisation; the winner's offset in x, or -1
 * where relu or clipping stops the gradient. xStep and xRow are bytes from window to window. In a tie the first wins.
 */
export function settle(step: u32, from: u32, y: u32, winners: u32, count: i32, first: i32, xStep: i32, xRow: i32): void {
  const outputs4 = word(step, OUTPUTS4)
  const poolRows = word(step, POOL_ROWS)
  const poolColumns = word(step, POOL_COLUMNS)
  const fromRow = (word(step, WINDOW_COLUMNS) * outputs4) << 2
  const relu = word(step, RELU)
  const quantise = word(step, QUANTISE)
  const zero = f32x4.splat(0)
  const none = i32x4.splat(-1)
  const scale = f32x4.splat(float(step, SCALE))
  const inverse = f32x4.splat(1 / float(step, SCALE))
  const lowest = f32x4.splat(float(step, LOWEST))
  const highest = f32x4.splat(float(step, HIGHEST))
  const half = f32x4.splat(quantise == 1 ? 0.5 : 0)
  const pixelBytes = outputs4 << 2
  for (let cell = 0; cell < count; cell++) {
    const cellFrom = from + cell * poolColumns * pixelBytes
    const cellFirst = first + cell * poolColumns * xStep
    for (let o = 0; o < outputs4; o += 4) {
      let best = v128.load(cellFrom + (o << 2))
      let winner = i32x4.splat(cellFirst)
      for (let row = 0; row < poolRows; row++) {
        let at = cellFrom + row * fromRow + (o << 2)
        let offset = cellFirst + row * xRow
        for (let column = 0; column < poolColumns; column++) {
          const value = v128.load(at)
          const more = f32x4.gt(value, best)
          best = v128.bitselect(value, best, more)
          winner = v128.bitselect(i32x4.splat(offset), winner, more)
          at += pixelBytes
          offset += xStep
        }
      }
      if (relu) {
        const positive = f32x4.gt(best, zero)
        best = v128.and(best, positive)
        winner = v128.bitselect(winner, none, positive)
      }
      if (quantise) {
        const whole = f32x4.floor(f32x4.add(f32x4.mul(best, scale), half))
        const inside = v128.and(f32x4.le(whole, highest), f32x4.ge(whole, lowest))
        winner = v128.bitselect(winner, none, inside)
        best = f32x4.mul(f32x4.max(f32x4.min(whole, highest), lowest), inverse)
      }
      v128.store(y, best)
      v128.store(winners, winner)
      y += 16
      winners += 16
    }
  }
}

/** Whether a step's outputs are what its sums are. */
export function plain(step: u32): bool {
  return !word(step, RELU) && !word(step, QUANTISE) && word(step, POOL_ROWS) * word(step, POOL_COLUMNS) == 1
}

/** Gradient before relu and quantisation: dy where the winner lets it through. Elements are a multiple of 4. */
export function unsettle(dy: u32, winners: u32, dz: u32, bytes: u32): void {
  for (let i: u32 = 0; i < bytes; i += 16) {
    const stops = i32x4.shr_s(v128.load(winners + i), 31)
    v128.store(dz + i, v128.andnot(v128.load(dy + i), stops))
  }
}
