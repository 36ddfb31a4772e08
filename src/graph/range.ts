import {at, bug, TlastError} from "../errors.ts"
import {formatRange, type NumberFormat, type Range, signedBits} from "./format.ts"
import {
  type IntegerAdd,
  type IntegerAvgPool2d,
  type IntegerLayer,
  type IntegerNetwork,
  isLinearLayer,
  type LinearLayer,
  reciprocal,
} from "./integer.ts"

/** The widest accumulator hardware and LiteRT share. */
export const accumulatorBits = 32

/**
 * Every accumulator a linear layer can reach, one interval per output channel: each weight meets the end of the input's
 * range that helps it most, plus the bias. Exact for independent inputs, and never from observed data. Throws
 * ACCUMULATOR_TOO_WIDE where a channel would need more than 32 bits.
 */
export function accumulatorRange(layer: LinearLayer, input: Range): readonly Range[] {
  const taps = layer.weights.length / layer.bias.length
  return Array.from(layer.bias, (bias, channel) => {
    let min = bias
    let max = bias
    for (let tap = 0; tap < taps; tap++) {
      const weight = at(layer.weights, channel * taps + tap)
      min += weight >= 0 ? weight * input.min : weight * input.max
      max += weight >= 0 ? weight * input.max : weight * input.min
    }
    return held({min, max}, layer.name, `output channel ${channel}`)
  })
}

/** What the sum an average is made of can reach: times the reciprocal, but for `tflite`. As accumulatorRange otherwise. */
export function averageRange({name, size, requantise}: IntegerAvgPool2d, input: Range): Range {
  const scale = size.height * size.width * (requantise.rounding === "tflite" ? 1 : reciprocal(size))
  return held({min: input.min * scale, max: input.max * scale}, name, "its scaled sum")
}

/** How far each operand of an add is shifted left, onto the finer one's fraction. */
export function addShifts(left: NumberFormat, right: NumberFormat): readonly [number, number] {
  const finer = Math.max(left.fraction, right.fraction)
  return [finer - left.fraction, finer - right.fraction]
}

/** What the sum of an add can reach. As accumulatorRange otherwise. */
export function addRange({name}: IntegerAdd, operands: readonly Range[], shifts: readonly number[]): Range {
  const sum = (side: "min" | "max") =>
    operands.reduce((total, range, i) => total + range[side] * 2 ** (shifts[i] ?? 0), 0)
  return held({min: sum("min"), max: sum("max")}, name, "its sum")
}

function held(range: Range, layer: string, what: string): Range {
  const bits = signedBits(range)
  if (bits <= accumulatorBits) return range
  throw new TlastError({
    code: "ACCUMULATOR_TOO_WIDE",
    where: `layer ${layer}`,
    message: `${what} can reach ${range.min}..${range.max}, which needs ${bits} bits; accumulators have ${accumulatorBits}`,
    hint: "use fewer weight or activation bits in this layer, or fewer inputs to it",
  })
}

/**
 * Integers each tensor can hold ("input" and every layer, by name). Intervals are those of the formats, narrowed by
 * nothing but the fused relu: what hardware has to carry whatever the weights that are loaded later.
 */
export function tensorRanges(network: IntegerNetwork): ReadonlyMap<string, Range> {
  const ranges = new Map<string, Range>([["input", formatRange(network.input.format)]])
  for (const layer of network.layers) {
    const source = ranges.get(at(layer.inputs, 0))
    if (source === undefined) throw bug("tensorRanges", `${layer.name} reads an unknown tensor`)
    ranges.set(layer.name, outputRange(layer, source))
  }
  return ranges
}

function outputRange(layer: IntegerLayer, source: Range): Range {
  if (layer.kind === "maxPool2d" || layer.kind === "flatten") return source
  if (isLinearLayer(layer) && layer.requantise === undefined) {
    const channels = accumulatorRange(layer, source)
    return {min: Math.min(...channels.map((r) => r.min)), max: Math.max(...channels.map((r) => r.max))}
  }
  const format = formatRange(layer.output.format)
  const positive = layer.requantise?.relu && layer.requantise.overflow === "saturate"
  return positive ? {min: Math.max(0, format.min), max: format.max} : format
}
