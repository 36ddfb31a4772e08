// The trainer's arithmetic, in AssemblyScript: compiled by tools/kernels.mjs into src/train/kernels.generated.ts.
// A program of i32 words (src/train/program.ts lays it out) runs over a shard of images; there is no allocation: every
// address is given. Only basic IEEE operations in a fixed order (no relaxed SIMD), so every machine gives the same bits.
//
// Activations are [image][row][column][stride] in f32; stride = channels rounded up to 4 (the image itself: channels).
// Weights of a linear layer are [output][kernel row][columns x stride, rounded up to 4], pads zero; `turned` weights are
// [kernel row][column x stride][outputs rounded up to 4], for the forward pass.

// Words of a program's step; all addresses in bytes.
const KIND: u32 = 0 // 0 linear, 1 pool, 2 relu, 3 dropout
const X: u32 = 4 // input, of image 0
const X_IMAGE: u32 = 8 // bytes of an image of it
const X_ROW: u32 = 12 // bytes of a row of it
const X_PIXEL: u32 = 16
const Y: u32 = 20
const Y_IMAGE: u32 = 24
const OUTPUTS: u32 = 28 // channels that exist
const OUTPUTS4: u32 = 32 // rounded up to 4
const KERNEL_ROWS: u32 = 36
const KERNEL_RUN: u32 = 40 // elements of a kernel's row: columns x stride
const KERNEL_RUN4: u32 = 44
const WEIGHTS: u32 = 48
const TURNED: u32 = 52
const BIAS: u32 = 56
const GRADIENT: u32 = 60 // of weights, same layout
const BIAS_GRADIENT: u32 = 64
const ROWS: u32 = 68 // rows and columns after pooling
const COLUMNS: u32 = 72
const POOL_ROWS: u32 = 76
const POOL_COLUMNS: u32 = 80
const RELU: u32 = 84
const WINNERS: u32 = 88 // i32 for each y: byte offset in x of the window that won, or -1 where no gradient passes
const DX: u32 = 92 // gradient of x, or 0 for the first layer
const DY: u32 = 96
const SCRATCH: u32 = 100 // rows of a convolution before pooling
const QUANTISE: u32 = 104 // 0 none, 1 nearest, 2 floor
const SCALE: u32 = 108 // f32: 2^fraction
const LOWEST: u32 = 112 // f32, in integers
const HIGHEST: u32 = 116
const RATE: u32 = 120 // f32: of dropout
const CONV_COLUMNS: u32 = 124 // columns before pooling
const STEP_BYTES: u32 = 128

// @ts-ignore: decorator
@inline function word(step: u32, field: u32): i32 {
  return load<i32>(step + field)
}

// ---- elementary functions -------------------------------------------------------------------------------------------

/** e^x within 1e-13 relative, for x <= 0 (and any x that does not overflow). */
export function exp(x: f64): f64 {
  if (x < -700) return 0
  const k = nearest<f64>(x * 1.4426950408889634)
  const r = x - k * 0.6931471803691238 - k * 1.9082149292705877e-10
  let sum: f64 = 1
  for (let n: f64 = 13; n >= 1; n--) sum = 1 + (sum * r) / n
  return sum * reinterpret<f64>((<i64>k + 1023) << 52)
}

/** Natural logarithm of a positive, normal number. */
export function log(x: f64): f64 {
  let bits = reinterpret<i64>(x)
  let k = <i32>(bits >> 52) - 1023
  bits = (bits & 0x000fffffffffffff) | 0x3ff0000000000000
  let m = reinterpret<f64>(bits)
  if (m > 1.4142135623730951) {
    m *= 0.5
    k++
  }
  const t = (m - 1) / (m + 1)
  const t2 = t * t
  let sum: f64 = 0
  for (let n: f64 = 21; n >= 1; n -= 2) sum = sum * t2 + 1 / n
  return 2 * t * sum + <f64>k * 0.6931471805599453
}

/** For |x| <= pi. */
export function sin(x: f64): f64 {
  const square = x * x
  let sum: f64 = 1
  for (let n: f64 = 24; n >= 2; n -= 2) sum = 1 - (sum * square) / (n * (n + 1))
  return x * sum
}

/** For |x| <= pi. */
export function cos(x: f64): f64 {
  const square = x * x
  let sum: f64 = 1
  for (let n: f64 = 25; n >= 1; n -= 2) sum = 1 - (sum * square) / (n * (n + 1))
  return sum
}

