import {at} from "../errors.ts"
import type {Token, Tokens} from "./schedule.ts"

/** Two streams of positions, each through a queue, that leave together `latency` clocks after both are there. */
export function joined(
  left: Tokens,
  right: Tokens,
  latency: number,
): {readonly done: Tokens; readonly depths: readonly [number, number]} {
  const takes: Token[] = []
  let free = 0
  const done = left.map((image, i) =>
    image.map((a, position) => {
      const b = at(at(right, i), position)
      const time = Math.max(a.time + 1, b.time + 1, free)
      free = time + 1
      const [late, early] = a.beat >= b.beat ? [a, b] : [b, a]
      takes.push({time, earliest: 0, lane: 0, beat: late.beat})
      // Behind its last beat it is never sooner than the operand that waits for that beat.
      const known = late.beat === early.beat ? Math.max(late.earliest, early.earliest) : late.earliest
      return {time: time + latency, earliest: known + 1 + latency, lane: 0, beat: late.beat}
    }),
  )
  const [first, second] = [left.flat(), right.flat()]
  return {
    done,
    depths: [leads(second, first) ? PASSING : most(first, takes), leads(first, second) ? PASSING : most(second, takes)],
  }
}

/** Room for positions that are taken the clock after they come, while the next one may come. */
const PASSING = 2

/** Whether each of `early` is there before its partner, however the input stalls: at its latest before the other's earliest. */
const leads = (early: readonly Token[], late: readonly Token[]): boolean =>
  early.every(({time, beat}, i) => beat <= at(late, i).beat && time <= at(late, i).earliest)

/**
 * Most positions in an operand's queue. One is still there when another is put if its partner waits for a later beat than
 * the one put, which a stall may hold back for ever, or if it leaves no sooner in the nominal schedule (docs/streams.md).
 */
function most(puts: readonly Token[], takes: readonly Token[]): number {
  let depth = 1
  let oldest = 0
  for (const [i, put] of puts.entries()) {
    const waits = (k: number) => at(takes, k).beat > put.beat || at(takes, k).time >= put.earliest
    while (oldest < i && !waits(oldest)) oldest++
    depth = Math.max(depth, i - oldest + 1)
  }
  return depth
}
