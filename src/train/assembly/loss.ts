import {exp, log} from "./math"

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

/**
 * Distillation, after loss(): dy = (1 - share) dy + share t (softmax(logits / t) - softmax(teacher / t)), which is the
 * gradient of share t^2 times the teacher's cross entropy. The teacher's logits are images x classes. Returns that cross
 * entropy, summed.
 */
export function distil(logits: u32, dy: u32, teacher: u32, images: i32, classes: i32, stride: i32, share: f64, t: f64): f64 {
  let total: f64 = 0
  for (let image = 0; image < images; image++) {
    const own = logits + image * stride
    const other = teacher + ((image * classes) << 2)
    let most: f64 = -Infinity
    let otherMost: f64 = -Infinity
    for (let c = 0; c < classes; c++) {
      most = max<f64>(most, load<f32>(own + (c << 2)))
      otherMost = max<f64>(otherMost, load<f32>(other + (c << 2)))
    }
    let sum: f64 = 0
    let otherSum: f64 = 0
    for (let c = 0; c < classes; c++) {
      sum += exp((<f64>load<f32>(own + (c << 2)) - most) / t)
      otherSum += exp((<f64>load<f32>(other + (c << 2)) - otherMost) / t)
    }
    const rest = log(sum)
    for (let c = 0; c < classes; c++) {
      const z = (<f64>load<f32>(own + (c << 2)) - most) / t
      const q = exp((<f64>load<f32>(other + (c << 2)) - otherMost) / t) / otherSum
      total += q * (rest - z)
      const to = dy + image * stride + (c << 2)
      store<f32>(to, <f32>((1 - share) * <f64>load<f32>(to) + share * t * (exp(z) / sum - q)))
    }
  }
  return total
}
