import {at, TlastError} from "../../errors.ts"
import {signedBits} from "../../graph/format.ts"
import type {IntegerConv2d} from "../../graph/integer.ts"
import type {Size} from "../../graph/shape.ts"
import * as cost from "../cost.ts"
import {columnRows, placeRows, resourcesOf} from "../cost-rows.ts"
import {fold} from "../fold.ts"
import {foldedRanges, foldedStage} from "../folded-stage.ts"
import type {LayerChoice, PlanStage, Rate} from "../plan.ts"
import {roundingUnit, unitShape, widest} from "../rounding.ts"
import {serialWork} from "../window-work.ts"
import {refuseRows, type Step, type Walk} from "./walk.ts"

const unit: Size = {height: 1, width: 1}

/** A convolution in PE x SIMD multipliers, drawn but not yet built. */
export interface FoldedDraft {
  readonly stages: readonly PlanStage[]
  /** Its queue of columns is stages[1]; `index` is where stages[0] will be. */
  readonly steps: (index: number) => readonly Step[]
  readonly out: Rate
  /** Clocks an image takes, and LUTs with the DSPs and BRAM they are weighed against. */
  readonly interval: number
  readonly weight: number
}

/**
 * Line buffer, queue of columns, window loader, a copy of the window, multipliers, requantise, and, where the outputs come in
 * passes, a register that gathers them. One window every groups x chunks clocks, of positions that come one at a time.
 */
