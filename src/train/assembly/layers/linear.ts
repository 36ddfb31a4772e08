// conv2d (stride, padding) and dense, with the relu, pooling and quantisation that follow. Backwards in three ways: after a
// pool only its winners are visited; without one the gradient of a whole image is taken in blocks; where a window is a whole
// image, a dense layer's, the images of the batch are the places.

import {ADDS, BIAS, BIAS_GRADIENT, CHANNELS, COLUMNS, DX, DX_INSIDE, DX_PANELS, DY, DZ, DZ_ROW, GRADIENT, KERNEL_COLUMNS, KERNEL_ROWS, KERNEL_RUN, KERNEL_RUN4, LEFT, OUTPUTS, OUTPUTS4, PANELS, POOL_ROWS, ROWS, SCRATCH, SPARSE, STRIDE_COLUMNS, STRIDE_ROWS, SUMS, TOP, WEIGHTS, WHOLE, WINDOW_COLUMNS, WINNERS, X, X_COLUMNS, X_IMAGE, X_PIXEL, X_ROW, X_ROWS, Y, Y_IMAGE, Y_ROW, ZEROS} from "../../fields"
import {area} from "../area"
import {outer} from "../outer"
import {plain, settle, unsettle} from "../settle"
import {word} from "../word"

/** The weights in the order of the forward pass, and of the gradient of x: after they changed. */
export function linearTurn(step: u32): void {
  const outputs = word(step, OUTPUTS)
  const outputs4 = word(step, OUTPUTS4)
  const run = word(step, KERNEL_RUN)
  const rowBytes = word(step, KERNEL_RUN4) << 2
  const rows = word(step, KERNEL_ROWS)
  const outputBytes = rows * rowBytes
  let to: u32 = word(step, PANELS)
  for (let o = 0; o < outputs4; o += 8) {
    const wide = min(8, outputs4 - o)
    const exist = min(wide, outputs - o)
    for (let row = 0; row < rows; row++) {
      for (let i = 0; i < run; i++) {
        let from = word(step, WEIGHTS) + o * outputBytes + row * rowBytes + (i << 2)
        for (let k = 0; k < exist; k++) {
          store<f32>(to + (k << 2), load<f32>(from))
          from += outputBytes
        }
        to += wide << 2
      }
    }
  }
  if (word(step, DX) == 0 || word(step, SPARSE)) return
  if (word(step, WHOLE)) turnWhole(step)
  else turnWindows(step)
}

/** For each row of a window that is a whole image: panels of [output][8 elements]. */
function turnWhole(step: u32): void {
  const outputs = word(step, OUTPUTS)
  const outputs4 = word(step, OUTPUTS4)
  const run = word(step, KERNEL_RUN)
  const rowBytes = word(step, KERNEL_RUN4) << 2
  const rows = word(step, KERNEL_ROWS)
  let to = word(step, DX_PANELS)
  for (let row = 0; row < rows; row++) {
    for (let i = 0; i < run; i += 8) {
      const wide = min(8, run - i)
      let from = word(step, WEIGHTS) + row * rowBytes + (i << 2)
      for (let o = 0; o < outputs; o++) {
        v128.store(to, v128.load(from))
        if (wide == 8) v128.store(to, v128.load(from, 16), 16)
        to += wide << 2
        from += rows * rowBytes
      }
      // Outputs that do not exist stay zero.
      to += (outputs4 - outputs) * (wide << 2)
    }
  }
}

/** For each place of x modulo the stride the kernel's rows and columns that meet it, turned round: [channel panel][row][column][output]. */
function turnWindows(step: u32): void {
  const outputs = word(step, OUTPUTS)
  const outputs4 = word(step, OUTPUTS4)
  const channels = word(step, CHANNELS)
  const kernelRows = word(step, KERNEL_ROWS)
  const kernelColumns = word(step, KERNEL_COLUMNS)
  const rowBytes = word(step, KERNEL_RUN4) << 2
  const strideRows = word(step, STRIDE_ROWS)
  const strideColumns = word(step, STRIDE_COLUMNS)
  let to: u32 = word(step, DX_PANELS)
  for (let a = 0; a < strideRows; a++) {
    for (let b = 0; b < strideColumns; b++) {
      const rows = share(kernelRows, a, strideRows)
      const columns = share(kernelColumns, b, strideColumns)
      for (let c = 0; c < channels; c += 8) {
        const wide = min(8, channels - c)
        for (let m = rows - 1; m >= 0; m--) {
          for (let n = columns - 1; n >= 0; n--) {
            let from = word(step, WEIGHTS) + (a + m * strideRows) * rowBytes + (((b + n * strideColumns) * channels + c) << 2)
            for (let o = 0; o < outputs; o++) {
              v128.store(to, v128.load(from))
              if (wide == 8) v128.store(to, v128.load(from, 16), 16)
              to += wide << 2
              from += kernelRows * rowBytes
            }
            to += (outputs4 - outputs) * (wide << 2)
          }
        }
      }
    }
  }
}

