import {at} from "../errors.ts"

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
}

/** Images that are simulated: the first one finds the core idle, the last ones show the steady state. */
export const simulatedImages = 6

/** Tokens of some images, by image. */
export type Tokens = readonly (readonly Token[])[]

/** The feeder's beats: `time` 0 is the first. */
export function feed(beats: number, pace: {readonly beat: number; readonly image: number}): Tokens {
  const interval = (beats - 1) * pace.beat + pace.image
  return Array.from({length: simulatedImages}, (_, image) =>
    Array.from({length: beats}, (_, beat) => {
      const time = image * interval + beat * pace.beat
      return {time, earliest: time, lane: 0}
    }),
  )
}

/** Through blocks that take what comes: each output follows the input that completes it (an index) by `latency`. */
export function pass(tokens: Tokens, latency: number, outputs: readonly {input: number; lane: number}[]): Tokens {
  return tokens.map((image) =>
    outputs.map(({input, lane}) => {
      const {time, earliest} = at(image, input)
      return {time: time + latency, earliest: earliest + latency, lane}
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
    image.map(({time, earliest, lane}) => {
      const start = Math.max(time + 1, free)
      free = start + service
      return {time: free - 1, earliest: earliest + service, lane}
    }),
  )
  return {depth: depth(tokens.flat(), done.flat()), done}
}

/** Most tokens in one lane's queue: those put no later, and, however the input stalls, perhaps not yet taken. */
function depth(puts: readonly Token[], takes: readonly Token[]): number {
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
    const {time, earliest} = at(image, image.length - 1)
    return Array.from({length: groups}, (_, group) => {
      const after = latency - (groups - 1 - group) * chunks
      return {time: time + after, earliest: earliest + after, lane: 0}
    })
  })
}
