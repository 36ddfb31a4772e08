/** Words that a process moves at one end of a FIFO, by step of an image. */
export interface Access {
  readonly fifo: string
  readonly end: "in" | "out"
  readonly words: Uint8Array
}

/** A process as the schedule sees it: an image takes as many steps as its accesses are long. */
export interface Traffic {
  readonly process: string
  readonly accesses: readonly Access[]
}

/** Words every step. */
export const every = (steps: number): Uint8Array => new Uint8Array(steps).fill(1)

/** A word where `when` holds. */
export const where = (steps: number, when: (step: number) => boolean): Uint8Array =>
  Uint8Array.from({length: steps}, (_, step) => (when(step) ? 1 : 0))

/** Clocks at which each word was written and taken. */
interface Words {
  readonly written: number[]
  readonly taken: number[]
}

/** Images the schedule is run for; the second half counts, when it repeats. Of large networks fewer, and FIFOs are not cut. */
const IMAGES = 12
const FEW_IMAGES = 4
const LARGE_STEPS = 300_000

/**
 * The depths that FIFOs need to bring an image every `interval` clocks, none less than `least`. `traffic` is in the order
 * of the data. Every process takes each step as soon as its words are there and there is room for what it writes, one a
 * clock; a word can be taken the clock after it was written, and its place is free once it was taken.
 *
 * Depths that are enough are those that a schedule fills where images come evenly and nobody ever waits for room:
 * processes that read and write in a fixed order are never later when they go as soon as they can. Each is then cut, in
 * the order of the data, as far as the interval holds. So they keep it, and a design that goes on cannot have deadlocked.
 */
export function depths(traffic: readonly Traffic[], interval: number, least: number): ReadonlyMap<string, number> {
  const steps = traffic.reduce((sum, {accesses}) => sum + (accesses[0]?.words.length ?? 0), 0)
  const images = steps <= LARGE_STEPS ? IMAGES : FEW_IMAGES
  const endless = run(traffic, new Map(), images, interval)
  const found = new Map(Array.from(endless.words, ([fifo, times]) => [fifo, Math.max(least, peak(times))]))
  const keeps = (trial: ReadonlyMap<string, number>) => run(traffic, trial, images).period <= interval
  if (keeps(new Map(Array.from(found.keys(), (fifo) => [fifo, least])))) return atLeast(found, least)
  if (steps > LARGE_STEPS) return found
  for (const [fifo, enough] of found) {
    let [low, high] = [least, enough]
    while (low < high) {
      const middle = Math.floor((low + high) / 2)
      if (keeps(new Map([...found, [fifo, middle]]))) high = middle
      else low = middle + 1
    }
    found.set(fifo, high)
  }
  return found
}

const atLeast = (found: ReadonlyMap<string, number>, least: number): ReadonlyMap<string, number> =>
  new Map(Array.from(found.keys(), (fifo) => [fifo, least]))

/** A process on its way: it has taken `done` steps of all images. */
interface Runner {
  readonly steps: number
  readonly ends: readonly (Access & Words & {readonly depth: number})[]
  done: number
  clock: number
}

/** So many images; FIFOs without a depth are endless. With `pace`, the first process takes an image every so many clocks. */
function run(
  traffic: readonly Traffic[],
  bounds: ReadonlyMap<string, number>,
  images: number,
  pace?: number,
): {readonly words: ReadonlyMap<string, Words>; readonly period: number} {
  const words = new Map<string, Words>()
  const times = (fifo: string): Words => {
    const known = words.get(fifo) ?? {written: [], taken: []}
    words.set(fifo, known)
    return known
  }
  const runners = traffic.map(
    ({accesses}): Runner => ({
      steps: accesses[0]?.words.length ?? 0,
      ends: accesses.map((one) => ({
        ...one,
        ...times(one.fifo),
        depth: bounds.get(one.fifo) ?? Number.POSITIVE_INFINITY,
      })),
      ...{done: 0, clock: -1},
    }),
  )
  const half: number[] = []
  for (let moved = true; moved; ) {
    moved = false
    runners.forEach((runner, index) => {
      for (; runner.done < runner.steps * images; runner.done++, moved = true) {
        const earliest = pace === undefined || index > 0 ? 0 : Math.floor((runner.done * pace) / runner.steps)
        const clock = nextClock(runner, earliest)
        if (clock === undefined) break
        take(runner, clock)
        if (index === runners.length - 1 && (runner.done + 1) % runner.steps === 0) half.push(clock)
      }
    })
  }
  const [middle, last] = [half[images / 2 - 1], half[images - 1]]
  const period = middle === undefined || last === undefined ? Number.POSITIVE_INFINITY : last - middle
  return {words, period: period / (images / 2)}
}

/** When the next step can be, or undefined while that depends on steps that others have yet to take. */
function nextClock({ends, steps, done, clock}: Runner, earliest: number): number | undefined {
  const step = done % steps
  let next = Math.max(clock + 1, earliest)
  for (const {end, words, written, taken, depth} of ends) {
    const count = words[step] ?? 0
    if (count === 0) continue
    if (end === "in") {
      const word = written[taken.length + count - 1]
      if (word === undefined) return undefined
      next = Math.max(next, word + 1)
    } else if (written.length + count > depth) {
      const room = taken[written.length + count - 1 - depth]
      if (room === undefined) return undefined
      next = Math.max(next, room)
    }
  }
  return next
}

function take(runner: Runner, clock: number): void {
  runner.clock = clock
  for (const {end, words, written, taken} of runner.ends)
    for (let word = 0; word < (words[runner.done % runner.steps] ?? 0); word++)
      (end === "in" ? taken : written).push(clock)
}

/** A word counts from the clock it is written up to the one it is taken in. */
function peak({written, taken}: Words): number {
  let most = 0
  let gone = 0
  written.forEach((clock, index) => {
    while (gone < index && (taken[gone] ?? Number.POSITIVE_INFINITY) <= clock) gone++
    most = Math.max(most, index + 1 - gone)
  })
  return most
}