/** How many of first, first + stride .. lie below count. */
export function share(count: i32, first: i32, stride: i32): i32 {
  return first >= count ? 0 : (count - first + stride - 1) / stride
}

/** The first window: in x's border where the layer pads. */
export function origin(step: u32): u32 {
  return word(step, X) - word(step, TOP) * word(step, X_ROW) - word(step, LEFT) * word(step, X_PIXEL)
}

export function linearForward(step: u32, images: i32): void {
  const x = origin(step)
  const xImage = word(step, X_IMAGE)
  const xRow = word(step, X_ROW)
  const xStep = word(step, X_PIXEL) * word(step, STRIDE_COLUMNS)
  const windowRow = xRow * word(step, STRIDE_ROWS)
  const y = word(step, Y)
  const yImage = word(step, Y_IMAGE)
  const yRow = word(step, Y_ROW)
  const outputs4 = word(step, OUTPUTS4)
  const pixel = outputs4 << 2
  const kernelRows = word(step, KERNEL_ROWS)
  const run = word(step, KERNEL_RUN)
  const panels = word(step, PANELS)
  const bias = word(step, BIAS)
  const rows = word(step, ROWS)
  const columns = word(step, COLUMNS)
  const poolRows = word(step, POOL_ROWS)
  const winners = word(step, WINNERS)
  const scratch = word(step, SCRATCH)
  const windowColumns = word(step, WINDOW_COLUMNS)
  const direct = plain(step)
  if (word(step, WHOLE)) {
    // A dense layer: its windows are the images themselves.
    area(x, xImage, 0, images, 1, xRow, kernelRows, run, panels, bias, outputs4, direct ? y : scratch, direct ? yImage : pixel, 0)
    if (direct) return
    for (let image = 0; image < images; image++) {
      settle(step, scratch + image * pixel, y + image * yImage, winners + image * yImage, 1, 0, 0, 0)
    }
    return
  }
  const scratchRow = windowColumns * pixel
  for (let image = 0; image < images; image++) {
    const from = x + image * xImage
    const at = image * yImage
    if (direct) {
      area(from, xStep, windowRow, columns, rows, xRow, kernelRows, run, panels, bias, outputs4, y + at, pixel, yRow)
      continue
    }
    area(from, xStep, windowRow, windowColumns, rows * poolRows, xRow, kernelRows, run, panels, bias, outputs4, scratch, pixel, scratchRow)
    for (let row = 0; row < rows; row++) {
      const to = at + row * yRow
      settle(step, scratch + row * poolRows * scratchRow, y + to, winners + to, columns, row * poolRows * windowRow, xStep, windowRow)
    }
  }
}

export function linearBackward(step: u32, images: i32): void {
  if (word(step, SPARSE)) {
    sparse(step, images)
    return
  }
  const elements = word(step, KERNEL_ROWS) * word(step, KERNEL_RUN)
  memory.fill(word(step, SUMS), 0, (elements * word(step, OUTPUTS4)) << 2)
  if (word(step, WHOLE)) whole(step, images)
  else windows(step, images)
  unturn(step)
}

/** The images of the batch are the places. */
function whole(step: u32, images: i32): void {
  const outputs4 = word(step, OUTPUTS4)
  const pixel = outputs4 << 2
  const yImage = word(step, Y_IMAGE)
  const masked = !plain(step)
  let dz = word(step, DY)
  let dzStep = yImage
  if (masked) {
    dz = word(step, DZ)
    dzStep = pixel
    for (let image = 0; image < images; image++) {
      const at = image * yImage
      unsettle(word(step, DY) + at, word(step, WINNERS) + at, dz + image * pixel, pixel)
    }
  }
  addBias(step, dz, dzStep, 0, 1, images)
  const xImage = word(step, X_IMAGE)
  const xRow = word(step, X_ROW)
  const rows = word(step, KERNEL_ROWS)
  const run = word(step, KERNEL_RUN)
  outer(word(step, X), xImage, 0, xRow, rows, run, dz, dzStep, 0, 1, images, word(step, SUMS), outputs4)
  const dx = word(step, DX)
  if (dx == 0) return
  const bias = word(step, ADDS) ? 0 : word(step, ZEROS)
  for (let row = 0; row < rows; row++) {
    const panels = word(step, DX_PANELS) + ((row * outputs4 * run) << 2)
    area(dz, dzStep, 0, images, 1, 0, 1, outputs4, panels, bias, run, dx + row * xRow, xImage, 0)
  }
}