export function foldedConvolution({choices, place, ranges, budget}: Walk, layer: IntegerConv2d): FoldedDraft {
  const rule = layer.requantise
  const {name, kernel, stride = unit, bias} = layer
  const {rate, rows, columns: width} = place
  const {shape, format} = layer.output
  const taps = kernel.height * kernel.width * rate.channels
  const windows = shape.height * shape.width
  const choice = choices.layers[name] ?? {}
  if (rule === undefined) throw missing(name)
  const work = (frame: number) => serialWork(shape, width, stride.width, frame)
  // Where loading a row's first window takes longer than the engine, its clocks are not the engine's to spend.
  const spare = Math.max(windows, budget - (work(1) - windows))
  const own = {...(choice.pe !== undefined && {pe: choice.pe}), ...(choice.simd !== undefined && {simd: choice.simd})}
  const folding = fold({layer, values: taps, vectors: windows, budget: spare, isLast: false, ...own})
  const frame = folding.groups * folding.chunks
  const size: Size = {height: rows, width}
  const vector = rate.channels * rate.bits
  const columnRate: Rate = {...rate, channels: rate.channels * kernel.height, beats: shape.height * width}
  const wide: Rate = {...rate, channels: taps, beats: windows}
  const ways = columnRows(vector, size, kernel.height)
  const memory = placeRows(ways, choice.rows) ?? refuseRows(name, width, 1)
  const source = at(layer.inputs, 0)
  const range = ranges.get(source) ?? {min: 0, max: 0}
  const engine = foldedStage({
    layer,
    folding,
    input: wide,
    vectors: 1,
    beats: windows * folding.groups,
    interval: work(frame),
    range,
    choice,
    short: choices.short,
  })
  const rounding = roundingUnit(rule, layer.kind)
  const one = cost.requantise(
    unitShape(rule, format, widest(foldedRanges(layer, range)), at(rule.shifts, 0), rounding.mode),
  )
  const part: Rate = {...engine.output, bits: format.bits, signed: format.signed}
  const out: Rate = {...part, channels: bias.length, beats: windows}
  const gathers = folding.groups > 1
  const shared = {layer: name}
  const stages: PlanStage[] = [
    {
      kind: "columns",
      name: `${name}_columns`,
      ...shared,
      input: rate,
      output: columnRate,
      interval: rate.beats,
      latency: 1,
      size,
      rows: kernel.height,
      ...(layer.stride && {stride: stride.height}),
      memory,
      resources: resourcesOf(ways, memory),
    },
    {
      kind: "fifo",
      name: `${name}_columns_queue`,
      ...shared,
      input: columnRate,
      output: columnRate,
      interval: columnRate.beats,
      latency: 1,
      fifoDepth: 0,
      lanes: 1,
      resources: cost.none,
    },
    {
      kind: "windows",
      name: `${name}_windows`,
      ...shared,
      input: columnRate,
      output: wide,
      interval: work(frame),
      latency: 2,
      kernel,
      size,
      ...(layer.stride && {stride}),
      frame,
      resources: cost.add(cost.loader(vector, kernel), cost.keep(taps * rate.bits)),
    },
    engine,
    {
      kind: "requantise",
      name: `${name}_requantise`,
      ...shared,
      input: engine.output,
      output: part,
      interval: part.beats,
      latency: 2,
      rounding: rule.rounding,
      overflow: rule.overflow,
      relu: rule.relu,
      accumulatorBits: engine.accumulatorBits,
      bias: false,
      resources: {lut: one.lut * folding.pe, ff: one.ff * folding.pe, dsp: 0, bram36: 0},
    },
  ]
  if (gathers)
    stages.push({
      kind: "collect",
      name: `${name}_gather`,
      ...shared,
      input: part,
      output: out,
      interval: part.beats,
      latency: 1,
      parts: folding.groups,
      resources: cost.collect(bias.length * format.bits, folding.groups),
    })
  const total = stages.reduce((sum, stage) => cost.add(sum, stage.resources), cost.queue(kernel.height * vector, 1, 32))
  const column = (i: number) => (kernel.height - 1 + Math.floor(i / width) * stride.height) * width + (i % width)
  return {
    stages,
    steps: (index) => [
      {
        kind: "pass",
        latency: 1,
        outputs: () => Array.from({length: columnRate.beats}, (_, i) => ({input: column(i), lane: 0})),
      },
      {
        kind: "columns",
        stage: index + 1,
        frame,
        complete: (i) => {
          const past = (i % width) - (kernel.width - 1)
          return past >= 0 && past % stride.width === 0
        },
      },
      {
        kind: "pass",
        latency: frame + engine.latency + 2 + (gathers ? 1 : 0),
        outputs: (n) => Array.from({length: n}, (_, input) => ({input, lane: 0})),
      },
    ],
    out,
    interval: work(frame),
    // Block RAM that saves LUTs is not to speak for another engine.
    weight: cost.weigh(total) - Math.max(0, cost.weigh(resourcesOf(ways, memory)) - cost.weigh(ways.distributed)),
  }
}

/** Whether a choice means this engine: by name, or by what only it has. */
export const isFolded = ({engine, pe, simd, multiplier, memory}: LayerChoice): boolean =>
  engine === "folded" || [pe, simd, multiplier, memory].some((given) => given !== undefined)

/** Whether its sums fit accumulators of 32 bits with the constants of rounding. */
export const foldable = ({ranges}: Walk, layer: IntegerConv2d): boolean =>
  Math.max(...foldedRanges(layer, ranges.get(at(layer.inputs, 0)) ?? {min: 0, max: 0}).map(signedBits)) <= 32

/** Puts the drawn stages and steps behind what there is, and leaves its output in `place`. */
export function buildFolded({place, stages, steps}: Walk, layer: IntegerConv2d, draft: FoldedDraft): void {
  steps.push(...draft.steps(stages.length))
  stages.push(...draft.stages)
  place.rate = draft.out
  place.rows = layer.output.shape.height
  place.columns = layer.output.shape.width
  place.slots = 1
  place.order = []
  delete place.raster
}

const missing = (name: string): TlastError =>
  new TlastError({
    code: "UNSUPPORTED",
    where: `layer ${name}`,
    message: "a convolution without requantise",
    hint: "requantise it, and end in a dense layer",
  })