/** A well-mixed word of a counter: the finaliser of MurmurHash3. */
export function mix(x: u32): u32 {
  x ^= x >> 16
  x *= 0x85ebca6b
  x ^= x >> 13
  x *= 0xc2b2ae35
  return x ^ (x >> 16)
}

// @ts-ignore: decorator
@inline function unit(seed: u32, counter: u32): f64 {
  return <f64>mix(seed + mix(counter + 0x9e3779b9)) * 2.3283064365386963e-10
}

// ---- images ---------------------------------------------------------------------------------------------------------

/**
 * Bytes of an image to f32, value = byte / 256. With augmentation: rotation, scale, shear and shift drawn from the seed,
 * bilinear, zero outside. canvas holds (height + 3) x (width + 3) f32 a channel, its border zero. levels > 0 floors to
 * 1 / levels.
 */
export function loadImage(bytes: u32, x: u32, height: i32, width: i32, channels: i32, augment: i32, seed: u32, canvas: u32, levels: f32): void {
  const count = height * width * channels
  if (augment == 0) {
    for (let i = 0; i < count; i++) store<f32>(x + (i << 2), <f32>load<u8>(bytes + i) * 0.00390625)
  } else {
    const stride = (width + 3) << 2
    const plane = (height + 3) * stride
    for (let channel = 0; channel < channels; channel++) {
      for (let row = 0; row < height; row++) {
        let to = canvas + channel * plane + (row + 1) * stride + 4
        let from = bytes + row * width * channels + channel
        for (let column = 0; column < width; column++) {
          store<f32>(to, <f32>load<u8>(from) * 0.00390625)
          to += 4
          from += channels
        }
      }
    }
    const angle = (unit(seed, 0) - 0.5) * 0.4
    const scaleX = 1 + (unit(seed, 1) - 0.5) * 0.24
    const scaleY = 1 + (unit(seed, 2) - 0.5) * 0.24
    const shear = (unit(seed, 3) - 0.5) * 0.3
    const shiftX = (unit(seed, 4) - 0.5) * 3.8
    const shiftY = (unit(seed, 5) - 0.5) * 3.8
    const s = sin(angle)
    const c = cos(angle)
    // Rotation times shear times scale: where an output pixel comes from, about the centre.
    const xx = <f32>(c * scaleX)
    const xy = <f32>((c * shear - s) * scaleY)
    const yx = <f32>(s * scaleX)
    const yy = <f32>((s * shear + c) * scaleY)
    const centreX = <f32>(width - 1) * 0.5
    const centreY = <f32>(height - 1) * 0.5
    const firstX = <f32>shiftX + centreX + 1
    const firstY = <f32>shiftY + centreY + 1
    const lastX = <f32>(width + 1)
    const lastY = <f32>(height + 1)
    for (let row = 0; row < height; row++) {
      const dy = <f32>row - centreY
      const rowX = firstX + xy * dy
      const rowY = firstY + yy * dy
      for (let column = 0; column < width; column++) {
        const dx = <f32>column - centreX
        const px = min<f32>(max<f32>(rowX + xx * dx, 0), lastX)
        const py = min<f32>(max<f32>(rowY + yx * dx, 0), lastY)
        const ix = <i32>px
        const iy = <i32>py
        const fx = px - <f32>ix
        const fy = py - <f32>iy
        let corner = canvas + iy * stride + (ix << 2)
        for (let channel = 0; channel < channels; channel++) {
          const a = load<f32>(corner)
          const b = load<f32>(corner + stride)
          const top = a + (load<f32>(corner + 4) - a) * fx
          const bottom = b + (load<f32>(corner + stride + 4) - b) * fx
          store<f32>(x, top + (bottom - top) * fy)
          x += 4
          corner += plane
        }
      }
    }
    x -= count << 2
  }
  if (levels > 0) {
    for (let i = 0; i < count; i++) {
      store<f32>(x + (i << 2), floor<f32>(load<f32>(x + (i << 2)) * levels) / levels)
    }
  }
}

// ---- forward --------------------------------------------------------------------------------------------------------

/**
 * count windows, xStep bytes apart: y[i] = bias + sum of x * turned weights. Blocks of 4 windows x 8 outputs, then
 * what is left over by 4 outputs and by single windows.
 */
