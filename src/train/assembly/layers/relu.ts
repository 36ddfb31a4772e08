import {ADDS, COLUMNS, DX, DY, OUTPUTS4, ROWS, X, X_IMAGE, X_ROW, Y, Y_IMAGE, Y_ROW} from "../../fields"
import {word} from "../word"

/** A relu that no other step takes along. */
export function reluForward(step: u32, images: i32): void {
  const bytes = (word(step, COLUMNS) * word(step, OUTPUTS4)) << 2
  const zero = f32x4.splat(0)
  for (let image = 0; image < images; image++) {
    for (let row = 0; row < word(step, ROWS); row++) {
      const x = word(step, X) + image * word(step, X_IMAGE) + row * word(step, X_ROW)
      const y = word(step, Y) + image * word(step, Y_IMAGE) + row * word(step, Y_ROW)
      for (let i = 0; i < bytes; i += 16) {
        const value = v128.load(x + i)
        v128.store(y + i, v128.and(value, f32x4.gt(value, zero)))
      }
    }
  }
}

export function reluBackward(step: u32, images: i32): void {
  if (word(step, DX) == 0) return
  const bytes = (word(step, COLUMNS) * word(step, OUTPUTS4)) << 2
  const adds = word(step, ADDS)
  const zero = f32x4.splat(0)
  for (let image = 0; image < images; image++) {
    for (let row = 0; row < word(step, ROWS); row++) {
      const dx = word(step, DX) + image * word(step, X_IMAGE) + row * word(step, X_ROW)
      const at = image * word(step, Y_IMAGE) + row * word(step, Y_ROW)
      const y = word(step, Y) + at
      const dy = word(step, DY) + at
      for (let i = 0; i < bytes; i += 16) {
        const passed = v128.and(v128.load(dy + i), f32x4.gt(v128.load(y + i), zero))
        v128.store(dx + i, adds ? f32x4.add(v128.load(dx + i), passed) : passed)
      }
    }
  }
}
