import {at, bug, TlastError} from "../errors.ts"
import type {Resources} from "../graph/design.ts"
import {formatRange, type Range, signedBits} from "../graph/format.ts"
import type {IntegerConv2d, IntegerDense, IntegerMaxPool2d, IntegerNetwork} from "../graph/integer.ts"
import {accumulatorRange, tensorRanges} from "../graph/range.ts"
import * as cost from "./cost.ts"
import {fold} from "./fold.ts"
import type {LayerChoice} from "./make.ts"
import {adderBits, type PipelinedSums, pipeline} from "./pipeline.ts"
import type {Plan, PlanStage, Rate} from "./plan.ts"
import {resultWords} from "./results.ts"
import {requantiseRoom, roundingUnit} from "./rounding.ts"
import {feed, lastVectors, pass, serve, serveColumns, type Tokens} from "./schedule.ts"
import {frameOf, type SerialLayer, serialLayer, serialWork} from "./serial-layer.ts"
import {cost as addersOf, outputRanges, type ShiftAdd} from "./shift-add/network.ts"
import {optimise} from "./shift-add/optimise.ts"
import {toeplitz} from "./toeplitz.ts"

export interface Choices {
  readonly lanes: number
  /** Clocks an image may take; default as many as the stream takes. */
  readonly interval: number | undefined
  readonly layers: Readonly<Record<string, LayerChoice>>
  /** How long to search for fewer adders, in times the default of shift-add/optimise.ts; 0 is one greedy pass. */
  readonly effort?: number
  /** Sums found before: several plans of one network share a convolution's, where as many positions come at once. */
  readonly found?: WeakMap<IntegerConv2d, Map<string, ShiftAdd>>
}

/** What build decides of a plan. */
export type Draft = Pick<
  Plan,
  "lanes" | "stream" | "stages" | "interval" | "latency" | "credits" | "pace" | "limit" | "resources"
>

type Slots = readonly {input: number; lane: number}[]

/** A step of the schedule: pipelined blocks, or a queue with its server. */
type Step =
  | {readonly kind: "pass"; readonly latency: number; readonly outputs: (beats: number) => Slots}
  | {readonly kind: "serve"; readonly stage: number; readonly service: number}
  | {
      readonly kind: "columns"
      readonly stage: number
      readonly frame: number
      readonly complete: (i: number) => boolean
    }
  | {readonly kind: "groups"; readonly groups: number; readonly chunks: number; readonly latency: number}

/** Where the walk along the layers has come to: what the next block receives. */
interface Place {
  rate: Rate
  rows: number
  columns: number
  /** Raster with junk: rows of `pitch` from `origin`. Without it every position counts. */
  raster?: {pitch: number; height: number; row: number; column: number}
  /** Lanes at which positions come, when some come together. */
  slots: number
  order: readonly number[]
}

