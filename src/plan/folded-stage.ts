import {at, TlastError} from "../errors.ts"
import {type Range, signedBits} from "../graph/format.ts"
import type {IntegerConv2d, IntegerDense} from "../graph/integer.ts"
import {accumulatorRange} from "../graph/range.ts"
import * as cost from "./cost.ts"
import type {Folding} from "./fold.ts"
import type {FoldedStage, LayerChoice, Multiplier, Rate} from "./plan.ts"
import {romLuts, romMemory} from "./rom.ts"
import {roundingUnit} from "./rounding.ts"

/** Multipliers that cannot all lie near the weights' memories, and have a clock for the way (decision 0163). */
const FAR = 64

export interface FoldedRequest {
  readonly layer: IntegerDense | IntegerConv2d
  readonly folding: Folding
  /** A vector at a time, and how many make one result: positions of the image for a dense layer, 1 for a convolution. */
  readonly input: Rate
  readonly vectors: number
  /** Groups of sums of an image, and clocks it costs. */
  readonly beats: number
  readonly interval: number
  /** Of the inputs. */
  readonly range: Range
  readonly choice: LayerChoice
  /** What products are made of where the choice does not say and DSPs are short. */
  readonly short: Multiplier | undefined
}

/** Accumulators of every output, the constants of rounding included, and what they begin at. */
export function foldedRanges(layer: IntegerDense | IntegerConv2d, range: Range): readonly Range[] {
  const unit = layer.requantise === undefined ? undefined : roundingUnit(layer.requantise, layer.kind)
  return accumulatorRange(layer, range).map(({min, max}, c) => ({
    min: Math.min(min, 0),
    max: Math.max(max, 0) + (unit === undefined ? 0 : at(unit.constants, c)),
  }))
}

/** PE x SIMD multipliers over a ROM, as a stage. Errors: UNSUPPORTED past 32 bits; PLAN_CONTRADICTION for a multiplier that cannot be. */
export function foldedStage(request: FoldedRequest): FoldedStage {
  const {layer, folding, input, vectors, beats, interval, range, choice} = request
  const {pe, simd, groups, chunks} = folding
  const levels = Math.ceil(Math.log2(simd))
  const needed = Math.max(...foldedRanges(layer, range).map(signedBits))
  if (needed > 32)
    throw new TlastError({
      code: "UNSUPPORTED",
      where: `layer ${layer.name}`,
      message: `its sums with rounding need ${needed} bits`,
      hint: "use fewer weight or activation bits",
    })
  const multiplier = multiplierOf(request)
  // rtl/folded_load.sv: halves of 16 bits, added in pairs within DSPs (one more clock), a bit a level.
  const packed = multiplier === "packed"
  const accumulatorBits = packed ? Math.max(needed, 18 + levels) : needed
  const far = !packed && pe * simd >= FAR
  const weightBits = layer.weightBits
  const shape = {...folding, vectors, values: input.channels}
  const words = vectors * groups * chunks
  const memory = choice.memory ?? romMemory(layer, shape)
  return {
    kind: "folded",
    engine: "folded",
    name: `${layer.name}_folded`,
    layer: layer.name,
    input,
    output: {positions: 1, channels: pe, bits: accumulatorBits, signed: true, beats},
    interval,
    latency: 4 + levels + (packed && simd > 1 ? 1 : 0) + (far ? 1 : 0),
    ...folding,
    ...(far && {far}),
    vectors,
    outputs: layer.bias.length,
    accumulatorBits,
    weightBits,
    multiplier,
    memory,
    romWords: words,
    romBits: pe * simd * weightBits,
    resources: cost.folded({
      bits: input.bits,
      weightBits,
      pe,
      simd,
      groups,
      chunks,
      vectors,
      sumBits: accumulatorBits,
      romWords: words,
      multiplier,
      far,
      romLuts: memory === "distributed" ? romLuts(layer, shape) : undefined,
    }),
  }
}

function multiplierOf({layer, folding, input, choice, short}: FoldedRequest): Multiplier {
  const {weightBits, name} = layer
  const wide = cost.usesDsp(input.bits, weightBits)
  const packs = wide && folding.pe > 1
  const refuse = (message: string, hint: string) =>
    new TlastError({code: "PLAN_CONTRADICTION", where: `layers.${name}`, message, hint})
  if (choice.multiplier === "dsp" && !wide)
    throw refuse(
      `products of ${input.bits}-bit inputs and ${weightBits}-bit weights are made of LUTs: a DSP is taken from 9 bits on`,
      'use multiplier "lut", or more bits',
    )
  if (choice.multiplier === "packed" && !packs)
    throw refuse(
      wide
        ? "two outputs share a multiplier, and one is computed at a time (pe 1)"
        : `products of ${input.bits}-bit inputs and ${weightBits}-bit weights are made of LUTs`,
      wide ? "use a pe of 2 or more" : 'use multiplier "lut"',
    )
  if (choice.multiplier !== undefined) return choice.multiplier
  if (!wide) return "lut"
  return short === "packed" ? (packs ? "packed" : "dsp") : (short ?? "dsp")
}