/** All places of an image, image by image: what is read stays in the cache. */
function windows(step: u32, images: i32): void {
  const outputs4 = word(step, OUTPUTS4)
  const pixel = outputs4 << 2
  const rows = word(step, ROWS)
  const columns = word(step, COLUMNS)
  const yImage = word(step, Y_IMAGE)
  const yRow = word(step, Y_ROW)
  const xRow = word(step, X_ROW)
  const xStep = word(step, X_PIXEL) * word(step, STRIDE_COLUMNS)
  const masked = !plain(step)
  for (let image = 0; image < images; image++) {
    const dz = word(step, DZ)
    const dzRow = word(step, DZ_ROW)
    for (let row = 0; row < rows; row++) {
      const at = image * yImage + row * yRow
      const to = dz + row * dzRow
      if (masked) unsettle(word(step, DY) + at, word(step, WINNERS) + at, to, columns * pixel)
      else memory.copy(to, word(step, DY) + at, columns * pixel)
    }
    addBias(step, dz, pixel, dzRow, rows, columns)
    const x = origin(step) + image * word(step, X_IMAGE)
    outer(x, xStep, xRow * word(step, STRIDE_ROWS), xRow, word(step, KERNEL_ROWS), word(step, KERNEL_RUN), dz, pixel, dzRow, rows, columns, word(step, SUMS), outputs4)
    if (word(step, DX)) imageGradient(step, word(step, DX) + image * word(step, X_IMAGE))
  }
}

/** The gradient of one image's x: a convolution of dz with the turned kernel, one a place modulo the stride. */
function imageGradient(step: u32, dx: u32): void {
  const outputs4 = word(step, OUTPUTS4)
  const channels = word(step, CHANNELS)
  const kernelRows = word(step, KERNEL_ROWS)
  const kernelColumns = word(step, KERNEL_COLUMNS)
  const strideRows = word(step, STRIDE_ROWS)
  const strideColumns = word(step, STRIDE_COLUMNS)
  const top = word(step, TOP)
  const left = word(step, LEFT)
  const xRow = word(step, X_ROW)
  const xPixel = word(step, X_PIXEL)
  const dzRow = word(step, DZ_ROW)
  const bias = word(step, ADDS) ? 0 : word(step, ZEROS)
  let panels: u32 = word(step, DX_PANELS)
  for (let a = 0; a < strideRows; a++) {
    const firstRow = top > a ? (top - a + strideRows - 1) / strideRows : 0
    const meetRows = share(kernelRows, a, strideRows)
    for (let b = 0; b < strideColumns; b++) {
      const firstColumn = left > b ? (left - b + strideColumns - 1) / strideColumns : 0
      const columns = share(word(step, X_COLUMNS) + left, firstColumn * strideColumns + b, strideColumns)
      const meetColumns = share(kernelColumns, b, strideColumns)
      const run = meetColumns * outputs4
      const rows = share(word(step, X_ROWS) + top, firstRow * strideRows + a, strideRows)
      const from = word(step, DZ) + (firstRow - meetRows + 1) * dzRow + (firstColumn - meetColumns + 1) * (outputs4 << 2)
      const to = dx + (firstRow * strideRows + a - top) * xRow + (firstColumn * strideColumns + b - left) * xPixel
      area(from, outputs4 << 2, dzRow, columns, rows, dzRow, meetRows, run, panels, bias, channels, to, strideColumns * xPixel, strideRows * xRow)
      panels += (meetRows * run * channels) << 2
    }
  }
}