/** Draws up the pipeline for so many lanes: stages, then the schedule, then what follows from it. */
export function build(network: IntegerNetwork, choices: Choices): Draft {
  const {shape, format} = network.input
  const {lanes} = choices
  const elementBits = format.bits <= 1 ? 1 : format.bits <= 2 ? 2 : format.bits <= 4 ? 4 : 8
  const dataBits = Math.max(8, lanes * elementBits)
  const beats = (shape.height * shape.width * shape.channels) / lanes
  const collect = Math.max(1, shape.channels / lanes)
  const positions = Math.max(1, lanes / shape.channels)
  const ranges = tensorRanges(network)
  const outputs = network.layers.at(-1)?.output.shape.channels ?? 0

  const stages: PlanStage[] = []
  const steps: Step[] = []
  const place: Place = {
    rate: {positions, channels: shape.channels, bits: format.bits, signed: format.signed, beats: beats / collect},
    rows: shape.height,
    columns: shape.width,
    slots: positions,
    order: [],
  }
  const stream: Rate = {positions: lanes, channels: 1, bits: elementBits, signed: format.signed, beats}
  stages.push({
    kind: "skid",
    name: "in",
    input: stream,
    output: stream,
    interval: beats,
    latency: 1,
    resources: cost.skid(dataBits + dataBits / 8 + 1),
  })
  stages.push({
    kind: "feeder",
    name: "feeder",
    input: stream,
    output: place.rate,
    interval: beats,
    latency: 1,
    resources: cost.feeder(positions * shape.channels * format.bits, beats),
  })
  if (collect > 1)
    steps.push({
      kind: "pass",
      latency: 0,
      outputs: (n) => Array.from({length: n / collect}, (_, i) => ({input: (i + 1) * collect - 1, lane: 0})),
    })

  const budget = Math.max(choices.interval ?? beats, beats, outputs)
  const walk: Walk = {network, choices, ranges, stages, steps, place, budget}
  const flat = network.layers.filter((layer) => layer.kind !== "flatten")
  for (const [index, layer] of flat.entries()) {
    if (layer.inputs.length !== 1 || (index > 0 && !follows(network, layer.inputs[0], flat[index - 1]?.name)))
      throw unsupported(layer.name, "it does not read the layer before it", "build chains of layers only")
    if (layer.kind === "conv2d") convolution(walk, layer, flat[index + 1])
    else if (layer.kind === "maxPool2d") pooling(walk, layer)
    else if (layer.kind === "dense") denseLayer(walk, layer, index === flat.length - 1)
  }
  const last = flat.at(-1)
  if (last === undefined || last.kind !== "dense")
    throw unsupported(
      last?.name ?? network.name,
      "the last layer is not dense",
      "end the network in a dense layer: results are one word a class",
    )

  const interval = Math.max(budget, ...stages.map((stage) => stage.interval))
  const limiting = stages.find((stage) => stage.interval === interval)
  const pace = {beat: Math.floor(interval / beats), image: 0}
  pace.image = interval - (beats - 1) * pace.beat
  const {results, begins, ends} = run(steps, stages, beats, pace)
  const lastSum = at(stages, stages.length - 1)
  if (lastSum.kind !== "folded" && lastSum.kind !== "requantise") throw bug("plan", "no engine last")
  const pe = lastSum.output.channels
  const sumBits =
    lastSum.kind === "folded" ? lastSum.accumulatorBits : lastSum.output.bits + (lastSum.output.signed ? 0 : 1)

  const lastWord = resultWords(results, ends, outputs, pe).map((image) => at(image, outputs - 1))
  const life = Math.max(...lastWord.map((time, i) => time + 2 - at(begins, i)))
  const credits = Math.max(1, Math.ceil(life / interval))
  const word: Rate = {positions: 1, channels: 1, bits: 32, signed: true, beats: outputs}
  stages.push({
    kind: "result",
    name: "results",
    input: lastSum.output,
    output: word,
    interval: outputs,
    latency: 2,
    pe,
    fifoDepth: 1,
    resources: cost.result(pe, sumBits, credits * outputs),
  })
  stages.push({
    kind: "skid",
    name: "out",
    input: word,
    output: word,
    interval: outputs,
    latency: 1,
    resources: cost.skid(Math.min(33, sumBits + 1)),
  })
  // A beat is accepted as soon as the skid, which holds two, has let the one before the last go.
  const final = beats - 1
  const accepted = final >= 2 ? (final - 2) * pace.beat : final - 2
  const alone = run(steps, stages, beats, {beat: pace.beat, image: 1e6})
  const latency = at(at(resultWords(alone.results, alone.ends, outputs, pe), 0), 0) + 1 - accepted
  const resources = stages.reduce<Resources>((sum, stage) => cost.add(sum, stage.resources), cost.none)
  return {
    lanes,
    stream: {
      input: {dataBits, elementBits, signed: format.signed, beatsPerImage: beats},
      output: {dataBits: 32, wordsPerImage: outputs},
    },
    stages,
    interval,
    latency,
    credits,
    pace,
    limit:
      interval === beats
        ? "stream"
        : interval === outputs
          ? "results"
          : (limiting?.layer ?? (choices.interval === interval ? "the rate asked for" : "stream")),
    resources,
  }
}

interface Walk {
  readonly network: IntegerNetwork
  readonly choices: Choices
  readonly ranges: ReadonlyMap<string, Range>
  readonly stages: PlanStage[]
  readonly steps: Step[]
  readonly place: Place
  readonly budget: number
}

