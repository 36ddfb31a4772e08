// depthwiseConv2d (stride, padding) with the relu, pooling and quantisation that follow: a vector is four channels. Weights
// are [channel][taps, rounded up to 4], in `panels` [tap][channels].

import {ADDS, BIAS, CHANNELS, COLUMNS, DX, DX_PANELS, DY, DZ, DZ_ROW, GRADIENT, KERNEL_COLUMNS, KERNEL_ROWS, KERNEL_RUN4, LEFT, OUTPUTS, PANELS, POOL_COLUMNS, POOL_ROWS, ROWS, SCRATCH, STRIDE_COLUMNS, STRIDE_ROWS, SUMS, TOP, WEIGHTS, WINDOW_COLUMNS, WINNERS, X_COLUMNS, X_IMAGE, X_PIXEL, X_ROW, X_ROWS, Y, Y_IMAGE, Y_ROW, ZEROS} from "../../fields"
import {plain, settle, unsettle} from "../settle"
import {word} from "../word"
import {addBias, origin, share} from "./linear"

export function depthwiseTurn(step: u32): void {
  const channels = word(step, OUTPUTS)
  const pixel = word(step, CHANNELS) << 2
  const rows = word(step, KERNEL_ROWS)
  const columns = word(step, KERNEL_COLUMNS)
  const channelBytes = word(step, KERNEL_RUN4) << 2
  for (let tap = 0; tap < rows * columns; tap++) {
    for (let c = 0; c < channels; c++) {
      store<f32>(word(step, PANELS) + tap * pixel + (c << 2), load<f32>(word(step, WEIGHTS) + c * channelBytes + (tap << 2)))
    }
  }
  if (word(step, DX) == 0) return
  let to: u32 = word(step, DX_PANELS)
  for (let a = 0; a < word(step, STRIDE_ROWS); a++) {
    for (let b = 0; b < word(step, STRIDE_COLUMNS); b++) {
      for (let m = share(rows, a, word(step, STRIDE_ROWS)) - 1; m >= 0; m--) {
        for (let n = share(columns, b, word(step, STRIDE_COLUMNS)) - 1; n >= 0; n--) {
          const tap = (a + m * word(step, STRIDE_ROWS)) * columns + b + n * word(step, STRIDE_COLUMNS)
          memory.copy(to, word(step, PANELS) + tap * pixel, pixel)
          to += pixel
        }
      }
    }
  }
}

/** count windows, xStep bytes apart: y = bias + sum over taps of x * weights, channel by channel; bias 0 adds to y. */
function taps(x: u32, xStep: u32, xRow: u32, pixel: u32, rows: i32, columns: i32, weights: u32, bias: u32, y: u32, yStep: u32, count: i32): void {
  for (let c: u32 = 0; c < pixel; c += 16) {
    let i = 0
    for (; i + 4 <= count; i += 4) {
      const y0 = y + i * yStep + c
      const y1 = y0 + yStep
      const y2 = y1 + yStep
      const y3 = y2 + yStep
      let a0 = v128.load(bias ? bias + c : y0)
      let a1 = v128.load(bias ? bias + c : y1)
      let a2 = v128.load(bias ? bias + c : y2)
      let a3 = v128.load(bias ? bias + c : y3)
      let w = weights + c
      for (let row = 0; row < rows; row++) {
        let p0 = x + i * xStep + row * xRow + c
        let p1 = p0 + xStep
        let p2 = p1 + xStep
        let p3 = p2 + xStep
        const end = p0 + columns * pixel
        while (p0 < end) {
          const u = v128.load(w)
          a0 = f32x4.add(a0, f32x4.mul(v128.load(p0), u))
          a1 = f32x4.add(a1, f32x4.mul(v128.load(p1), u))
          a2 = f32x4.add(a2, f32x4.mul(v128.load(p2), u))
          a3 = f32x4.add(a3, f32x4.mul(v128.load(p3), u))
          w += pixel
          p0 += pixel
          p1 += pixel
          p2 += pixel
          p3 += pixel
        }
      }
      v128.store(y0, a0)
      v128.store(y1, a1)
      v128.store(y2, a2)
      v128.store(y3, a3)
    }
    for (; i < count; i++) {
      const to = y + i * yStep + c
      let a = v128.load(bias ? bias + c : to)
      let w = weights + c
      for (let row = 0; row < rows; row++) {
        let p = x + i * xStep + row * xRow + c
        const end = p + columns * pixel
        while (p < end) {
          a = f32x4.add(a, f32x4.mul(v128.load(p), v128.load(w)))
          w += pixel
          p += pixel
        }
      }
      v128.store(to, a)
    }
  }
}

