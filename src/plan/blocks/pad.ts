import {geometry, type Windowed} from "../../graph/geometry.ts"
import * as cost from "../cost-layers.ts"
import type {Rate} from "../plan.ts"
import {depth, type Served, type Token, type Tokens} from "../schedule.ts"
import {queueInto, type Walk} from "./walk.ts"

/** Zeros around an image, in rows and positions. */
export interface Border {
  readonly top: number
  readonly bottom: number
  readonly left: number
  readonly right: number
}

/** Where windows hang over the edge: puts zeros around the image, one position a clock. Otherwise leaves all as it is. */
export function padding(walk: Walk, layer: Windowed & {readonly name: string}): void {
  const {place, stages} = walk
  const {top, bottom, left, right} = geometry(layer, {height: place.rows, width: place.columns})
  if (top + bottom + left + right === 0) return
  const border: Border = {top, bottom, left, right}
  const size = {height: place.rows, width: place.columns}
  const [height, width] = [top + size.height + bottom, left + size.width + right]
  queueInto(walk, layer.name, "pad_queue", size.height * size.width, (tokens) => servePadded(tokens, size, border))
  const input = place.rate
  const output: Rate = {...input, beats: height * width}
  stages.push({
    kind: "pad",
    name: `${layer.name}_pad`,
    layer: layer.name,
    input,
    output,
    interval: height * width,
    latency: 1,
    size,
    border,
    resources: cost.pad(input.channels * input.bits, height, width),
  })
  place.rate = output
  place.rows = height
  place.columns = width
}

/** Through a queue into rtl/pad.sv: zeros before an image wait for its first position, those after a position for nothing. */
export function servePadded(
  tokens: Tokens,
  {height, width}: {readonly height: number; readonly width: number},
  {top, bottom, left, right}: Border,
): Served {
  let free = 0
  const taken: Token[] = []
  const done = tokens.map((image) => {
    const leaving: Token[] = []
    let next = 0
    let last: Token | undefined
    for (let row = -top; row < height + bottom; row++)
      for (let column = -left; column < width + right; column++) {
        const inside = row >= 0 && row < height && column >= 0 && column < width
        const awaited = inside || last === undefined ? image[next] : undefined
        const start = Math.max(awaited === undefined ? 0 : awaited.time + 1, free)
        free = start + 1
        const before = leaving.at(-1)
        const beat = awaited?.beat ?? before?.beat ?? 0
        // Of the same beat, a position a clock; of a later one, from that beat.
        const earliest = Math.max(
          awaited === undefined ? 0 : awaited.earliest + 2,
          before !== undefined && before.beat === beat ? before.earliest + 1 : 0,
        )
        leaving.push({time: start + 1, earliest, lane: 0, beat})
        if (inside && awaited !== undefined) {
          taken.push({...awaited, time: start})
          last = awaited
          next++
        }
      }
    return leaving
  })
  return {depth: depth(tokens.flat(), taken), done}
}
