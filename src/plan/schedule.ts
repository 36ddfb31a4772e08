import {at} from "../errors.ts"
import type {Size} from "../graph/shape.ts"

/**
 * One thing that passes a point of the pipeline. `time` is the clock in which its valid bit is up when images come back
 * to back; `earliest` the same had nothing before it ever waited: no stall of the input brings it sooner, relative to the
 * beat that caused it. Together they bound every queue (docs/streams.md has the proof).
 */
export interface Token {
  readonly time: number
  readonly earliest: number
  /** Lane of the queue it goes to. */
  readonly lane: number
  /** The last beat it waits for, counted over all images. */
  readonly beat: number
}

/**
 * Images that are simulated, or more where more are in flight at once: the first one finds the core idle, the last ones show the
 * steady state.
 */
export const simulatedImages = 6

/** Tokens of some images, by image. */
export type Tokens = readonly (readonly Token[])[]

/** The feeder's beats: `time` 0 is the first. */
export function feed(
  beats: number,
  pace: {readonly beat: number; readonly image: number},
  images = simulatedImages,
): Tokens {
  const interval = (beats - 1) * pace.beat + pace.image
  return Array.from({length: images}, (_, image) =>
    Array.from({length: beats}, (_, beat) => {
      const time = image * interval + beat * pace.beat
      return {time, earliest: time, lane: 0, beat: image * beats + beat}
    }),
  )
}

/** Clocks from a beat to the next, as rtl/image_feeder.sv keeps them: `window` after one that completes a window. */
export interface WindowPace {
  readonly beat: number
  readonly image: number
  readonly window?: number
  /** Of the windows; positions of a row; beats of a position. */
  readonly kernel?: Size
  readonly columns?: number
  readonly collect?: number
}

/** The feeder's beats at a pace that depends on what they complete. */
export function feedWindows(beats: number, pace: WindowPace): Tokens {
  const {beat, image, window = beat, kernel = {height: 1, width: 1}, columns = 1, collect = 1} = pace
  const completes = (index: number) => {
    const position = Math.floor(index / collect)
    const [row, column] = [Math.floor(position / columns), position % columns]
    return index % collect === collect - 1 && row >= kernel.height - 1 && column >= kernel.width - 1
  }
  const times = [0]
  for (let index = 0; index < beats - 1; index++) times.push(at(times, index) + (completes(index) ? window : beat))
  const interval = at(times, beats - 1) + image
  return Array.from({length: simulatedImages}, (_, i) =>
    times.map((offset, k) => ({
      time: i * interval + offset,
      earliest: i * interval + offset,
      lane: 0,
      beat: i * beats + k,
    })),
  )
}

/** Through blocks that take what comes: each output follows the input that completes it (an index) by `latency`. */
export function pass(tokens: Tokens, latency: number, outputs: readonly {input: number; lane: number}[]): Tokens {
  return tokens.map((image) =>
    outputs.map(({input, lane}) => {
      const {time, earliest, beat} = at(image, input)
      return {time: time + latency, earliest: earliest + latency, lane, beat}
    }),
  )
}

export interface Served {
  /** Entries each lane's queue needs. */
  readonly depth: number
  /** Of each token, the clock of its last step. */
  readonly done: Tokens
}

/** Through a queue to a server that spends `service` clocks on each token, in order. */
export function serve(tokens: Tokens, service: number): Served {
  let free = 0
  const done = tokens.map((image) =>
    image.map(({time, earliest, lane, beat}) => {
      const start = Math.max(time + 1, free)
      free = start + service
      return {time: free - 1, earliest: earliest + service, lane, beat}
    }),
  )
  return {depth: depth(tokens.flat(), done.flat()), done}
}

/**
 * Through a queue into a window whose engine spends `service` clocks on each that is complete, and one on other positions.
 * Done are the windows, with their last step: the position is in the window a clock after it left the queue.
 */
export function serveWindows(tokens: Tokens, service: number, complete: (position: number) => boolean): Served {
  let free = 0
  const taken = tokens.map((image) =>
    image.map(({time, earliest, ...rest}, position) => {
      const start = Math.max(time + 1, free)
      free = start + (complete(position) ? service : 1)
      return {...rest, time: start, earliest: earliest + 1}
    }),
  )
  const done = taken.map((image) =>
    image
      .filter((_, position) => complete(position))
      .map(({time, earliest, ...rest}) => ({...rest, time: time + service, earliest: earliest + service})),
  )
  return {depth: depth(tokens.flat(), taken.flat()), done}
}

/** Most tokens in one lane's queue: those put no later, and, however the input stalls, perhaps not yet taken. */
export function depth(puts: readonly Token[], takes: readonly Token[]): number {
  let most = 1
  const lanes = new Set(puts.map((token) => token.lane))
  for (const lane of lanes) {
    const indices = puts.flatMap((token, i) => (token.lane === lane ? [i] : []))
    let oldest = 0
    for (const [place, index] of indices.entries()) {
      while (oldest < place && at(takes, at(indices, oldest)).time < at(puts, index).earliest) oldest++
      most = Math.max(most, place - oldest + 1)
    }
  }
  return most
}

/** Sums of an image: each group's after its part of the last vector's steps, which are `done` at the end of them all. */
export function lastVectors(done: Tokens, groups: number, chunks: number, latency: number): Tokens {
  return done.map((image) => {
    const {time, earliest, beat} = at(image, image.length - 1)
    return Array.from({length: groups}, (_, group) => {
      const after = latency - (groups - 1 - group) * chunks
      return {time: time + after, earliest: earliest + after, lane: 0, beat}
    })
  })
}

/**
 * Columns through a queue into rtl/window_loader.sv, whose engine takes a window every `frame` clocks: a column a clock,
 * but none while a window waits for the engine. Done are the windows, in the clock in which the engine takes them.
 */
export function serveColumns(tokens: Tokens, frame: number, complete: (column: number) => boolean): Served {
  let free = 0
  let engine = 0
  const done: Token[][] = []
  const taken = tokens.map((image) => {
    const windows: Token[] = []
    const pops = image.map(({time, earliest, ...rest}, column) => {
      const pop = Math.max(time + 1, free)
      free = pop + 1
      if (complete(column)) {
        const start = Math.max(pop + 1, engine)
        engine = start + frame
        free = start
        windows.push({...rest, time: start, earliest: earliest + 2})
      }
      return {...rest, time: pop, earliest: earliest + 1}
    })
    done.push(windows)
    return pops
  })
  return {depth: depth(tokens.flat(), taken.flat()), done}
}
