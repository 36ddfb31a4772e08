import {at, bug, TlastError} from "../../errors.ts"
import type {Resources} from "../../graph/design.ts"
import {formatRange, type Range, signedBits} from "../../graph/format.ts"
import type {IntegerConv2d, Requantise} from "../../graph/integer.ts"
import {accumulatorRange} from "../../graph/range.ts"
import type {Size} from "../../graph/shape.ts"
import * as cost from "../cost.ts"
import {placeRows, resourcesOf, windowRows} from "../cost-rows.ts"
import type {Rate} from "../plan.ts"
import {roundingUnit, unitShape} from "../rounding.ts"
import {frameOf, type SerialLayer, serialLayer} from "../serial-layer.ts"
import {cost as addersOf, outputRanges} from "../shift-add/network.ts"
import {toeplitz} from "../toeplitz.ts"
import {serialWork} from "../window-work.ts"
import {buildFolded, foldable, foldedConvolution, isFolded} from "./folded.ts"
import {bitSums, type ConstantSums, constantSums} from "./found.ts"
import {padding} from "./pad.ts"
import {queue, refuseRows, unsupported, type Walk} from "./walk.ts"

export function convolution(walk: Walk, layer: IntegerConv2d): void {
  const {place, stages, steps, next} = walk
  const rule = layer.requantise
  if (rule === undefined)
    throw unsupported(layer.name, "a convolution without requantise", "requantise it, and end in a dense layer")
  if (layer.padding === "same") padding(walk, layer)
  if (place.slots !== place.rate.positions || place.raster !== undefined) queue(walk, layer.name, 1)
  const {rate, rows, columns} = place
  const {kernel, stride = unit} = layer
  const P = rate.positions
  const width = rate.channels * rate.bits
  const source = at(layer.inputs, 0)
  const range = walk.ranges.get(source) ?? formatRange({...rate, fraction: 0})
  const matrix = toeplitz(layer, rate.channels, P)
  const taps = kernel.height * (kernel.width + P - 1) * rate.channels
  const inputs = Array.from({length: taps}, () => range)
  const {effort = 1, found, sketch = false} = walk.choices
  const wanted = {layer, positions: P, matrix, inputs, sketch}
  const addersPerStage = walk.choices.layers[layer.name]?.addersPerStage ?? 1
  const filters = layer.bias.length
  const accumulators = accumulatorRange(layer, range)
  const format = layer.output.format
  const out: Rate = {...rate, channels: filters, bits: format.bits, signed: format.signed}
  const beats = rate.beats
  const {shape} = layer.output
  const choice = walk.choices.layers[layer.name] ?? {}
  const {engine} = choice
  const folds = isFolded(choice)
  if ((engine === "serial" || folds) && P > 1)
    throw new TlastError({
      code: "PLAN_CONTRADICTION",
      where: `layers.${layer.name}`,
      message: `the ${folds ? "folded" : engine} engine reads one position at a time, and ${P} come in a beat`,
      hint: `use ${walk.network.input.shape.channels === 1 ? "one lane" : `at most ${walk.network.input.shape.channels} lanes`}, or leave the engine to the planner`,
    })
  if (folds) {
    buildFolded(walk, layer, foldedConvolution(walk, layer))
    return
  }
  if (P === 1 && engine !== "constant") {
    const bits = frameOf(layer, accumulators, rate.bits)
    const keeps = serialWork(shape, columns, stride.width, bits) <= walk.budget
    // Which of the two is fewer LUTs shows in one greedy pass of each; only that one is then searched for.
    const drawn = (times: number) =>
      serialLayer({
        layer,
        rate,
        size: {height: rows, width: columns},
        budget: walk.budget,
        sums: bitSums(wanted, rate, times, found),
        memory: choice.rows,
      })
    const bitwise = ({serial, lines}: SerialLayer) =>
      lines.stages.reduce((lut, stage) => lut + stage.resources.lut, serial.resources.lut)
    const adding = () => constantCost(constantSums(wanted, addersPerStage, 0, found), addersPerStage).lut
    if (engine === undefined && choice.addersPerStage === undefined && foldable(walk, layer)) {
      const others = [adding(), ...(keeps ? [bitwise(drawn(0))] : [])]
      const draft = foldedConvolution(walk, layer)
      if (draft.interval <= walk.budget && draft.weight < Math.min(...others)) {
        buildFolded(walk, layer, draft)
        return
      }
    }
    if (engine === "serial" || (keeps && bitwise(drawn(0)) < adding())) {
      serialBlocks(walk, layer, drawn(effort))
      return
    }
  }
  const constant = constantSums(wanted, addersPerStage, effort, found)
  const {network: shiftAdd, timed} = constant
  const accumulatorBits = Math.max(...outputRanges(shiftAdd).map(signedBits))
  const adders = addersOf(shiftAdd)
  const wide: Rate = {...rate, channels: kernel.height * (kernel.width + P - 1) * rate.channels, positions: 1}
  const sum: Rate = {...rate, channels: filters, bits: accumulatorBits, signed: true}
  const ways = windowRows(width, P, columns, kernel.height, kernel.width)
  const memory = placeRows(ways, choice.rows) ?? refuseRows(layer.name, columns, P)
  stages.push({
    kind: "window",
    name: `${layer.name}_window`,
    layer: layer.name,
    input: rate,
    output: wide,
    interval: beats,
    latency: 1,
    kernel,
    size: {height: rows, width: columns},
    ...(layer.stride && {stride}),
    memory: memory === "block" ? "block" : "shift",
    resources: resourcesOf(ways, memory),
  })
  stages.push({
    kind: "sums",
    engine: "constant",
    name: `${layer.name}_sums`,
    layer: layer.name,
    input: wide,
    output: sum,
    interval: beats,
    latency: timed.latency,
    adders: adders.adders,
    adderBits: adders.lutBits,
    addersPerStage,
    accumulatorBits,
    network: shiftAdd,
    resources: constantCost(constant, addersPerStage),
  })
  const one = requantiseCost(layer, rule, accumulators)
  stages.push({
    kind: "requantise",
    name: `${layer.name}_requantise`,
    layer: layer.name,
    input: sum,
    output: out,
    interval: beats,
    latency: 2,
    rounding: rule.rounding,
    overflow: rule.overflow,
    relu: rule.relu,
    accumulatorBits,
    bias: true,
    resources: {lut: one.lut * P, ff: one.ff * P, dsp: 0, bram36: 0},
  })
  const latency = 1 + timed.latency + 2
  place.rate = out
  place.rows = shape.height
  place.columns = shape.width
  place.raster = {pitch: columns, height: rows, row: kernel.height - 1, column: kernel.width - 1}
  if (next?.kind === "maxPool2d" && layer.stride === undefined)
    steps.push({kind: "pass", latency, outputs: (n) => Array.from({length: n}, (_, input) => ({input, lane: 0}))})
  else settlePositions(walk, latency, P, stride)
}