function convolution(walk: Walk, layer: IntegerConv2d, next: {readonly kind: string} | undefined): void {
  const {place, stages, steps} = walk
  const rule = layer.requantise
  if (rule === undefined)
    throw unsupported(layer.name, "a convolution without requantise", "requantise it, and end in a dense layer")
  if (place.slots !== place.rate.positions || place.raster !== undefined) queue(walk, layer.name, 1)
  const {rate, rows, columns} = place
  const {kernel} = layer
  const P = rate.positions
  const width = rate.channels * rate.bits
  const source = at(layer.inputs, 0)
  const range = walk.ranges.get(source) ?? formatRange({...rate, fraction: 0})
  const matrix = toeplitz(layer, rate.channels, P)
  const taps = kernel.height * (kernel.width + P - 1) * rate.channels
  const inputs = Array.from({length: taps}, () => range)
  const weights = matrix.reduce((sum, row) => sum + row.filter((w) => w !== 0).length, 0)
  const effort = (walk.choices.effort ?? 1) * 500 * Math.max(1, weights / 400)
  const found = walk.choices.found?.get(layer)
  const key = `${P} ${rate.channels} ${range.min} ${range.max} ${effort}`
  const shiftAdd = found?.get(key) ?? optimise(matrix, {inputs, effort})
  walk.choices.found?.set(layer, new Map(found).set(key, shiftAdd))
  const addersPerStage = walk.choices.layers[layer.name]?.addersPerStage ?? 1
  const timed = pipeline(shiftAdd, addersPerStage)
  const filters = layer.bias.length
  const accumulators = accumulatorRange(layer, range)
  const accumulatorBits = Math.max(...outputRanges(shiftAdd).map(signedBits))
  const adders = addersOf(shiftAdd)
  const wide: Rate = {...rate, channels: kernel.height * (kernel.width + P - 1) * rate.channels, positions: 1}
  const sum: Rate = {...rate, channels: filters, bits: accumulatorBits, signed: true}
  const format = layer.output.format
  const out: Rate = {...rate, channels: filters, bits: format.bits, signed: format.signed}
  const beats = rate.beats
  const {shape} = layer.output
  const engine = walk.choices.layers[layer.name]?.engine
  if (engine === "serial" && P > 1)
    throw new TlastError({
      code: "PLAN_CONTRADICTION",
      where: `layers.${layer.name}`,
      message: `the serial engine reads one position at a time, and ${P} come in a beat`,
      hint: `use ${walk.network.input.shape.channels} lanes or fewer, or leave the engine to the planner`,
    })
  if (P === 1 && engine !== "constant") {
    const bits = frameOf(layer, accumulators, rate.bits)
    const keeps = serialWork(shape, kernel.width, bits) <= walk.budget
    if (engine === "serial" || keeps) {
      const drawn = serialLayer({
        layer,
        rate,
        size: {height: rows, width: columns},
        budget: walk.budget,
        network: shiftAdd,
      })
      const bitwise =
        drawn.serial.resources.lut + drawn.columns.resources.lut + cost.queue(kernel.height * width, 1, 32).lut
      const adding = cost.sums(constantBits(shiftAdd, timed), timed.registerBits, timed.srlLuts).lut
      if (engine === "serial" || bitwise < adding) {
        serialBlocks(walk, layer, drawn)
        return
      }
    }
  }
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
    memory: "shift",
    resources: cost.window(width, P, columns, kernel.height, kernel.width),
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
    resources: cost.sums(constantBits(shiftAdd, timed), timed.registerBits, timed.srlLuts),
  })
  const unit = roundingUnit(rule, "conv2d")
  const each = accumulators.map((acc, c) =>
    cost.requantise(
      requantiseRoom(acc, at(rule.shifts, c), format.bits) - 1,
      format.bits,
      at(layer.bias, c) + at(unit.constants, c) !== 0,
      unit.mode,
      at(rule.shifts, c),
    ),
  )
  const one = each.reduce(cost.add, cost.none)
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
  if (next?.kind === "maxPool2d")
    steps.push({kind: "pass", latency, outputs: (n) => Array.from({length: n}, (_, input) => ({input, lane: 0}))})
  else settlePositions(walk, latency, P)
}

