// batchNorm with the relu that follows. While training the mean and variance are those of the shard's images; what they sum
// to over a batch moves the running ones, which evaluation uses. See docs/decisions/0133.

import {ADDS, BIAS, BIAS_GRADIENT, COLUMNS, DX, DY, GRADIENT, MEAN, MEAN_SUM, OUTPUTS4, RATE, RELU, ROWS, SCRATCH, VARIANCE, VARIANCE_SUM, WEIGHTS, X, X_IMAGE, X_ROW, Y, Y_IMAGE, Y_ROW} from "../../fields"
import {float, word} from "../word"

export function batchNormForward(step: u32, images: i32, training: i32): void {
  const pixel = word(step, OUTPUTS4) << 2
  const bytes = word(step, COLUMNS) * pixel
  // Kept for the way back: mean, 1 / deviation.
  const means = word(step, SCRATCH)
  const inverses = means + pixel
  if (training) moments(step, images)
  else {
    memory.copy(means, word(step, MEAN), pixel)
    memory.copy(inverses, word(step, VARIANCE), pixel)
  }
  const epsilon = f32x4.splat(float(step, RATE))
  const zero = f32x4.splat(0)
  const relu = word(step, RELU)
  for (let c = 0; c < pixel; c += 16) {
    const inverse = f32x4.div(f32x4.splat(1), f32x4.sqrt(f32x4.add(v128.load(inverses + c), epsilon)))
    v128.store(inverses + c, inverse)
    const factor = f32x4.mul(v128.load(word(step, WEIGHTS) + c), inverse)
    const offset = f32x4.sub(v128.load(word(step, BIAS) + c), f32x4.mul(v128.load(means + c), factor))
    for (let image = 0; image < images; image++) {
      for (let row = 0; row < word(step, ROWS); row++) {
        const x = word(step, X) + image * word(step, X_IMAGE) + row * word(step, X_ROW)
        const y = word(step, Y) + image * word(step, Y_IMAGE) + row * word(step, Y_ROW)
        for (let i = c; i < bytes; i += pixel) {
          const value = f32x4.add(f32x4.mul(v128.load(x + i), factor), offset)
          v128.store(y + i, relu ? f32x4.pmax(zero, value) : value)
        }
      }
    }
  }
}

/** Mean and variance of the images, to SCRATCH; times the images, added to the batch's sums. */
function moments(step: u32, images: i32): void {
  const pixel = word(step, OUTPUTS4) << 2
  const bytes = word(step, COLUMNS) * pixel
  const share = f32x4.splat(<f32>1 / <f32>(images * word(step, ROWS) * word(step, COLUMNS)))
  const weight = f32x4.splat(<f32>images)
  for (let c = 0; c < pixel; c += 16) {
    let total = f32x4.splat(0)
    for (let image = 0; image < images; image++) {
      // One sum an image: long sums would lose digits.
      let sum = f32x4.splat(0)
      for (let row = 0; row < word(step, ROWS); row++) {
        const x = word(step, X) + image * word(step, X_IMAGE) + row * word(step, X_ROW)
        for (let i = c; i < bytes; i += pixel) sum = f32x4.add(sum, v128.load(x + i))
      }
      total = f32x4.add(total, sum)
    }
    const mean = f32x4.mul(total, share)
    total = f32x4.splat(0)
    for (let image = 0; image < images; image++) {
      let sum = f32x4.splat(0)
      for (let row = 0; row < word(step, ROWS); row++) {
        const x = word(step, X) + image * word(step, X_IMAGE) + row * word(step, X_ROW)
        for (let i = c; i < bytes; i += pixel) {
          const apart = f32x4.sub(v128.load(x + i), mean)
          sum = f32x4.add(sum, f32x4.mul(apart, apart))
        }
      }
      total = f32x4.add(total, sum)
    }
    const variance = f32x4.mul(total, share)
    v128.store(word(step, SCRATCH) + c, mean)
    v128.store(word(step, SCRATCH) + pixel + c, variance)
    const meanSum = word(step, MEAN_SUM) + c
    const varianceSum = word(step, VARIANCE_SUM) + c
    v128.store(meanSum, f32x4.add(v128.load(meanSum), f32x4.mul(mean, weight)))
    v128.store(varianceSum, f32x4.add(v128.load(varianceSum), f32x4.mul(variance, weight)))
  }
}

/** Also through the mean and the variance: dx = factor (dz - mean of dz - normal * mean of dz * normal). */
export function batchNormBackward(step: u32, images: i32): void {
  const pixel = word(step, OUTPUTS4) << 2
  const bytes = word(step, COLUMNS) * pixel
  const relu = word(step, RELU)
  const adds = word(step, ADDS)
  const zero = f32x4.splat(0)
  const share = f32x4.splat(<f32>1 / <f32>(images * word(step, ROWS) * word(step, COLUMNS)))
  for (let c = 0; c < pixel; c += 16) {
    const mean = v128.load(word(step, SCRATCH) + c)
    const inverse = v128.load(word(step, SCRATCH) + pixel + c)
    let plain = zero
    let turned = zero
    for (let image = 0; image < images; image++) {
      let a = zero
      let b = zero
      for (let row = 0; row < word(step, ROWS); row++) {
        const x = word(step, X) + image * word(step, X_IMAGE) + row * word(step, X_ROW)
        const at = image * word(step, Y_IMAGE) + row * word(step, Y_ROW)
        for (let i = c; i < bytes; i += pixel) {
          let g = v128.load(word(step, DY) + at + i)
          if (relu) g = v128.and(g, f32x4.gt(v128.load(word(step, Y) + at + i), zero))
          a = f32x4.add(a, g)
          b = f32x4.add(b, f32x4.mul(g, f32x4.sub(v128.load(x + i), mean)))
        }
      }
      plain = f32x4.add(plain, a)
      turned = f32x4.add(turned, b)
    }
    turned = f32x4.mul(turned, inverse)
    const dGamma = word(step, GRADIENT) + c
    const dBeta = word(step, BIAS_GRADIENT) + c
    v128.store(dGamma, f32x4.add(v128.load(dGamma), turned))
    v128.store(dBeta, f32x4.add(v128.load(dBeta), plain))
    if (word(step, DX) == 0) continue
    const factor = f32x4.mul(v128.load(word(step, WEIGHTS) + c), inverse)
    // dx = factor dz - slope (x - mean) - level
    const slope = f32x4.mul(f32x4.mul(factor, inverse), f32x4.mul(turned, share))
    const level = f32x4.sub(f32x4.mul(factor, f32x4.mul(plain, share)), f32x4.mul(slope, mean))
    for (let image = 0; image < images; image++) {
      for (let row = 0; row < word(step, ROWS); row++) {
        const to = image * word(step, X_IMAGE) + row * word(step, X_ROW)
        const at = image * word(step, Y_IMAGE) + row * word(step, Y_ROW)
        for (let i = c; i < bytes; i += pixel) {
          let g = v128.load(word(step, DY) + at + i)
          if (relu) g = v128.and(g, f32x4.gt(v128.load(word(step, Y) + at + i), zero))
          const back = f32x4.add(f32x4.mul(slope, v128.load(word(step, X) + to + i)), level)
          const dx = word(step, DX) + to + i
          const value = f32x4.sub(f32x4.mul(factor, g), back)
          v128.store(dx, adds ? f32x4.add(v128.load(dx), value) : value)
        }
      }
    }
  }
}
