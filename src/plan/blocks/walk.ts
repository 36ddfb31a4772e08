import {at, bug, TlastError} from "../../errors.ts"
import type {Range} from "../../graph/format.ts"
import type {IntegerLayer, IntegerNetwork} from "../../graph/integer.ts"
import * as cost from "../cost.ts"
import type {LayerChoice, Multiplier, Plan, PlanStage, Rate} from "../plan.ts"
import type {Served, Tokens} from "../schedule.ts"
import type {Found} from "./found.ts"

export interface Choices {
  readonly lanes: number
  /** Clocks an image may take; default as many as the stream takes. */
  readonly interval: number | undefined
  readonly layers: Readonly<Record<string, LayerChoice>>
  /** How long to search for fewer adders, in times the default of shift-add/optimise.ts; 0 is one greedy pass. */
  readonly effort?: number
  /** Only for the table of what else there is, not to be emitted: large convolutions are scaled from a part. */
  readonly sketch?: boolean
  /** What folded engines multiply with where DSPs are short; a DSP a product otherwise. */
  readonly short?: Multiplier
  /** Send the class instead of the results. */
  readonly output?: "logits" | "class"
  /** Sums found before. */
  readonly found?: Found
}

/** What build decides of a plan. */
export type Draft = Pick<
  Plan,
  "lanes" | "stream" | "stages" | "interval" | "latency" | "credits" | "pace" | "limit" | "resources"
>

export type Slots = readonly {input: number; lane: number}[]

/** A step of the schedule: pipelined blocks, or a queue with its server. */
export type Step = {
  /** Steps whose tokens it reads, -1 the feeder's beats; the one before it where left out. */
  readonly from?: readonly number[]
} & (
  | {readonly kind: "pass"; readonly latency: number; readonly outputs: (beats: number) => Slots}
  | {readonly kind: "serve"; readonly stage: number; readonly service: number}
  | {
      readonly kind: "columns"
      readonly stage: number
      readonly frame: number
      readonly complete: (i: number) => boolean
    }
  /** A block's own: tokens of the steps it reads to its own, and what its queues need. */
  | {
      readonly kind: "own"
      readonly run: (read: readonly Tokens[]) => {
        readonly done: Tokens
        readonly depths: readonly {readonly stage: number; readonly depth: number}[]
      }
    }
  | {readonly kind: "groups"; readonly groups: number; readonly chunks: number; readonly latency: number}
)

/** Where the walk along the layers has come to: what the next block receives. */
export interface Place {
  rate: Rate
  rows: number
  columns: number
  /** Raster with junk: rows of `pitch` from `origin`. Without it every position counts. */
  raster?: {pitch: number; height: number; row: number; column: number}
  /** Lanes at which positions come, when some come together. */
  slots: number
  order: readonly number[]
}

/** Where a tensor is to be had: in what form, from which stage and step of the schedule. */
export interface Source {
  readonly place: Place
  readonly stage: string
  readonly step: number
}

/** What a layer's builder is given: it pushes stages and steps, and leaves in `place` what its output comes as. */
export interface Walk {
  readonly network: IntegerNetwork
  /** Of each of the layer's inputs; `place` begins as the first one's. */
  readonly sources: readonly Source[]
  /** The layer that alone reads this one's output; absent at a fork and at the end. */
  readonly next: IntegerLayer | undefined
  readonly isLast: boolean
  readonly choices: Choices
  readonly ranges: ReadonlyMap<string, Range>
  readonly stages: PlanStage[]
  readonly steps: Step[]
  readonly place: Place
  readonly budget: number
}

/** Brings positions to one at a time, for a server that spends `service` clocks on each. */
export function queue(walk: Walk, layer: string, service: number): void {
  const stage = pushQueue(walk, layer, "queue", (positions) => positions * service)
  walk.steps.push({kind: "serve", stage, service})
}

/** The same for a server with a schedule of its own; `interval` clocks an image. */
export function queueInto(
  walk: Walk,
  layer: string,
  suffix: string,
  interval: number,
  serve: (tokens: Tokens) => Served,
): void {
  const stage = pushQueue(walk, layer, suffix, () => interval)
  walk.steps.push({
    kind: "own",
    run: ([tokens]) => {
      if (tokens === undefined) throw bug("plan", "a queue reads nothing")
      const {depth, done} = serve(tokens)
      return {done, depths: [{stage, depth}]}
    },
  })
}

/**
 * A queue whose stage is returned by its index: one that puts positions in order as fast as they come, or, `held`, one that a
 * later step of the layer takes from.
 */
export function queueOf(walk: Walk, layer: string, name: string, held?: "held"): number {
  const stage = pushQueue(walk, layer, name.slice(layer.length + 1), (positions) => positions)
  if (held === undefined) walk.steps.push({kind: "serve", stage, service: 1})
  return stage
}

/** The queue's stage; returns its index. */
function pushQueue(
  {place, stages, steps}: Walk,
  layer: string,
  suffix: string,
  interval: (positions: number) => number,
): number {
  // The image's own beats: every lane of them is a position.
  if (place.slots > 1 && place.raster === undefined) {
    const {slots} = place
    const split = (beats: number) =>
      Array.from({length: beats * slots}, (_, i) => ({input: Math.floor(i / slots), lane: i % slots}))
    steps.push({kind: "pass", latency: 0, outputs: split})
    place.rate = {...place.rate, beats: place.rate.beats * slots}
    place.order = [0, 1, place.columns % slots]
  }
  const out: Rate = {...place.rate, positions: 1}
  stages.push({
    kind: "fifo",
    name: `${layer}_${suffix}`,
    layer,
    input: {...out, positions: place.slots},
    output: out,
    interval: interval(out.beats),
    latency: 1,
    fifoDepth: 0,
    lanes: place.slots,
    ...(place.slots > 1 && {
      order: {rows: place.rows, start: at(place.order, 0), step: at(place.order, 1), stepRow: at(place.order, 2)},
    }),
    resources: cost.none,
  })
  place.rate = out
  place.slots = 1
  place.order = []
  delete place.raster
  return stages.length - 1
}

export const unsupported = (where: string, message: string, hint: string): TlastError =>
  new TlastError({code: "UNSUPPORTED", where: `layer ${where}`, message, hint})

/** Rows were asked for in block RAM, and it would have nothing to keep, or more than one bank. */
export function refuseRows(layer: string, columns: number, positions: number): never {
  throw new TlastError({
    code: "PLAN_CONTRADICTION",
    where: `layers.${layer}.rows`,
    message: `rows of ${columns} positions, ${positions} a beat, cannot be in block RAM: it takes two rows of a kernel, and from 3 to 4,096 beats between their taps`,
    hint: 'leave rows out, or use rows "distributed"',
  })
}
