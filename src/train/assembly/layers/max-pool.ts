import {ADDS, COLUMNS, DX, DX_INSIDE, DY, OUTPUTS4, POOL_COLUMNS, POOL_ROWS, ROWS, WINNERS, X, X_IMAGE, X_PIXEL, X_ROW, Y, Y_IMAGE, Y_ROW} from "../../fields"
import {word} from "../word"

/** A pool that no other step takes along; winners are offsets in x. In a tie the first wins. */
export function maxPoolForward(step: u32, images: i32): void {
  const pixel = word(step, OUTPUTS4) << 2
  const poolRows = word(step, POOL_ROWS)
  const poolColumns = word(step, POOL_COLUMNS)
  const xRow = word(step, X_ROW)
  const xPixel = word(step, X_PIXEL)
  for (let image = 0; image < images; image++) {
    const x = word(step, X) + image * word(step, X_IMAGE)
    for (let row = 0; row < word(step, ROWS); row++) {
      let to = image * word(step, Y_IMAGE) + row * word(step, Y_ROW)
      for (let column = 0; column < word(step, COLUMNS); column++) {
        for (let c = 0; c < pixel; c += 16) {
          const first = row * poolRows * xRow + column * poolColumns * xPixel + c
          let winner = i32x4.splat(first)
          let best = v128.load(x + first)
          for (let i = 0; i < poolRows; i++) {
            for (let j = 0; j < poolColumns; j++) {
              const offset = first + i * xRow + j * xPixel
              const value = v128.load(x + offset)
              const more = f32x4.gt(value, best)
              best = v128.bitselect(value, best, more)
              winner = v128.bitselect(i32x4.splat(offset), winner, more)
            }
          }
          v128.store(word(step, Y) + to, best)
          v128.store(word(step, WINNERS) + to, winner)
          to += 16
        }
      }
    }
  }
}

export function maxPoolBackward(step: u32, images: i32): void {
  if (word(step, DX) == 0) return
  const bytes = (word(step, COLUMNS) * word(step, OUTPUTS4)) << 2
  if (!word(step, ADDS)) memory.fill(word(step, DX) - word(step, DX_INSIDE), 0, images * word(step, X_IMAGE) + 16)
  for (let image = 0; image < images; image++) {
    const dx = word(step, DX) + image * word(step, X_IMAGE)
    for (let row = 0; row < word(step, ROWS); row++) {
      const from = image * word(step, Y_IMAGE) + row * word(step, Y_ROW)
      const winners = word(step, WINNERS) + from
      const dy = word(step, DY) + from
      for (let i = 0; i < bytes; i += 4) {
        // A winner is the offset of its vector's first channel.
        const at = dx + load<i32>(winners + i) + (i & 12)
        store<f32>(at, load<f32>(at) + load<f32>(dy + i))
      }
    }
  }
}
