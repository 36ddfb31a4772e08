import {at} from "../../errors.ts"
import {signedBits} from "../../graph/format.ts"
import type {IntegerDense} from "../../graph/integer.ts"
import {accumulatorRange} from "../../graph/range.ts"
import * as cost from "../cost.ts"
import {fold} from "../fold.ts"
import type {Rate} from "../plan.ts"
import {requantiseRoom, roundingUnit} from "../rounding.ts"
import {queue, unsupported, type Walk} from "./walk.ts"

export function denseLayer(walk: Walk, layer: IntegerDense): void {
  const {place, stages, steps, choices, isLast} = walk
  // Whole beats are vectors where nothing came before: a dense layer does not care where its inputs lay.
  if (walk.sources[0]?.stage === "feeder" && place.rate.positions > 1) {
    place.rate = {...place.rate, positions: 1, channels: place.rate.positions * place.rate.channels}
    place.slots = 1
  }
  const rule = layer.requantise
  const vectors = place.rate.beats
  const values = place.rate.channels
  const choice = fold({layer, values, vectors, budget: walk.budget, isLast, ...choices.layers[layer.name]})
  const service = choice.groups * choice.chunks
  queue(walk, layer.name, service)
  const input = place.rate
  const range = walk.ranges.get(at(layer.inputs, 0)) ?? {min: 0, max: 0}
  const unit = rule === undefined ? undefined : roundingUnit(rule, "dense")
  const accumulators = accumulatorRange(layer, range).map(({min, max}, c) => {
    const constant = unit === undefined ? 0 : at(unit.constants, c)
    return {min: Math.min(min, 0), max: Math.max(max, 0) + constant}
  })
  const accumulatorBits = Math.max(...accumulators.map(signedBits))
  if (accumulatorBits > 32)
    throw unsupported(
      layer.name,
      `its sums with rounding need ${accumulatorBits} bits`,
      "use fewer weight or activation bits",
    )
  const romWords = vectors * service
  const romBits = choice.pe * choice.simd * layer.weightBits
  const levels = Math.ceil(Math.log2(choice.simd))
  const sum: Rate = {positions: 1, channels: choice.pe, bits: accumulatorBits, signed: true, beats: choice.groups}
  stages.push({
    kind: "folded",
    engine: "folded",
    name: `${layer.name}_folded`,
    layer: layer.name,
    input,
    output: sum,
    interval: vectors * service,
    latency: 4 + levels,
    ...choice,
    vectors,
    outputs: layer.bias.length,
    accumulatorBits,
    weightBits: layer.weightBits,
    multiplier: cost.usesDsp(input.bits, layer.weightBits) ? "dsp" : "lut",
    memory: "block",
    romWords,
    romBits,
    resources: cost.folded({
      values,
      bits: input.bits,
      weightBits: layer.weightBits,
      pe: choice.pe,
      simd: choice.simd,
      groups: choice.groups,
      chunks: choice.chunks,
      sumBits: accumulatorBits,
      romWords,
    }),
  })
  steps.push({kind: "groups", groups: choice.groups, chunks: choice.chunks, latency: 4 + levels})
  place.rate = sum
  if (rule !== undefined) {
    const format = layer.output.format
    const out: Rate = {
      positions: 1,
      channels: choice.pe,
      bits: format.bits,
      signed: format.signed,
      beats: choice.groups,
    }
    const room = Math.max(...accumulators.map((acc) => requantiseRoom(acc, at(rule.shifts, 0), format.bits)))
    const one = cost.requantise(room - 1, format.bits, false, unit?.mode ?? 0, at(rule.shifts, 0))
    stages.push({
      kind: "requantise",
      name: `${layer.name}_requantise`,
      layer: layer.name,
      input: sum,
      output: out,
      interval: choice.groups,
      latency: 2,
      rounding: rule.rounding,
      overflow: rule.overflow,
      relu: rule.relu,
      accumulatorBits,
      bias: false,
      resources: {lut: one.lut * choice.pe, ff: one.ff * choice.pe, dsp: 0, bram36: 0},
    })
    steps.push({kind: "pass", latency: 2, outputs: (n) => Array.from({length: n}, (_, i) => ({input: i, lane: 0}))})
    place.rate = out
  }
}
