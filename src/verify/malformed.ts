import {at, TlastError} from "../errors.ts"
import {eachJob, type Packet, type StreamSimulator, type StreamTrace} from "../simulate/stream.ts"
import {bytesPerImage, type ImageSet, packElements, type StreamShape} from "./images.ts"

/** One kind of broken stream, and whether the core answered as docs say: padded, counted, and right again afterwards. */
export interface MalformedResult {
  readonly name: string
  /** Runs that had it: lanes side by side, each with other images. */
  readonly runs: number
  readonly ok: boolean
  /** What differed first; empty if ok. */
  readonly detail: string
}

interface Case {
  readonly name: string
  /** Packets as lists of (image, elements sent), and whether TLAST comes. A short one is the last of its packet. */
  readonly packets: readonly {readonly images: readonly Piece[]; readonly last: boolean}[]
}
interface Piece {
  readonly image: number
  readonly elements: number
}

/** What the broken streams must be answered with: golden of any elements, and so also of images padded with zeros. */
export interface Answers {
  /** Result words of one image. */
  readonly golden: (elements: ArrayLike<number>) => Int32Array
}

const NONE = {kind: "none"} as const

/** Short, missing, early and extra TLAST on a `raw` top. */
export async function checkMalformed(
  simulator: StreamSimulator,
  shape: StreamShape,
  images: ImageSet,
  {golden}: Answers,
): Promise<MalformedResult[]> {
  const all = shape.elements
  const whole = (image: number): Piece => ({image, elements: all})
  const short = (image: number, elements: number): Piece => ({image, elements})
  const packet = (...pieces: Piece[]) => ({images: pieces, last: true})
  const missing = [1, 2, Math.floor(all / 3), Math.floor(all / 2), all - shape.lanes, all - 1].filter(
    (n, i, list) => n > 0 && n < all && list.indexOf(n) === i,
  )
  const cases: Case[] = [
    ...missing.map((n) => ({
      name: `last image ${n} elements short`,
      packets: [packet(short(0, all - n)), packet(whole(1))],
    })),
    {
      name: "second image of a packet short",
      packets: [packet(whole(0), short(1, Math.ceil(all / 2))), packet(whole(2))],
    },
    {
      name: "several short packets in a row",
      packets: [packet(short(0, 1)), packet(short(1, Math.max(1, all - 1))), packet(short(2, 1)), packet(whole(3))],
    },
    {
      name: "TLAST missing, then come",
      packets: [{images: [whole(0)], last: false}, packet(whole(1)), packet(whole(2))],
    },
    {name: "TLAST never", packets: [{images: [whole(0), whole(1)], last: false}]},
    {
      name: "more images than a host expects",
      packets: [packet(whole(0), whole(1), whole(2), whole(3), whole(4)), packet(whole(5))],
    },
  ]
  return eachJob(simulator, cases, (item) => runCase(simulator, shape, images, golden, item))
}