/** Bits of all carry chains. */
const constantBits = ({adders, inputs}: ShiftAdd, {widths}: PipelinedSums): number =>
  adders.reduce((sum, adder, i) => sum + adderBits(adder, at(widths, inputs.length + i).bits), 0)

/** Line buffer, queue of columns, loader and engine, requantise: positions one at a time, none of them junk. */
function serialBlocks(walk: Walk, layer: IntegerConv2d, {columns, serial}: SerialLayer): void {
  const {place, stages, steps} = walk
  const rule = layer.requantise
  if (rule === undefined) throw bug("plan", "a serial layer without requantise")
  const {kernel} = layer
  const {height, width} = columns.size
  const count = columns.output.beats
  stages.push(columns, {
    kind: "fifo",
    name: `${columns.name}_queue`,
    layer: layer.name,
    input: columns.output,
    output: columns.output,
    interval: count,
    latency: 1,
    fifoDepth: 0,
    lanes: 1,
    order: [0, 0, 0],
    resources: cost.none,
  })
  const skipped = (kernel.height - 1) * width
  steps.push(
    {kind: "pass", latency: 1, outputs: () => Array.from({length: count}, (_, i) => ({input: skipped + i, lane: 0}))},
    {
      kind: "columns",
      stage: stages.length - 1,
      frame: serial.frame,
      complete: (column) => column % width >= kernel.width - 1,
    },
    {
      kind: "pass",
      latency: serial.latency + 2,
      outputs: (n) => Array.from({length: n}, (_, input) => ({input, lane: 0})),
    },
  )
  const format = layer.output.format
  const out: Rate = {...serial.output, bits: format.bits, signed: format.signed}
  const unit = roundingUnit(rule, "conv2d")
  const ranges = accumulatorRange(layer, walk.ranges.get(at(layer.inputs, 0)) ?? {min: 0, max: 0})
  const each = ranges.map((acc, c) =>
    cost.requantise(
      requantiseRoom(acc, at(rule.shifts, c), format.bits) - 1,
      format.bits,
      false,
      unit.mode,
      at(rule.shifts, c),
    ),
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
    resources: each.reduce(cost.add, cost.none),
  })
  place.rate = out
  place.rows = height - kernel.height + 1
  place.columns = width - kernel.width + 1
  place.slots = 1
  place.order = []
  delete place.raster
}

/** Positions as they are, without a pool: those inside, in order, lane by lane. */
function settlePositions({place, steps}: Walk, latency: number, P: number): void {
  const raster = place.raster
  if (raster === undefined) throw bug("plan", "no raster")
  const flat = (r: number, c: number) => (raster.row + r) * raster.pitch + raster.column + c
  const outputs: {input: number; lane: number}[] = []
  for (let r = 0; r < place.rows; r++)
    for (let c = 0; c < place.columns; c++) outputs.push({input: Math.floor(flat(r, c) / P), lane: flat(r, c) % P})
  steps.push({kind: "pass", latency, outputs: () => outputs})
  place.slots = P
  place.order = [flat(0, 0) % P, 1 % P, raster.pitch % P]
  place.rate = {...place.rate, beats: outputs.length}
  if (P === 1) delete place.raster
}