const unit: Size = {height: 1, width: 1}

/** Carry chains and registers, or the part of them that is expected of the whole. */
const constantCost = ({timed, whole}: ConstantSums, addersPerStage: number): Resources =>
  cost.sums(timed.adderLuts * whole, addersPerStage, timed.registerBits * whole, timed.srlLuts * whole)

/** The requantise units of all channels. */
const requantiseCost = (layer: IntegerConv2d, rule: Requantise, accumulators: readonly Range[]): Resources =>
  accumulators
    .map((acc, c) =>
      cost.requantise(
        unitShape(rule, layer.output.format, acc, at(rule.shifts, c), roundingUnit(rule, layer.kind).mode),
      ),
    )
    .reduce(cost.add, cost.none)

/** Line buffer, loader and engine, requantise: positions one at a time, none of them junk. */
function serialBlocks(walk: Walk, layer: IntegerConv2d, {lines, serial}: SerialLayer): void {
  const {place, stages, steps} = walk
  const rule = layer.requantise
  if (rule === undefined) throw bug("plan", "a serial layer without requantise")
  steps.push(...lines.steps(stages.length), {
    kind: "pass",
    latency: serial.latency + 2,
    outputs: (n) => Array.from({length: n}, (_, input) => ({input, lane: 0})),
  })
  stages.push(...lines.stages)
  const format = layer.output.format
  const out: Rate = {...serial.output, bits: format.bits, signed: format.signed}
  // The constants of rounding are in the sums already.
  const {constants} = roundingUnit(rule, layer.kind)
  const ranges = accumulatorRange(layer, walk.ranges.get(at(layer.inputs, 0)) ?? {min: 0, max: 0}).map(
    ({min, max}, c) => ({min, max: max + at(constants, c)}),
  )
  stages.push(serial, {
    kind: "requantise",
    name: `${layer.name}_requantise`,
    layer: layer.name,
    input: serial.output,
    output: out,
    interval: out.beats,
    latency: 2,
    rounding: rule.rounding,
    overflow: rule.overflow,
    relu: rule.relu,
    accumulatorBits: serial.frame,
    bias: false,
    resources: requantiseCost(layer, rule, ranges),
  })
  place.rate = out
  place.rows = layer.output.shape.height
  place.columns = layer.output.shape.width
  place.slots = 1
  place.order = []
  delete place.raster
}

/** Positions as they are, without a pool: those inside, in order, lane by lane. */
function settlePositions({place, steps}: Walk, latency: number, P: number, stride: Size): void {
  const raster = place.raster
  if (raster === undefined) throw bug("plan", "no raster")
  const flat = (r: number, c: number) =>
    (raster.row + r * stride.height) * raster.pitch + raster.column + c * stride.width
  const outputs: {input: number; lane: number}[] = []
  for (let r = 0; r < place.rows; r++)
    for (let c = 0; c < place.columns; c++) outputs.push({input: Math.floor(flat(r, c) / P), lane: flat(r, c) % P})
  steps.push({kind: "pass", latency, outputs: () => outputs})
  place.slots = P
  place.order = [flat(0, 0) % P, stride.width % P, (stride.height * raster.pitch) % P]
  place.rate = {...place.rate, beats: outputs.length}
  if (P === 1) delete place.raster
}