export function depthwiseForward(step: u32, images: i32): void {
  const pixel = word(step, CHANNELS) << 2
  const xRow = word(step, X_ROW)
  const xStep = pixel * word(step, STRIDE_COLUMNS)
  const windowRow = xRow * word(step, STRIDE_ROWS)
  const poolRows = word(step, POOL_ROWS)
  const columns = word(step, WINDOW_COLUMNS)
  const scratch = word(step, SCRATCH)
  const direct = plain(step)
  for (let image = 0; image < images; image++) {
    for (let row = 0; row < word(step, ROWS); row++) {
      const first = row * poolRows * windowRow
      const to = image * word(step, Y_IMAGE) + row * word(step, Y_ROW)
      for (let k = 0; k < poolRows; k++) {
        const from = origin(step) + image * word(step, X_IMAGE) + first + k * windowRow
        const y = direct ? word(step, Y) + to : scratch + k * columns * pixel
        taps(from, xStep, xRow, pixel, word(step, KERNEL_ROWS), word(step, KERNEL_COLUMNS), word(step, PANELS), word(step, BIAS), y, pixel, columns)
      }
      // Winners as places of the image of windows, from 0: backwards they are unpooled.
      if (!direct) settle(step, scratch, word(step, Y) + to, word(step, WINNERS) + to, word(step, COLUMNS), row * poolRows * word(step, DZ_ROW), pixel, word(step, DZ_ROW))
    }
  }
}

export function depthwiseBackward(step: u32, images: i32): void {
  const pixel = word(step, CHANNELS) << 2
  const kernelRows = word(step, KERNEL_ROWS)
  const kernelColumns = word(step, KERNEL_COLUMNS)
  const rows = word(step, ROWS) * word(step, POOL_ROWS)
  const columns = word(step, COLUMNS) * word(step, POOL_COLUMNS)
  memory.fill(word(step, SUMS), 0, kernelRows * kernelColumns * pixel)
  for (let image = 0; image < images; image++) {
    unpool(step, image, rows, columns)
    addBias(step, word(step, DZ), pixel, word(step, DZ_ROW), rows, columns)
    tapGradients(step, origin(step) + image * word(step, X_IMAGE), rows, columns)
    if (word(step, DX)) imageGradient(step, word(step, DX) + image * word(step, X_IMAGE))
  }
  const channelBytes = word(step, KERNEL_RUN4) << 2
  for (let tap = 0; tap < kernelRows * kernelColumns; tap++) {
    for (let c = 0; c < word(step, OUTPUTS); c++) {
      store<f32>(word(step, GRADIENT) + c * channelBytes + (tap << 2), load<f32>(word(step, SUMS) + tap * pixel + (c << 2)))
    }
  }
}

/** dz of an image from dy. */
function unpool(step: u32, image: i32, rows: i32, columns: i32): void {
  const pixel = word(step, CHANNELS) << 2
  const dz = word(step, DZ)
  const dzRow = word(step, DZ_ROW)
  const direct = plain(step)
  const pooled = word(step, POOL_ROWS) * word(step, POOL_COLUMNS) > 1
  if (pooled) for (let row = 0; row < rows; row++) memory.fill(dz + row * dzRow, 0, columns * pixel)
  for (let row = 0; row < word(step, ROWS); row++) {
    const at = image * word(step, Y_IMAGE) + row * word(step, Y_ROW)
    const dy = word(step, DY) + at
    const winners = word(step, WINNERS) + at
    const bytes = word(step, COLUMNS) * pixel
    if (direct) memory.copy(dz + row * dzRow, dy, bytes)
    else if (!pooled) unsettle(dy, winners, dz + row * dzRow, bytes)
    else {
      for (let i = 0; i < bytes; i += 4) {
        const winner = load<i32>(winners + i)
        if (winner >= 0) store<f32>(dz + winner + (i % pixel), load<f32>(dy + i))
      }
    }
  }
}

