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

/** Images after which the schedule repeats, at the latest; it is run on until two in a row bring no new peak. */
const MOST_IMAGES = 32

/**
 * Most words that are in each FIFO at once, where images come evenly, one every `interval` clocks: the depth without
 * which some process would have to wait. Every process takes each step as soon as its words are there, one a clock; a
 * word can be taken the clock after it was written. `traffic` is in the order of the data.
 *
 * Why these depths are enough: this schedule never waits for room, so FIFOs of these depths allow it; processes that
 * read and write in a fixed order are never later when they go as soon as they can. So the design with these depths
 * keeps the interval, and cannot deadlock.
 */
export function occupancy(traffic: readonly Traffic[], interval: number): ReadonlyMap<string, number> {
  const words = new Map<string, Words>()
  const clocks = traffic.map(() => -1)
  let peaks = new Map<string, number>()
  for (let image = 0, same = 0; image < MOST_IMAGES && same < 2; image++) {
    traffic.forEach(({accesses}, index) => {
      clocks[index] = oneImage(accesses, words, clocks[index] ?? 0, index === 0 ? {image, interval} : undefined)
    })
    const next = new Map(Array.from(words, ([fifo, times]) => [fifo, peak(times)]))
    same = Array.from(next).every(([fifo, value]) => peaks.get(fifo) === value) ? same + 1 : 0
    peaks = next
  }
  return peaks
}

/** One image through a process; returns the clock of its last step. */
function oneImage(
  accesses: readonly Access[],
  all: Map<string, Words>,
  before: number,
  pace: {readonly image: number; readonly interval: number} | undefined,
): number {
  const ends = accesses.map((access) => {
    const times = all.get(access.fifo) ?? {written: [], taken: []}
    all.set(access.fifo, times)
    return {...access, ...times}
  })
  const steps = accesses[0]?.words.length ?? 0
  let clock = before
  for (let step = 0; step < steps; step++) {
    clock++
    if (pace !== undefined) clock = Math.max(clock, Math.floor(((pace.image * steps + step) * pace.interval) / steps))
    for (const {end, words, written, taken} of ends)
      if (end === "in" && words[step])
        clock = Math.max(clock, (written[taken.length + (words[step] ?? 0) - 1] ?? 0) + 1)
    for (const {end, words, written, taken} of ends)
      for (let word = 0; word < (words[step] ?? 0); word++) (end === "in" ? taken : written).push(clock)
  }
  return clock
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