function line(x: u32, xStep: u32, xRow: u32, rows: i32, run: i32, turned: u32, bias: u32, outputs4: i32, y: u32, count: i32): void {
  const yStep: u32 = outputs4 << 2
  let i = 0
  for (; i + 4 <= count; i += 4) {
    const x0 = x + i * xStep
    const y0 = y + i * yStep
    let o = 0
    for (; o + 8 <= outputs4; o += 8) {
      let a0 = v128.load(bias + (o << 2))
      let b0 = v128.load(bias + (o << 2), 16)
      let a1 = a0
      let b1 = b0
      let a2 = a0
      let b2 = b0
      let a3 = a0
      let b3 = b0
      let w = turned + (o << 2)
      for (let row = 0; row < rows; row++) {
        let p0 = x0 + row * xRow
        let p1 = p0 + xStep
        let p2 = p1 + xStep
        let p3 = p2 + xStep
        const end = p0 + (run << 2)
        while (p0 < end) {
          const u = v128.load(w)
          const v = v128.load(w, 16)
          w += yStep
          const s0 = v128.load32_splat(p0)
          a0 = f32x4.add(a0, f32x4.mul(s0, u))
          b0 = f32x4.add(b0, f32x4.mul(s0, v))
          const s1 = v128.load32_splat(p1)
          a1 = f32x4.add(a1, f32x4.mul(s1, u))
          b1 = f32x4.add(b1, f32x4.mul(s1, v))
          const s2 = v128.load32_splat(p2)
          a2 = f32x4.add(a2, f32x4.mul(s2, u))
          b2 = f32x4.add(b2, f32x4.mul(s2, v))
          const s3 = v128.load32_splat(p3)
          a3 = f32x4.add(a3, f32x4.mul(s3, u))
          b3 = f32x4.add(b3, f32x4.mul(s3, v))
          p0 += 4
          p1 += 4
          p2 += 4
          p3 += 4
        }
      }
      let to = y0 + (o << 2)
      v128.store(to, a0)
      v128.store(to, b0, 16)
      to += yStep
      v128.store(to, a1)
      v128.store(to, b1, 16)
      to += yStep
      v128.store(to, a2)
      v128.store(to, b2, 16)
      to += yStep
      v128.store(to, a3)
      v128.store(to, b3, 16)
    }
    for (; o < outputs4; o += 4) {
      let a0 = v128.load(bias + (o << 2))
      let a1 = a0
      let a2 = a0
      let a3 = a0
      let w = turned + (o << 2)
      for (let row = 0; row < rows; row++) {
        let p0 = x0 + row * xRow
        const end = p0 + (run << 2)
        while (p0 < end) {
          const u = v128.load(w)
          w += yStep
          a0 = f32x4.add(a0, f32x4.mul(v128.load32_splat(p0), u))
          a1 = f32x4.add(a1, f32x4.mul(v128.load32_splat(p0 + xStep), u))
          a2 = f32x4.add(a2, f32x4.mul(v128.load32_splat(p0 + 2 * xStep), u))
          a3 = f32x4.add(a3, f32x4.mul(v128.load32_splat(p0 + 3 * xStep), u))
          p0 += 4
        }
      }
      const to = y0 + (o << 2)
      v128.store(to, a0)
      v128.store(to + yStep, a1)
      v128.store(to + 2 * yStep, a2)
      v128.store(to + 3 * yStep, a3)
    }
  }
  for (; i < count; i++) {
    for (let o = 0; o < outputs4; o += 4) {
      let a = v128.load(bias + (o << 2))
      let w = turned + (o << 2)
      for (let row = 0; row < rows; row++) {
        let p = x + i * xStep + row * xRow
        const end = p + (run << 2)
        while (p < end) {
          a = f32x4.add(a, f32x4.mul(v128.load32_splat(p), v128.load(w)))
          w += yStep
          p += 4
        }
      }
      v128.store(y + i * yStep + (o << 2), a)
    }
  }
}

/**
 * The largest of each poolRows x poolColumns block of a line's outputs, relu, quantisation; the winner's offset in x,
 * or -1 where relu or clipping stops the gradient. In a tie the first wins.
 */
