import {at, bug} from "../../errors.ts"
import {signedBits} from "../../graph/format.ts"
import type {IntegerAdd} from "../../graph/integer.ts"
import {addRange, addShifts} from "../../graph/range.ts"
import * as cost from "../cost-layers.ts"
import type {Rate} from "../plan.ts"
import {requantiseRoom, roundingUnit} from "../rounding.ts"
import {joined} from "../schedule-join.ts"
import {queueOf, type Source, type Walk} from "./walk.ts"

/**
 * Two tensors, position by position. Each waits for the other in a queue: the one of the shorter branch is the delay, its
 * depth counted from the schedule, the other's is as small. Then the adder and the requantise (rtl/add.sv).
 */
export function addition(walk: Walk, layer: IntegerAdd): void {
  const {stages, steps, place} = walk
  const rule = layer.requantise
  const operands = walk.sources.map((source, i) =>
    operand(walk, source, `${layer.name}_${i === 0 ? "left" : "right"}`, layer.name),
  )
  const [left, right] = operands
  if (left === undefined || right === undefined) throw bug("plan", "an add of one tensor")
  const formats = layer.inputs.map((name) => formatOf(walk, name))
  const shifts = addShifts(at(formats, 0), at(formats, 1))
  const ranges = layer.inputs.map((name) => walk.ranges.get(name) ?? {min: 0, max: 0})
  const sum = addRange(layer, ranges, shifts)
  const unit = roundingUnit(rule, "dense")
  const bias = at(unit.constants, 0)
  const shift = at(rule.shifts, 0)
  const {shape, format} = layer.output
  const beats = shape.height * shape.width
  const sumBits = signedBits(sum)
  const out: Rate = {positions: 1, channels: shape.channels, bits: format.bits, signed: format.signed, beats}
  const latency = 3
  stages.push({
    kind: "add",
    name: layer.name,
    layer: layer.name,
    from: [left.stage, right.stage],
    input: left.rate,
    output: out,
    interval: beats,
    latency,
    other: right.rate,
    shifts,
    sumBits,
    room: requantiseRoom({min: sum.min, max: sum.max + bias}, shift, format.bits),
    shift,
    bias,
    rounding: unit.mode,
    overflow: rule.overflow,
    relu: rule.relu,
    resources: cost.add(shape.channels, sumBits, shift, format.bits),
  })
  steps.push({
    kind: "own",
    from: [left.step, right.step],
    run: (read) => {
      const {done, depths} = joined(at(read, 0), at(read, 1), latency)
      return {done, depths: [left.index, right.index].map((stage, i) => ({stage, depth: at(depths, i)}))}
    },
  })
  place.rate = out
  place.rows = shape.height
  place.columns = shape.width
  place.slots = 1
  place.order = []
  delete place.raster
}

/** A queue of positions one at a time for one operand: its stage and index, and the step that puts into it. */
function operand(walk: Walk, source: Source, name: string, layer: string) {
  const {stages, steps} = walk
  const own: Walk = {...walk, place: {...source.place}}
  const [firstStage, firstStep] = [stages.length, steps.length]
  // Positions that come several at a time are put in order first, by a queue of their own.
  const {slots, rate} = own.place
  const sorted = slots > 1 || rate.positions > 1
  if (sorted) queueOf(own, layer, `${name}_order`)
  const index = queueOf(own, layer, name, "held")
  const stage = at(stages, firstStage)
  if (at(stages, firstStage - 1).name !== source.stage) stages[firstStage] = {...stage, from: [source.stage]}
  const step = steps[firstStep]
  if (step !== undefined && firstStep - 1 !== source.step) steps[firstStep] = {...step, from: [source.step]}
  return {
    stage: at(stages, index).name,
    index,
    step: steps.length > firstStep ? steps.length - 1 : source.step,
    rate: own.place.rate,
  }
}

function formatOf({network}: Walk, name: string) {
  if (name === "input") return network.input.format
  const layer = network.layers.find((one) => one.name === name)
  if (layer === undefined) throw bug("plan", `no layer ${name}`)
  return layer.output.format
}
