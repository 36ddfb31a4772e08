import {at} from "../../errors.ts"
import type {IntegerDense} from "../../graph/integer.ts"
import * as cost from "../cost.ts"
import {fold} from "../fold.ts"
import {foldedRanges, foldedStage} from "../folded-stage.ts"
import type {Rate} from "../plan.ts"
import {roundingUnit, unitShape, widest} from "../rounding.ts"
import {queue, type Walk} from "./walk.ts"

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
  const stage = foldedStage({
    layer,
    folding: choice,
    input,
    vectors,
    beats: choice.groups,
    interval: vectors * service,
    range,
    choice: choices.layers[layer.name] ?? {},
    short: choices.short,
  })
  stages.push(stage)
  const {accumulatorBits, output: sum, latency} = stage
  steps.push({kind: "groups", groups: choice.groups, chunks: choice.chunks, latency})
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
    const one = cost.requantise(
      unitShape(rule, format, widest(foldedRanges(layer, range)), at(rule.shifts, 0), unit?.mode ?? 0),
    )
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