function settle(step: u32, from: u32, y: u32, winners: u32, count: i32, first: i32, xPixel: i32, xRow: i32): void {
  const outputs4 = word(step, OUTPUTS4)
  const poolRows = word(step, POOL_ROWS)
  const poolColumns = word(step, POOL_COLUMNS)
  const fromRow = (word(step, CONV_COLUMNS) * outputs4) << 2
  const relu = word(step, RELU)
  const quantise = word(step, QUANTISE)
  const zero = f32x4.splat(0)
  const none = i32x4.splat(-1)
  const scale = f32x4.splat(load<f32>(step + SCALE))
  const inverse = f32x4.splat(1 / load<f32>(step + SCALE))
  const lowest = f32x4.splat(load<f32>(step + LOWEST))
  const highest = f32x4.splat(load<f32>(step + HIGHEST))
  const half = f32x4.splat(quantise == 1 ? 0.5 : 0)
  const pixelBytes = outputs4 << 2
  for (let cell = 0; cell < count; cell++) {
    const cellFrom = from + cell * poolColumns * pixelBytes
    const cellFirst = first + cell * poolColumns * xPixel
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
          offset += xPixel
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

function linearForward(step: u32, images: i32): void {
  const x = word(step, X)
  const xImage = word(step, X_IMAGE)
  const xRow = word(step, X_ROW)
  const xPixel = word(step, X_PIXEL)
  const y = word(step, Y)
  const yImage = word(step, Y_IMAGE)
  const outputs4 = word(step, OUTPUTS4)
  const kernelRows = word(step, KERNEL_ROWS)
  const run = word(step, KERNEL_RUN)
  const turned = word(step, TURNED)
  const bias = word(step, BIAS)
  const rows = word(step, ROWS)
  const columns = word(step, COLUMNS)
  const poolRows = word(step, POOL_ROWS)
  const winners = word(step, WINNERS)
  const scratch = word(step, SCRATCH)
  const convColumns = word(step, CONV_COLUMNS)
  if (convColumns == 1 && rows == 1 && poolRows == 1) {
    // A dense layer: its windows are the images themselves.
    line(x, xImage, xRow, kernelRows, run, turned, bias, outputs4, scratch, images)
    settle(step, scratch, y, winners, images, 0, 0, 0)
    return
  }
  const rowBytes = (convColumns * outputs4) << 2
  const yRow = (columns * outputs4) << 2
  for (let image = 0; image < images; image++) {
    for (let row = 0; row < rows; row++) {
      const first = row * poolRows * xRow
      for (let k = 0; k < poolRows; k++) {
        const from = x + image * xImage + first + k * xRow
        line(from, xPixel, xRow, kernelRows, run, turned, bias, outputs4, scratch + k * rowBytes, convColumns)
      }
      const to = image * yImage + row * yRow
      settle(step, scratch, y + to, winners + to, columns, first, xPixel, xRow)
    }
  }
}

/** Pooling that follows no linear layer: winners are offsets in x. */
function poolForward(step: u32, images: i32): void {
  const rows = word(step, ROWS)
  const columns = word(step, COLUMNS)
  const stride = word(step, OUTPUTS4)
  const poolRows = word(step, POOL_ROWS)
  const poolColumns = word(step, POOL_COLUMNS)
  const xRow = word(step, X_ROW)
  const xPixel = word(step, X_PIXEL)
  for (let image = 0; image < images; image++) {
    const x = word(step, X) + image * word(step, X_IMAGE)
    let to = image * word(step, Y_IMAGE)
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        for (let c = 0; c < stride; c++) {
          const first = row * poolRows * xRow + column * poolColumns * xPixel + (c << 2)
          let winner = first
          let best = load<f32>(x + first)
          for (let i = 0; i < poolRows; i++) {
            for (let j = 0; j < poolColumns; j++) {
              const offset = first + i * xRow + j * xPixel
              const value = load<f32>(x + offset)
              if (value > best) {
                best = value
                winner = offset
              }
            }
          }
          store<f32>(word(step, Y) + to, best)
          store<i32>(word(step, WINNERS) + to, winner)
          to += 4
        }
      }
    }
  }
}

function poolBackward(step: u32, images: i32): void {
  const count = word(step, Y_IMAGE)
  for (let image = 0; image < images; image++) {
    const dx = word(step, DX) + image * word(step, X_IMAGE)
    const to = image * count
    for (let i = 0; i < count; i += 4) {
      const at = dx + load<i32>(word(step, WINNERS) + to + i)
      store<f32>(at, load<f32>(at) + load<f32>(word(step, DY) + to + i))
    }
  }
}

function reluForward(step: u32, images: i32): void {
  const bytes = images * word(step, Y_IMAGE)
  const x = word(step, X)
  const y = word(step, Y)
  for (let i = 0; i < bytes; i += 4) {
    const value = load<f32>(x + i)
    store<f32>(y + i, value > 0 ? value : 0)
  }
}