async function runCase(
  simulator: StreamSimulator,
  shape: StreamShape,
  images: ImageSet,
  golden: Answers["golden"],
  item: Case,
): Promise<MalformedResult> {
  const pick = (image: number, lane: number) => (image + lane * 7) % images.count
  const elementsOf = (image: number, count: number) =>
    Int32Array.from({length: count}, (_, i) => images.elements[image * shape.elements + i] ?? 0)
  const lanes = Array.from({length: simulator.lanes}, (_, lane) => {
    const packets: Packet[] = []
    const words: number[] = []
    const lasts: number[] = []
    let shorts = 0
    for (const {images: pieces, last} of item.packets) {
      const sent: number[] = []
      pieces.forEach(({image, elements}, i) => {
        const values = elementsOf(pick(image, lane), elements)
        sent.push(...values)
        const padded = new Int32Array(shape.elements)
        padded.set(values)
        words.push(...golden(padded))
        // A byte with one of two 4-bit elements is a whole byte to TKEEP: that image is not short.
        if (packElements(values, 0, elements, shape).length < bytesPerImage(shape)) shorts++
        for (let k = 0; k < shape.outputs; k++)
          lasts.push(last && i === pieces.length - 1 && k === shape.outputs - 1 ? 1 : 0)
      })
      packets.push({bytes: packElements(sent, 0, sent.length, shape), last})
    }
    return {packets, words, lasts, shorts}
  })
  const answered = await orHang(() =>
    simulator.stream({
      lanes: lanes.map(({packets}) => packets),
      imageBytes: bytesPerImage(shape),
      source: NONE,
      sink: NONE,
      expected: lanes.map(({words}) => words.length),
    }),
  )
  if (typeof answered === "string") return {name: item.name, runs: simulator.lanes, ok: false, detail: answered}
  const trace = answered
  let detail = ""
  const fail = (text: string) => {
    if (detail === "") detail = text
  }
  trace.lanes.forEach((lane, index) => {
    const {words, lasts, shorts} = at(lanes, index)
    if (lane.words.length !== words.length)
      fail(`lane ${index}: ${lane.words.length} result words, expected ${words.length}`)
    words.forEach((word, i) => {
      if (lane.words[i] !== word) fail(`lane ${index}, word ${i}: ${lane.words[i]}, expected ${word}`)
      if (lane.last[i] !== lasts[i]) fail(`lane ${index}, word ${i}: TLAST ${lane.last[i]}, expected ${lasts[i]}`)
    })
    const counted = trace.outputs.short_images?.[index]
    if (counted !== undefined && counted !== shorts) fail(`lane ${index}: short_images ${counted}, expected ${shorts}`)
  })
  const [violation] = trace.violations
  if (violation !== undefined) fail(`m_axis ${violation.rule} in cycle ${violation.cycle}`)
  return {name: item.name, runs: simulator.lanes, ok: detail === "", detail}
}

/** A core that never answers a broken packet is a finding like any other. */
async function orHang(run: () => Promise<StreamTrace>): Promise<StreamTrace | string> {
  try {
    return await run()
  } catch (error) {
    if (error instanceof TlastError && error.code === "SIMULATION_HANG") return error.problem.message
    throw error
  }
}

/**
 * Reset at a cycle of a busy stream; what was complete before it stands, and every packet after it is answered right. How many
 * words come is not known before: the run ends after `patience` clocks without a beat, more than there are between two.
 */
export async function checkReset(
  simulator: StreamSimulator,
  shape: StreamShape,
  images: ImageSet,
  cycles: readonly number[],
  patience: number,
): Promise<MalformedResult> {
  let detail = ""
  const fail = (text: string) => {
    if (detail === "") detail = text
  }
  // So many that some are still to come, whenever the reset: an image takes at least its beats.
  const sent = Math.max(4, Math.ceil((Math.max(...cycles) * shape.lanes) / shape.elements) + 3)
  for (const cycle of cycles) {
    const job = Array.from({length: simulator.lanes}, (_, lane) =>
      Array.from({length: sent}, (_, i) => (i + lane * 5) % images.count),
    )
    const trace = await simulator.stream({
      lanes: job.map((list) =>
        list.map((image) => ({bytes: packElements(images.elements, image * shape.elements, shape.elements, shape)})),
      ),
      imageBytes: bytesPerImage(shape),
      source: NONE,
      sink: NONE,
      resetAt: cycle,
      patience,
    })
    for (const [index, lane] of trace.lanes.entries()) {
      // Which images follow the reset depends on where it fell: they are the last ones, whole.
      const after = lane.words.length / shape.outputs
      if (!Number.isInteger(after) || after < 1) {
        fail(`reset at ${cycle}, lane ${index}: ${lane.words.length} words after it`)
        continue
      }
      const list = at(job, index).slice(-after)
      list.forEach((image, i) => {
        for (let k = 0; k < shape.outputs; k++) {
          const found = lane.words[i * shape.outputs + k]
          const expected = images.expected[image * shape.outputs + k]
          if (found !== expected)
            fail(`reset at ${cycle}, lane ${index}, image ${i} after it, word ${k}: ${found}, expected ${expected}`)
        }
        if (lane.last[(i + 1) * shape.outputs - 1] !== 1)
          fail(`reset at ${cycle}, lane ${index}: no TLAST after image ${i}`)
      })
    }
  }
  return {
    name: `reset in cycles ${cycles[0]} to ${cycles.at(-1)}, ${cycles.length} of them`,
    runs: cycles.length * simulator.lanes,
    ok: detail === "",
    detail,
  }
}