/** The gradient of the bias is the sum of dz. */
export function addBias(step: u32, dz: u32, dzStep: u32, dzRow: u32, rows: i32, columns: i32): void {
  const outputs4 = word(step, OUTPUTS4)
  for (let o = 0; o < outputs4; o += 4) {
    const to = word(step, BIAS_GRADIENT) + (o << 2)
    let sum = v128.load(to)
    for (let row = 0; row < rows; row++) {
      let from = dz + row * dzRow + (o << 2)
      for (let column = 0; column < columns; column++) {
        sum = f32x4.add(sum, v128.load(from))
        from += dzStep
      }
    }
    v128.store(to, sum)
  }
}

/** The summed gradient in the weights' own order. */
function unturn(step: u32): void {
  const outputs = word(step, OUTPUTS)
  const outputs4 = word(step, OUTPUTS4)
  const run = word(step, KERNEL_RUN)
  const rowBytes = word(step, KERNEL_RUN4) << 2
  const rows = word(step, KERNEL_ROWS)
  const outputBytes = rows * rowBytes
  let from: u32 = word(step, SUMS)
  for (let o = 0; o < outputs4; o += 8) {
    const wide = min(8, outputs4 - o)
    const exist = min(wide, outputs - o)
    for (let row = 0; row < rows; row++) {
      for (let i = 0; i < run; i++) {
        let to = word(step, GRADIENT) + o * outputBytes + row * rowBytes + (i << 2)
        for (let k = 0; k < exist; k++) {
          store<f32>(to, load<f32>(from + (k << 2)))
          to += outputBytes
        }
        from += wide << 2
      }
    }
  }
}

/** Each output that passes its gradient adds it, times its window, to its weights' gradient, and times its weights to dx. */
function sparse(step: u32, images: i32): void {
  const outputs = word(step, OUTPUTS)
  const pixel = word(step, OUTPUTS4) << 2
  const kernelRows = word(step, KERNEL_ROWS)
  const run4 = word(step, KERNEL_RUN4) << 2
  const xRow = word(step, X_ROW)
  const rows = word(step, ROWS)
  const columns = word(step, COLUMNS)
  const biasGradient = word(step, BIAS_GRADIENT)
  const backwards = word(step, DX) != 0
  const before = word(step, TOP) * xRow + word(step, LEFT) * word(step, X_PIXEL)
  if (backwards && !word(step, ADDS)) {
    memory.fill(word(step, DX) - word(step, DX_INSIDE), 0, images * word(step, X_IMAGE) + 16)
  }
  for (let image = 0; image < images; image++) {
    const x = word(step, X) + image * word(step, X_IMAGE) - before
    const dx = word(step, DX) + image * word(step, X_IMAGE) - before
    for (let cell = 0; cell < rows * columns; cell++) {
      const at = image * word(step, Y_IMAGE) + (cell / columns) * word(step, Y_ROW) + (cell % columns) * pixel
      const dy = word(step, DY) + at
      const winners = word(step, WINNERS) + at
      for (let o = 0; o < outputs; o++) {
        const winner = load<i32>(winners + (o << 2))
        const g = load<f32>(dy + (o << 2))
        if (winner < 0 || g == 0) continue
        store<f32>(biasGradient + (o << 2), load<f32>(biasGradient + (o << 2)) + g)
        const factor = f32x4.splat(g)
        let gradient = word(step, GRADIENT) + o * kernelRows * run4
        let from = x + winner
        if (backwards) {
          let weights = word(step, WEIGHTS) + o * kernelRows * run4
          let to = dx + winner
          for (let row = 0; row < kernelRows; row++) {
            for (let i = 0; i < run4; i += 16) {
              v128.store(gradient + i, f32x4.add(v128.load(gradient + i), f32x4.mul(factor, v128.load(from + i))))
              v128.store(to + i, f32x4.add(v128.load(to + i), f32x4.mul(factor, v128.load(weights + i))))
            }
            gradient += run4
            weights += run4
            from += xRow
            to += xRow
          }
        } else {
          for (let row = 0; row < kernelRows; row++) {
            for (let i = 0; i < run4; i += 16) {
              v128.store(gradient + i, f32x4.add(v128.load(gradient + i), f32x4.mul(factor, v128.load(from + i))))
            }
            gradient += run4
            from += xRow
          }
        }
      }
    }
  }
  // A row that is no multiple of 4 was read a little past its end: what that added belongs to no weight.
  const run = word(step, KERNEL_RUN) << 2
  if (run == run4) return
  for (let row = 0; row < outputs * kernelRows; row++) {
    for (let i = run; i < run4; i += 4) store<f32>(word(step, GRADIENT) + row * run4 + i, 0)
  }
}