function reluBackward(step: u32, images: i32): void {
  const bytes = images * word(step, Y_IMAGE)
  for (let i = 0; i < bytes; i += 4) {
    store<f32>(word(step, DX) + i, load<f32>(word(step, Y) + i) > 0 ? load<f32>(word(step, DY) + i) : 0)
  }
}

/** While training: y = x * mask, where mask (kept in WINNERS) is 0 with probability rate, else 1 / (1 - rate). */
function dropoutForward(step: u32, images: i32, seeds: u32, training: i32): void {
  const count = word(step, Y_IMAGE)
  const x = word(step, X)
  const y = word(step, Y)
  const mask = word(step, WINNERS)
  if (!training) {
    memory.copy(y, x, images * count)
    return
  }
  const rate = load<f32>(step + RATE)
  const keep = f32x4.splat(1 / (1 - rate))
  // 24 random bits are compared, as signed integers.
  const least = i32x4.splat(<i32>(rate * 16777216))
  for (let image = 0; image < images; image++) {
    const seed = mix(load<u32>(seeds + (image << 2)) ^ (step - program))
    let state = i32x4(mix(seed + 1) | 1, mix(seed + 2) | 1, mix(seed + 3) | 1, mix(seed + 4) | 1)
    const base = image * count
    for (let i = 0; i < count; i += 16) {
      state = v128.xor(state, i32x4.shl(state, 13))
      state = v128.xor(state, i32x4.shr_u(state, 17))
      state = v128.xor(state, i32x4.shl(state, 5))
      const kept = v128.and(keep, i32x4.ge_s(i32x4.shr_u(state, 8), least))
      v128.store(mask + base + i, kept)
      v128.store(y + base + i, f32x4.mul(v128.load(x + base + i), kept))
    }
  }
}

function dropoutBackward(step: u32, images: i32): void {
  const bytes = images * word(step, Y_IMAGE)
  for (let i = 0; i < bytes; i += 16) {
    const product = f32x4.mul(v128.load(word(step, DY) + i), v128.load(word(step, WINNERS) + i))
    v128.store(word(step, DX) + i, product)
  }
}

/** Each output that passes its gradient adds it, times its window, to its weights' gradient, and times its weights to dx. */
function linearBackward(step: u32, images: i32): void {
  const outputs = word(step, OUTPUTS)
  const outputs4 = word(step, OUTPUTS4)
  const kernelRows = word(step, KERNEL_ROWS)
  const run4 = word(step, KERNEL_RUN4) << 2
  const xRow = word(step, X_ROW)
  const cells = word(step, ROWS) * word(step, COLUMNS)
  const biasGradient = word(step, BIAS_GRADIENT)
  const backwards = word(step, DX) != 0
  for (let image = 0; image < images; image++) {
    const x = word(step, X) + image * word(step, X_IMAGE)
    const dx = word(step, DX) + image * word(step, X_IMAGE)
    let dy = word(step, DY) + image * word(step, Y_IMAGE)
    let winners = word(step, WINNERS) + image * word(step, Y_IMAGE)
    for (let cell = 0; cell < cells; cell++) {
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
      dy += outputs4 << 2
      winners += outputs4 << 2
    }
  }
  // A row that is no multiple of 4 was read a little past its end: what that added belongs to no weight.
  const run = word(step, KERNEL_RUN) << 2
  if (run == run4) return
  for (let row = 0; row < outputs * kernelRows; row++) {
    for (let i = run; i < run4; i += 4) store<f32>(word(step, GRADIENT) + row * run4 + i, 0)
  }
}

// ---- a shard --------------------------------------------------------------------------------------------------------

let program: u32 = 0
let steps: i32 = 0

/** Steps of a program, each of STEP_BYTES. */
export function setProgram(at: u32, count: i32): void {
  program = at
  steps = count
}

/** Turns the weights of every linear step for the forward pass: after they changed. */
export function turn(): void {
  for (let s = 0; s < steps; s++) {
    const step = program + s * STEP_BYTES
    if (word(step, KIND) != 0) continue
    const outputs = word(step, OUTPUTS)
    const outputs4 = word(step, OUTPUTS4)
    const run = word(step, KERNEL_RUN)
    const run4 = word(step, KERNEL_RUN4)
    const rows = word(step, KERNEL_ROWS)
    let from: u32 = word(step, WEIGHTS)
    for (let o = 0; o < outputs; o++) {
      for (let row = 0; row < rows; row++) {
        for (let i = 0; i < run; i++) {
          store<f32>(word(step, TURNED) + (((row * run + i) * outputs4 + o) << 2), load<f32>(from + (i << 2)))
        }
        from += run4 << 2
      }
    }
  }
}

