// The sum of two tensors with the relu and quantisation that follow.

import {ADDS, ADDS2, COLUMNS, DX, DX2, DY, HIGHEST, LOWEST, OUTPUTS4, QUANTISE, RELU, ROWS, SCALE, WINNERS, X, X2, X2_IMAGE, X2_ROW, X_IMAGE, X_ROW, Y, Y_IMAGE, Y_ROW} from "../../fields"
import {float, word} from "../word"

export function addForward(step: u32, images: i32): void {
  const bytes = (word(step, COLUMNS) * word(step, OUTPUTS4)) << 2
  const relu = word(step, RELU)
  const quantise = word(step, QUANTISE)
  const zero = f32x4.splat(0)
  const none = i32x4.splat(-1)
  const scale = f32x4.splat(float(step, SCALE))
  const inverse = f32x4.splat(1 / float(step, SCALE))
  const lowest = f32x4.splat(float(step, LOWEST))
  const highest = f32x4.splat(float(step, HIGHEST))
  const half = f32x4.splat(quantise == 1 ? 0.5 : 0)
  for (let image = 0; image < images; image++) {
    for (let row = 0; row < word(step, ROWS); row++) {
      const a = word(step, X) + image * word(step, X_IMAGE) + row * word(step, X_ROW)
      const b = word(step, X2) + image * word(step, X2_IMAGE) + row * word(step, X2_ROW)
      const at = image * word(step, Y_IMAGE) + row * word(step, Y_ROW)
      for (let i = 0; i < bytes; i += 16) {
        let sum = f32x4.add(v128.load(a + i), v128.load(b + i))
        let passes = zero
        if (relu) {
          const positive = f32x4.gt(sum, zero)
          sum = v128.and(sum, positive)
          passes = v128.not(positive)
        }
        if (quantise) {
          const whole = f32x4.floor(f32x4.add(f32x4.mul(sum, scale), half))
          const inside = v128.and(f32x4.le(whole, highest), f32x4.ge(whole, lowest))
          passes = v128.bitselect(passes, none, inside)
          sum = f32x4.mul(f32x4.max(f32x4.min(whole, highest), lowest), inverse)
        }
        v128.store(word(step, Y) + at + i, sum)
        if (relu | quantise) v128.store(word(step, WINNERS) + at + i, passes)
      }
    }
  }
}

export function addBackward(step: u32, images: i32): void {
  const bytes = (word(step, COLUMNS) * word(step, OUTPUTS4)) << 2
  const masked = word(step, RELU) | word(step, QUANTISE)
  for (let image = 0; image < images; image++) {
    for (let row = 0; row < word(step, ROWS); row++) {
      const at = image * word(step, Y_IMAGE) + row * word(step, Y_ROW)
      const to = image * word(step, X_IMAGE) + row * word(step, X_ROW)
      const to2 = image * word(step, X2_IMAGE) + row * word(step, X2_ROW)
      for (let i = 0; i < bytes; i += 16) {
        let g = v128.load(word(step, DY) + at + i)
        if (masked) g = v128.andnot(g, i32x4.shr_s(v128.load(word(step, WINNERS) + at + i), 31))
        if (word(step, DX)) give(word(step, DX) + to + i, g, word(step, ADDS))
        if (word(step, DX2)) give(word(step, DX2) + to2 + i, g, word(step, ADDS2))
      }
    }
  }
}

// @ts-ignore: decorator
@inline function give(to: u32, g: v128, adds: i32): void {
  v128.store(to, adds ? f32x4.add(v128.load(to), g) : g)
}
