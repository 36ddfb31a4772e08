import {at} from "../../errors.ts"
import type {IntegerNetwork} from "../../graph/integer.ts"
import type {Loadable} from "../../graph/packets.ts"
import * as cost from "../cost.ts"
import type {PlanStage, Rate} from "../plan.ts"
import {serve, type Token, type Tokens} from "../schedule.ts"

/** Where the walk along the layers of a loadable core has come to. */
export interface Walk {
  readonly network: IntegerNetwork
  readonly loadable: Loadable
  readonly stages: PlanStage[]
  /** Each moves the tokens on, and may fill in a queue's depth. */
  readonly steps: ((tokens: Tokens, settle: boolean) => Tokens)[]
  rate: Rate
  rows: number
  columns: number
}

const later = (token: Token, clocks: number): Token => ({
  ...token,
  time: token.time + clocks,
  earliest: token.earliest + clocks,
  lane: 0,
})

/** So many clocks later. */
export const delayed = (tokens: Tokens, clocks: number): Tokens =>
  tokens.map((image) => image.map((token) => later(token, clocks)))

/** Through rtl/split.sv: each in so many parts. */
export const split = (tokens: Tokens, steps: number): Tokens =>
  steps === 1
    ? tokens
    : tokens.map((image) => image.flatMap((token) => Array.from({length: steps}, (_, k) => later(token, 1 + k))))

/** Through rtl/collect.sv: one of so many pieces, with the last of them. */
export const collect = (tokens: Tokens, pieces: number): Tokens =>
  tokens.map((image) => image.filter((_, i) => i % pieces === pieces - 1).map((token) => later(token, 1)))

/** A queue before an engine that spends `service` clocks on each position; undefined: `steps` of the engine settle its depth. */
export function queue(walk: Walk, layer: string, service: number | undefined): void {
  const {rate, stages, steps} = walk
  stages.push({
    kind: "fifo",
    name: `${layer}_queue`,
    layer,
    input: rate,
    output: rate,
    interval: rate.beats * (service ?? 1),
    latency: 1,
    fifoDepth: 0,
    lanes: 1,
    resources: cost.none,
  })
  const index = stages.length - 1
  if (service === undefined) return
  steps.push((tokens, settle) => {
    const {depth, done} = serve(tokens, service)
    if (settle) setDepth(walk, index, depth)
    return done
  })
}

export function setDepth({stages}: Walk, index: number, fifoDepth: number): void {
  const stage = at(stages, index)
  if (stage.kind === "fifo")
    stages[index] = {
      ...stage,
      fifoDepth,
      resources: cost.queue(stage.output.channels * stage.output.bits, 1, fifoDepth),
    }
}

/** The least divisor of a number that is at least so large. */
export const smallestDivisor = (of: number, least: number): number => {
  for (let n = least; n < of; n++) if (of % n === 0) return n
  return of
}