/** Images that loadImage put in place, through every step. */
export function forward(images: i32, seeds: u32, training: i32): void {
  for (let s = 0; s < steps; s++) {
    const step = program + s * STEP_BYTES
    const kind = word(step, KIND)
    if (kind == 0) linearForward(step, images)
    else if (kind == 1) poolForward(step, images)
    else if (kind == 2) reluForward(step, images)
    else dropoutForward(step, images, seeds, training)
  }
}

/** Adds the shard's gradients to GRADIENT and BIAS_GRADIENT, from the last step's DY. */
export function backward(images: i32): void {
  for (let s = steps - 1; s >= 0; s--) {
    const step = program + s * STEP_BYTES
    const kind = word(step, KIND)
    if (s > 0 && kind < 2) memory.fill(word(step, DX), 0, images * word(step, X_IMAGE) + 16)
    if (kind == 0) linearBackward(step, images)
    else if (s == 0) continue
    else if (kind == 1) poolBackward(step, images)
    else if (kind == 2) reluBackward(step, images)
    else dropoutBackward(step, images)
  }
}

/** Correct answers of the last loss(). */
export let correct: i32 = 0

/** Softmax cross entropy of the logits, summed over the images; its gradient goes to dy. Ties: the lowest class. */
export function loss(logits: u32, dy: u32, labels: u32, images: i32, classes: i32, stride: i32): f64 {
  let total: f64 = 0
  correct = 0
  for (let image = 0; image < images; image++) {
    const at = logits + image * stride
    let best = 0
    for (let c = 1; c < classes; c++) if (load<f32>(at + (c << 2)) > load<f32>(at + (best << 2))) best = c
    const most = <f64>load<f32>(at + (best << 2))
    let sum: f64 = 0
    for (let c = 0; c < classes; c++) sum += exp(<f64>load<f32>(at + (c << 2)) - most)
    const label = <i32>load<u8>(labels + image)
    if (label == best) correct++
    total += log(sum) + most - <f64>load<f32>(at + (label << 2))
    for (let c = 0; c < classes; c++) {
      const p = exp(<f64>load<f32>(at + (c << 2)) - most) / sum
      store<f32>(dy + image * stride + (c << 2), <f32>(p - (c == label ? 1.0 : 0.0)))
    }
  }
  return total
}

// ---- parameters -----------------------------------------------------------------------------------------------------

/** a += b, count elements, a multiple of 4. */
export function add(a: u32, b: u32, count: i32): void {
  for (let i = 0; i < count << 2; i += 16) v128.store(a + i, f32x4.add(v128.load(a + i), v128.load(b + i)))
}

/** One step of Adam over count parameters (a multiple of 4). rate and epsilon are already corrected for bias. */
export function adam(p: u32, g: u32, m: u32, v: u32, count: i32, gradientScale: f32, rate: f32, epsilon: f32): void {
  const b1 = f32x4.splat(0.9)
  const c1 = f32x4.splat(0.1)
  const b2 = f32x4.splat(0.999)
  const c2 = f32x4.splat(0.001)
  const scale = f32x4.splat(gradientScale)
  const r = f32x4.splat(rate)
  const e = f32x4.splat(epsilon)
  for (let i = 0; i < count << 2; i += 16) {
    const gradient = f32x4.mul(v128.load(g + i), scale)
    const first = f32x4.add(f32x4.mul(b1, v128.load(m + i)), f32x4.mul(c1, gradient))
    const second = f32x4.add(f32x4.mul(b2, v128.load(v + i)), f32x4.mul(c2, f32x4.mul(gradient, gradient)))
    v128.store(m + i, first)
    v128.store(v + i, second)
    const change = f32x4.div(f32x4.mul(r, first), f32x4.add(f32x4.sqrt(second), e))
    v128.store(p + i, f32x4.sub(v128.load(p + i), change))
  }
}

/** to = clamp(floor(from * scale + 0.5)) / scale: a weight as it will be in hardware. */
export function quantise(from: u32, to: u32, count: i32, scale: f32, lowest: f32, highest: f32): void {
  for (let i = 0; i < count << 2; i += 4) {
    // In f64, where adding a half is exact enough to round as the quantiser does.
    const whole = <f32>floor<f64>(<f64>load<f32>(from + i) * scale + 0.5)
    store<f32>(to + i, min<f32>(max<f32>(whole, lowest), highest) / scale)
  }
}