/** sums[tap] += x * dz: four taps at a time. */
function tapGradients(step: u32, x: u32, rows: i32, columns: i32): void {
  const pixel: u32 = word(step, CHANNELS) << 2
  const xStep = pixel * word(step, STRIDE_COLUMNS)
  const xRow = word(step, X_ROW)
  const across = word(step, KERNEL_COLUMNS)
  const count = word(step, KERNEL_ROWS) * across
  for (let tap = 0; tap < count; tap += 4) {
    // Where fewer than four are left, the last is taken again and not stored.
    const t1 = min(tap + 1, count - 1)
    const t2 = min(tap + 2, count - 1)
    const t3 = min(tap + 3, count - 1)
    for (let c: u32 = 0; c < pixel; c += 16) {
      const sums = word(step, SUMS) + c
      let a0 = v128.load(sums + tap * pixel)
      let a1 = v128.load(sums + t1 * pixel)
      let a2 = v128.load(sums + t2 * pixel)
      let a3 = v128.load(sums + t3 * pixel)
      for (let row = 0; row < rows; row++) {
        const base = x + row * word(step, STRIDE_ROWS) * xRow + c
        let p0 = base + (tap / across) * xRow + (tap % across) * pixel
        let p1 = base + (t1 / across) * xRow + (t1 % across) * pixel
        let p2 = base + (t2 / across) * xRow + (t2 % across) * pixel
        let p3 = base + (t3 / across) * xRow + (t3 % across) * pixel
        let g = word(step, DZ) + row * word(step, DZ_ROW) + c
        const end = g + columns * pixel
        while (g < end) {
          const u = v128.load(g)
          a0 = f32x4.add(a0, f32x4.mul(v128.load(p0), u))
          a1 = f32x4.add(a1, f32x4.mul(v128.load(p1), u))
          a2 = f32x4.add(a2, f32x4.mul(v128.load(p2), u))
          a3 = f32x4.add(a3, f32x4.mul(v128.load(p3), u))
          g += pixel
          p0 += xStep
          p1 += xStep
          p2 += xStep
          p3 += xStep
        }
      }
      v128.store(sums + tap * pixel, a0)
      if (tap + 1 < count) v128.store(sums + t1 * pixel, a1)
      if (tap + 2 < count) v128.store(sums + t2 * pixel, a2)
      if (tap + 3 < count) v128.store(sums + t3 * pixel, a3)
    }
  }
}

function imageGradient(step: u32, dx: u32): void {
  const pixel = word(step, CHANNELS) << 2
  const strideRows = word(step, STRIDE_ROWS)
  const strideColumns = word(step, STRIDE_COLUMNS)
  const top = word(step, TOP)
  const left = word(step, LEFT)
  const xRow = word(step, X_ROW)
  const dzRow = word(step, DZ_ROW)
  const bias = word(step, ADDS) ? 0 : word(step, ZEROS)
  let weights = word(step, DX_PANELS)
  for (let a = 0; a < strideRows; a++) {
    const firstRow = top > a ? (top - a + strideRows - 1) / strideRows : 0
    const meetRows = share(word(step, KERNEL_ROWS), a, strideRows)
    for (let b = 0; b < strideColumns; b++) {
      const firstColumn = left > b ? (left - b + strideColumns - 1) / strideColumns : 0
      const columns = share(word(step, X_COLUMNS) + left, firstColumn * strideColumns + b, strideColumns)
      const meetColumns = share(word(step, KERNEL_COLUMNS), b, strideColumns)
      for (let i = firstRow; i * strideRows + a < word(step, X_ROWS) + top; i++) {
        const from = word(step, DZ) + (i - meetRows + 1) * dzRow + (firstColumn - meetColumns + 1) * pixel
        const to = dx + (i * strideRows + a - top) * xRow + (firstColumn * strideColumns + b - left) * pixel
        taps(from, pixel, dzRow, pixel, meetRows, meetColumns, weights, bias, to, strideColumns * pixel, columns)
      }
      weights += meetRows * meetColumns * pixel
    }
  }
}
