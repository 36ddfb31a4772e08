// What is done to all parameters after a batch. Counts are multiples of 4.

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

/** to = -1 / scale where from < 0, else 1 / scale: weights of one bit. */
export function binarise(from: u32, to: u32, count: i32, scale: f32): void {
  for (let i = 0; i < count << 2; i += 4) store<f32>(to + i, <f32>(load<f32>(from + i) < 0 ? -1 : 1) / scale)
}

/** Into lowest .. highest: weights that training for one bit has moved further would never come back. */
export function clamp(p: u32, count: i32, lowest: f32, highest: f32): void {
  for (let i = 0; i < count << 2; i += 4) store<f32>(p + i, min<f32>(max<f32>(load<f32>(p + i), lowest), highest))
}

/** a += share (b - a): an average over the steps. */
export function follow(a: u32, b: u32, count: i32, share: f32): void {
  const s = f32x4.splat(share)
  for (let i = 0; i < count << 2; i += 16) {
    const own = v128.load(a + i)
    v128.store(a + i, f32x4.add(own, f32x4.mul(s, f32x4.sub(v128.load(b + i), own))))
  }
}

/** a *= b. */
export function multiply(a: u32, b: u32, count: i32): void {
  for (let i = 0; i < count << 2; i += 16) v128.store(a + i, f32x4.mul(v128.load(a + i), v128.load(b + i)))
}

/** Nonzero digits of an integer's canonical signed form: adders of a multiplication, and one. */
export function signedDigits(n: i32): i32 {
  const m = abs(n)
  return popcnt(m ^ (3 * m))
}

/**
 * Moves each weight, on its grid, by `amount` towards the neighbouring integer with fewer nonzero signed digits, not past it:
 * a step down the digits' count, drawn as lines between the integers.
 */
export function cheapen(p: u32, count: i32, scale: f32, lowest: f32, highest: f32, amount: f32): void {
  for (let i = 0; i < count << 2; i += 4) {
    const place = load<f32>(p + i) * scale
    if (place <= lowest || place >= highest) continue
    const below = floor<f32>(place)
    if (place == below) continue
    const slope = signedDigits(<i32>below + 1) - signedDigits(<i32>below)
    if (slope == 0) continue
    const moved = place - amount * <f32>slope
    store<f32>(p + i, min<f32>(max<f32>(moved, below), below + 1) / scale)
  }
}
