import type {Overflow, Rounding} from "../../src/graph/format.ts"
import type {IntegerLayer, IntegerNetwork} from "../../src/graph/integer.ts"
import type {Shape} from "../../src/graph/shape.ts"

/** A small deterministic generator: 0 <= x < 1. */
export function random(seed: number): () => number {
  let state = (seed * 2654435761 + 12345) >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

export type Spec =
  | {
      conv: number
      kernel: number
      shift?: number
      relu?: boolean
      rounding?: Rounding
      overflow?: Overflow
      bits?: number
      weightBits?: number
      spread?: number
    }
  | {pool: number}
  | {
      dense: number
      shift?: number
      relu?: boolean
      rounding?: Rounding
      overflow?: Overflow
      bits?: number
      weightBits?: number
      signed?: boolean
    }

/** A network of random weights from a short description. */
export function randomNetwork(
  name: string,
  seed: number,
  input: Shape,
  bits: number,
  specs: readonly Spec[],
): IntegerNetwork {
  const next = random(seed)
  const whole = (low: number, high: number) => Math.floor(low + next() * (high - low + 1))
  let shape = input
  let from = "input"
  let format = {bits, signed: false, fraction: bits}
  const layers: IntegerLayer[] = []
  specs.forEach((spec, index) => {
    const isLast = index === specs.length - 1
    const id = `layer${index}`
    if ("pool" in spec) {
      shape = {
        height: Math.floor(shape.height / spec.pool),
        width: Math.floor(shape.width / spec.pool),
        channels: shape.channels,
      }
      layers.push({
        kind: "maxPool2d",
        name: id,
        inputs: [from],
        output: {shape, format},
        size: {height: spec.pool, width: spec.pool},
      })
    } else {
      const outputs = "conv" in spec ? spec.conv : spec.dense
      const taps =
        "conv" in spec ? spec.kernel * spec.kernel * shape.channels : shape.height * shape.width * shape.channels
      const weightBits = spec.weightBits ?? 8
      const high = "spread" in spec && spec.spread ? spec.spread : 2 ** (weightBits - 1) - 1
      const weight = () => (weightBits === 1 ? whole(0, 1) * 2 - 1 : whole(weightBits === 2 ? -1 : -high, high))
      const weights = Int8Array.from({length: outputs * taps}, weight)
      const bias = Int32Array.from({length: outputs}, () => whole(-2000, 2000))
      if ("conv" in spec)
        shape = {height: shape.height - spec.kernel + 1, width: shape.width - spec.kernel + 1, channels: outputs}
      else shape = {height: 1, width: 1, channels: outputs}
      const signed = spec.relu === false
      const out = isLast ? {bits: 32, signed: true, fraction: 0} : {bits: spec.bits ?? 8, signed, fraction: 0}
      const requantise = isLast
        ? {}
        : {
            requantise: {
              shifts: Array.from({length: outputs}, () => spec.shift ?? whole(5, 9)),
              rounding: spec.rounding ?? "half-up",
              relu: spec.relu ?? true,
              overflow: spec.overflow ?? "saturate",
            },
          }
      const shared = {
        name: id,
        inputs: [from],
        output: {shape, format: out},
        weights,
        weightBits,
        weightFractions: bias.length ? Array.from(bias, () => 7) : [],
        bias,
        ...requantise,
      }
      layers.push(
        "conv" in spec
          ? {kind: "conv2d", kernel: {height: spec.kernel, width: spec.kernel}, ...shared}
          : {kind: "dense", ...shared},
      )
      format = out
    }
    from = id
  })
  return {name, input: {shape: input, format: {bits, signed: false, fraction: bits}}, layers}
}

/** The reference network's shape with random weights of its distribution. */
export const digitsLike = (seed: number, name = "digits"): IntegerNetwork =>
  randomNetwork(name, seed, {height: 28, width: 28, channels: 1}, 8, [
    {conv: 16, kernel: 5, spread: 24, rounding: "tflite", shift: 7},
    {pool: 4},
    {dense: 10},
  ])

/** Images of random elements, some of them all low or all high. */
export function images(network: IntegerNetwork, count: number, seed: number): Int16Array {
  const {shape, format} = network.input
  const next = random(seed)
  const size = shape.height * shape.width * shape.channels
  return Int16Array.from({length: size * count}, (_, i) => {
    const image = Math.floor(i / size)
    if (image === 1) return 2 ** format.bits - 1
    return next() < 0.3 ? 0 : Math.floor(next() * 2 ** format.bits)
  })
}
