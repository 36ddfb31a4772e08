import * as cost from "../cost-layers.ts"
import {depth, type Served, type Token, type Tokens} from "../schedule.ts"
import {queueInto, type Walk} from "./walk.ts"

/** Positions of a last layer that is not dense: each is as many results as it has channels, and they leave one a clock. */
export function outputs(walk: Walk): void {
  const {place, stages} = walk
  const {channels, bits} = place.rate
  const positions = place.rows * place.columns
  queueInto(walk, "results", "queue", positions * channels, (tokens) => servePaced(tokens, channels))
  const rate = place.rate
  stages.push({
    kind: "pace",
    name: "results_pace",
    input: rate,
    output: rate,
    interval: rate.beats * channels,
    latency: 1,
    clocks: channels,
    resources: cost.pace(channels * bits, channels),
  })
}

/** Through a queue into rtl/pace.sv: a position every so many clocks. */
function servePaced(tokens: Tokens, clocks: number): Served {
  let free = 0
  const taken = tokens.map((image) =>
    image.map((token): Token => {
      const time = Math.max(token.time + 1, free)
      free = time + clocks
      return {...token, time, earliest: token.earliest + 1}
    }),
  )
  const done = taken.map((image) => image.map((t) => ({...t, time: t.time + 1, earliest: t.earliest + 1})))
  return {depth: depth(tokens.flat(), taken.flat()), done}
}
