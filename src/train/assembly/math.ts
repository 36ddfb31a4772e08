// Elementary functions from basic IEEE operations: every machine gives the same bits.

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
@inline export function unit(seed: u32, counter: u32): f64 {
  return <f64>mix(seed + mix(counter + 0x9e3779b9)) * 2.3283064365386963e-10
}
