// avgPool2d with the relu and quantisation that follow: FACTOR is 1 / count, or round(2^16 / count) / 2^16 as the integers have it.

import {ADDS, COLUMNS, DX, DX_INSIDE, DY, FACTOR, HIGHEST, LOWEST, OUTPUTS4, POOL_COLUMNS, POOL_ROWS, QUANTISE, RELU, ROWS, SCALE, WINNERS, X, X_IMAGE, X_PIXEL, X_ROW, Y, Y_IMAGE, Y_ROW} from "../../fields"
import {float, word} from "../word"

export function avgPoolForward(step: u32, images: i32): void {
  const pixel = word(step, OUTPUTS4) << 2
  const poolRows = word(step, POOL_ROWS)
  const poolColumns = word(step, POOL_COLUMNS)
  const xRow = word(step, X_ROW)
  const xPixel = word(step, X_PIXEL)
  const factor = f32x4.splat(float(step, FACTOR))
  for (let image = 0; image < images; image++) {
    for (let row = 0; row < word(step, ROWS); row++) {
      const x = word(step, X) + image * word(step, X_IMAGE) + row * poolRows * xRow
      let at = image * word(step, Y_IMAGE) + row * word(step, Y_ROW)
      for (let column = 0; column < word(step, COLUMNS); column++) {
        for (let c = 0; c < pixel; c += 16) {
          let sum = f32x4.splat(0)
          for (let i = 0; i < poolRows; i++) {
            let from = x + i * xRow + column * poolColumns * xPixel + c
            for (let j = 0; j < poolColumns; j++) {
              sum = f32x4.add(sum, v128.load(from))
              from += xPixel
            }
          }
          if (word(step, QUANTISE) || word(step, RELU)) settleFour(step, sum, at)
          else v128.store(word(step, Y) + at, f32x4.mul(sum, factor))
          at += 16
        }
      }
    }
  }
}

/** In f64: a sum times 2^16 / count has more digits than an f32 holds. */
function settleFour(step: u32, sums: v128, at: u32): void {
  const quantise = word(step, QUANTISE)
  const relu = word(step, RELU)
  const y = word(step, Y) + at
  v128.store(y, sums)
  for (let i: u32 = 0; i < 16; i += 4) {
    let value = <f64>load<f32>(y + i) * <f64>float(step, FACTOR)
    let passes = true
    if (relu && value <= 0) {
      value = 0
      passes = false
    }
    if (quantise) {
      const scale = <f64>float(step, SCALE)
      const whole = floor<f64>(value * scale + (quantise == 1 ? 0.5 : 0))
      const inside = min<f64>(max<f64>(whole, float(step, LOWEST)), float(step, HIGHEST))
      passes = passes && inside == whole
      value = inside / scale
    }
    store<f32>(y + i, <f32>value)
    store<i32>(word(step, WINNERS) + at + i, passes ? 0 : -1)
  }
}

export function avgPoolBackward(step: u32, images: i32): void {
  if (word(step, DX) == 0) return
  const pixel = word(step, OUTPUTS4) << 2
  const poolRows = word(step, POOL_ROWS)
  const poolColumns = word(step, POOL_COLUMNS)
  const xRow = word(step, X_ROW)
  const xPixel = word(step, X_PIXEL)
  const factor = f32x4.splat(float(step, FACTOR))
  const masked = word(step, QUANTISE) || word(step, RELU)
  // What fills no block gets no gradient.
  if (!word(step, ADDS)) memory.fill(word(step, DX) - word(step, DX_INSIDE), 0, images * word(step, X_IMAGE) + 16)
  for (let image = 0; image < images; image++) {
    for (let row = 0; row < word(step, ROWS); row++) {
      const dx = word(step, DX) + image * word(step, X_IMAGE) + row * poolRows * xRow
      let at = image * word(step, Y_IMAGE) + row * word(step, Y_ROW)
      for (let column = 0; column < word(step, COLUMNS); column++) {
        for (let c = 0; c < pixel; c += 16) {
          let g = f32x4.mul(v128.load(word(step, DY) + at), factor)
          if (masked) g = v128.andnot(g, i32x4.shr_s(v128.load(word(step, WINNERS) + at), 31))
          for (let i = 0; i < poolRows; i++) {
            let to = dx + i * xRow + column * poolColumns * xPixel + c
            for (let j = 0; j < poolColumns; j++) {
              v128.store(to, f32x4.add(v128.load(to), g))
              to += xPixel
            }
          }
          at += 16
        }
      }
    }
  }
}
