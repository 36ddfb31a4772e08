import {ADDS, COLUMNS, DX, DY, OUTPUTS4, RATE, ROWS, SEED, WINNERS, X, X_IMAGE, X_ROW, Y, Y_IMAGE, Y_ROW} from "../../fields"
import {mix} from "../math"
import {float, word} from "../word"

/** While training: y = x * mask, where mask (kept in WINNERS) is 0 with probability rate, else 1 / (1 - rate). */
export function dropoutForward(step: u32, images: i32, seeds: u32, training: i32): void {
  const bytes = (word(step, COLUMNS) * word(step, OUTPUTS4)) << 2
  const rate = float(step, RATE)
  const keep = f32x4.splat(1 / (1 - rate))
  // 24 random bits are compared, as signed integers.
  const least = i32x4.splat(<i32>(rate * 16777216))
  for (let image = 0; image < images; image++) {
    const seed = mix(load<u32>(seeds + (image << 2)) ^ word(step, SEED))
    let state = i32x4(mix(seed + 1) | 1, mix(seed + 2) | 1, mix(seed + 3) | 1, mix(seed + 4) | 1)
    for (let row = 0; row < word(step, ROWS); row++) {
      const x = word(step, X) + image * word(step, X_IMAGE) + row * word(step, X_ROW)
      const at = image * word(step, Y_IMAGE) + row * word(step, Y_ROW)
      const y = word(step, Y) + at
      const mask = word(step, WINNERS) + at
      if (!training) {
        memory.copy(y, x, bytes)
        continue
      }
      for (let i = 0; i < bytes; i += 16) {
        state = v128.xor(state, i32x4.shl(state, 13))
        state = v128.xor(state, i32x4.shr_u(state, 17))
        state = v128.xor(state, i32x4.shl(state, 5))
        const kept = v128.and(keep, i32x4.ge_s(i32x4.shr_u(state, 8), least))
        v128.store(mask + i, kept)
        v128.store(y + i, f32x4.mul(v128.load(x + i), kept))
      }
    }
  }
}

export function dropoutBackward(step: u32, images: i32): void {
  if (word(step, DX) == 0) return
  const bytes = (word(step, COLUMNS) * word(step, OUTPUTS4)) << 2
  const adds = word(step, ADDS)
  for (let image = 0; image < images; image++) {
    for (let row = 0; row < word(step, ROWS); row++) {
      const dx = word(step, DX) + image * word(step, X_IMAGE) + row * word(step, X_ROW)
      const at = image * word(step, Y_IMAGE) + row * word(step, Y_ROW)
      for (let i = 0; i < bytes; i += 16) {
        const product = f32x4.mul(v128.load(word(step, DY) + at + i), v128.load(word(step, WINNERS) + at + i))
        v128.store(dx + i, adds ? f32x4.add(v128.load(dx + i), product) : product)
      }
    }
  }
}