function pooling(walk: Walk, layer: IntegerMaxPool2d): void {
  const {place, stages, steps} = walk
  if (place.slots > 1 && place.raster !== undefined && place.order.length > 0) queue(walk, layer.name, 1)
  const {rate, rows, columns} = place
  const P = rate.positions
  const raster = place.raster ?? {pitch: columns, height: rows, row: 0, column: 0}
  const {size} = layer
  const {shape} = layer.output
  const grid = gcd(gcd(P, raster.pitch), size.width)
  const lines = P === 1 || (grid === P && raster.column % P === 0 && columns % P === 0)
  const slots = lines ? 1 : P / grid
  const first = (raster.column + size.width - 1) % grid
  const flat = (r: number, c: number) =>
    (raster.row + r * size.height + size.height - 1) * raster.pitch + raster.column + c * size.width + size.width - 1
  const outputs: {input: number; lane: number}[] = []
  for (let r = 0; r < shape.height; r++)
    for (let c = 0; c < shape.width; c++)
      outputs.push({input: Math.floor(flat(r, c) / P), lane: lines ? 0 : ((flat(r, c) % P) - first) / grid})
  const out: Rate = {...rate, positions: 1, beats: outputs.length}
  const vector = rate.channels * rate.bits
  stages.push({
    kind: "pool",
    name: layer.name,
    layer: layer.name,
    input: rate,
    output: {...out, positions: slots},
    interval: rate.beats,
    latency: 2,
    size,
    of: {height: rows, width: columns},
    slots: Array.from({length: slots}, (_, s) => (lines ? 0 : first + s * grid)),
    form: lines ? "lines" : "raster",
    pitch: raster.pitch,
    rows: raster.height,
    origin: {row: raster.row, column: raster.column},
    resources: lines
      ? cost.pool(vector, rate.bits, P, shape.width)
      : cost.poolRaster(vector, rate.bits, slots, size.width, raster.pitch / grid),
  })
  steps.push({kind: "pass", latency: 2, outputs: () => outputs})
  place.rate = out
  place.rows = shape.height
  place.columns = shape.width
  place.slots = slots
  place.order = lines
    ? []
    : [at(outputs, 0).lane, (size.width / grid) % slots, ((size.height * raster.pitch) / grid) % slots]
  delete place.raster
  if (slots > 1) place.raster = {pitch: 0, height: 0, row: 0, column: 0}
}

/** Brings positions to one at a time, for a server that spends `service` clocks on each. */
function queue({place, stages, steps}: Walk, layer: string, service: number): void {
  const out: Rate = {...place.rate, positions: 1}
  stages.push({
    kind: "fifo",
    name: `${layer}_queue`,
    layer,
    input: {...out, positions: place.slots},
    output: out,
    interval: out.beats * service,
    latency: 1,
    fifoDepth: 0,
    lanes: place.slots,
    order: place.order.length === 0 ? [0, 0, 0] : place.order,
    resources: cost.none,
  })
  steps.push({kind: "serve", stage: stages.length - 1, service})
  place.rate = out
  place.slots = 1
  place.order = []
  delete place.raster
}

function denseLayer(walk: Walk, layer: IntegerDense, isLast: boolean): void {
  const {place, stages, steps, choices} = walk
  // Whole beats are vectors where nothing came before: a dense layer does not care where its inputs lay.
  if (stages.at(-1)?.kind === "feeder" && place.rate.positions > 1) {
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

function run(
  steps: readonly Step[],
  stages: PlanStage[],
  beats: number,
  pace: {readonly beat: number; readonly image: number},
): {results: Tokens; begins: readonly number[]; ends: readonly number[]} {
  let tokens: Tokens = feed(beats, pace)
  const begins = tokens.map((image) => at(image, 0).time - 1)
  const ends = tokens.map((image) => at(image, image.length - 1).time)
  for (const step of steps) {
    if (step.kind === "pass") {
      tokens = pass(tokens, step.latency, step.outputs(at(tokens, 0).length))
    } else if (step.kind === "groups") {
      tokens = lastVectors(tokens, step.groups, step.chunks, step.latency)
    } else {
      const {depth, done} =
        step.kind === "serve" ? serve(tokens, step.service) : serveColumns(tokens, step.frame, step.complete)
      const stage = at(stages, step.stage)
      if (stage.kind !== "fifo") throw bug("plan", "not a queue")
      if (pace.image < 1e6)
        stages[step.stage] = {
          ...stage,
          fifoDepth: depth,
          resources: cost.queue(stage.output.channels * stage.output.bits, stage.lanes, depth),
        }
      tokens = done
    }
  }
  return {results: tokens, begins, ends}
}

/** Whether `source` is `before`, or a flatten of it. */
function follows(network: IntegerNetwork, source: string | undefined, before: string | undefined): boolean {
  if (source === before) return true
  const layer = network.layers.find((candidate) => candidate.name === source)
  return layer?.kind === "flatten" && follows(network, layer.inputs[0], before)
}

const gcd = (a: number, b: number): number => (b === 0 ? a : gcd(b, a % b))

const unsupported = (where: string, message: string, hint: string): TlastError =>
  new TlastError({code: "UNSUPPORTED", where: `layer ${where}`, message, hint})
