import {at, TlastError} from "../errors.ts"
import type {Watch} from "../progress.ts"
import type {Stall} from "../simulate/stall.ts"
import type {Packet, StreamSimulator, StreamTrace, StreamViolation} from "../simulate/stream.ts"

/** How a `raw` top takes an image: element i of a beat in its bits elementBits*i and up. */
export interface StreamShape {
  /** Elements a beat. */
  readonly lanes: number
  readonly dataBits: number
  readonly elementBits: number
  /** Elements of an image, a whole number of beats. */
  readonly elements: number
  /** Result words of an image. */
  readonly outputs: number
}

/** Elements of whole images, one after the other, and the words golden says they give. */
export interface ImageSet {
  readonly elements: ArrayLike<number>
  readonly expected: Int32Array
  readonly count: number
}

export const bytesPerImage = ({lanes, dataBits, elements}: StreamShape): number => (elements / lanes) * (dataBits / 8)

/** Bytes as they go over the stream. A last beat that is not full keeps only the bytes of its elements. */
export function packElements(elements: ArrayLike<number>, from: number, count: number, shape: StreamShape): Uint8Array {
  const {lanes, dataBits, elementBits} = shape
  const beatBytes = dataBits / 8
  const beats = Math.ceil(count / lanes)
  const rest = count - (beats - 1) * lanes
  const bytes = new Uint8Array(
    (beats - 1) * beatBytes + (rest === lanes ? beatBytes : Math.ceil((rest * elementBits) / 8)),
  )
  if (elementBits === 8 && lanes === beatBytes) {
    for (let i = 0; i < count; i++) bytes[i] = (elements[from + i] ?? 0) & 255
    return bytes
  }
  const mask = 2 ** elementBits - 1
  for (let i = 0; i < count; i++) {
    const bit = Math.floor(i / lanes) * dataBits + (i % lanes) * elementBits
    const byte = Math.floor(bit / 8)
    bytes[byte] = (bytes[byte] ?? 0) | (((elements[from + i] ?? 0) & mask) << (bit % 8))
  }
  return bytes
}

/** Images one..three to a packet, so that TLAST comes after some and not after others. */
export function packetsOf(
  images: ImageSet,
  from: number,
  to: number,
  shape: StreamShape,
): {packets: Packet[]; ends: boolean[]} {
  const packets: Packet[] = []
  const ends: boolean[] = []
  for (let image = from; image < to; ) {
    const count = Math.min(1 + (packets.length % 3), to - image)
    packets.push({bytes: packElements(images.elements, image * shape.elements, count * shape.elements, shape)})
    for (let i = 1; i <= count; i++) ends.push(i === count)
    image += count
  }
  return {packets, ends}
}

export interface Mismatch {
  readonly image: number
  /** Result word of the image; -1 where words are missing or too many. */
  readonly output: number
  readonly found: number
  readonly expected: number
  readonly lane: number
  readonly cycle: number
  readonly source: Stall
  readonly sink: Stall
}

export interface ImagesResult {
  readonly images: number
  /** Result words that differ from golden, are missing, or are too many. */
  readonly mismatches: number
  readonly first?: Mismatch
  /** Words whose TLAST, or TKEEP, is not as the stream contract says. */
  readonly tlastErrors: number
  readonly tkeepErrors: number
  readonly violations: readonly StreamViolation[]
  /** Words as the hardware sent them, images x outputs. */
  readonly words: Int32Array
  /** Lanes that had images. */
  readonly lanes: number
  /** Clocks from an image's first accepted beat to the next's, the largest and smallest mean over lanes; 0 for one image.
   * The first two are left out where there are more. */
  readonly cyclesPerImage: {readonly min: number; readonly max: number}
  readonly cycles: number
}

/** From so many images one after the other, the interval is the plan's: those before fill skids and queues at no pace. */
export const SETTLED = 4

/**
 * Streams `count` images through the design, dealt in blocks to the simulator's lanes, or to fewer where each is to have
 * `imagesALane`, and compares every word.
 */
export async function checkImages(
  simulator: StreamSimulator,
  shape: StreamShape,
  images: ImageSet,
  stalls: {readonly source: Stall; readonly sink: Stall},
  {imagesALane = 1, ...watch}: Watch & {readonly patience?: number; readonly imagesALane?: number} = {},
): Promise<ImagesResult> {
  checkShape(simulator, shape)
  const lanes = Math.max(1, Math.min(simulator.lanes, Math.floor(images.count / imagesALane)))
  const start = (lane: number) => Math.floor((lane * images.count) / lanes)
  const jobs = Array.from({length: lanes}, (_, lane) => packetsOf(images, start(lane), start(lane + 1), shape))
  const trace = await simulator.stream({
    lanes: jobs.map(({packets}) => packets),
    imageBytes: bytesPerImage(shape),
    ...stalls,
    expected: jobs.map(({ends}) => ends.length * shape.outputs),
    ...watch,
  })
  return compare(
    trace,
    shape,
    images,
    jobs.map(({ends}) => ends),
    start,
    stalls,
  )
}

function compare(
  trace: StreamTrace,
  shape: StreamShape,
  images: ImageSet,
  ends: readonly (readonly boolean[])[],
  start: (lane: number) => number,
  stalls: {readonly source: Stall; readonly sink: Stall},
): ImagesResult {
  const {outputs} = shape
  const words = new Int32Array(images.count * outputs)
  let [mismatches, tlastErrors, tkeepErrors] = [0, 0, 0]
  let first: Mismatch | undefined
  const rates: number[] = []
  trace.lanes.forEach((lane, index) => {
    const lasts = at(ends, index)
    const wanted = lasts.length * outputs
    const base = start(index) * outputs
    for (let i = 0; i < Math.max(wanted, lane.words.length); i++) {
      const there = i < lane.words.length && i < wanted
      const found = lane.words[i] ?? 0
      const expected = images.expected[base + i] ?? 0
      if (there) words[base + i] = found
      if (!there || found !== expected) {
        mismatches++
        const image = start(index) + Math.floor(i / outputs)
        const cycle = lane.cycles[i] ?? trace.cycles
        if (first === undefined || cycle < first.cycle)
          first = {image, output: there ? i % outputs : -1, found, expected, lane: index, cycle, ...stalls}
      }
      if (!there) continue
      const last = i % outputs === outputs - 1 && lasts[Math.floor(i / outputs)] === true
      if ((lane.last[i] === 1) !== last) tlastErrors++
      if (lane.keep[i] !== 0b1111) tkeepErrors++
    }
    const count = lasts.length
    const {accepted} = lane
    // The first beats go into the empty skid, at no pace: up to two images.
    const from = Math.min(2, count - 2)
    if (count > 1 && accepted.length === 2 * count)
      rates.push((at(accepted, 2 * count - 2) - at(accepted, 2 * from)) / (count - 1 - from))
  })
  return {
    images: images.count,
    mismatches,
    ...(first === undefined ? {} : {first}),
    tlastErrors,
    tkeepErrors,
    violations: trace.violations,
    words,
    lanes: trace.lanes.length,
    cyclesPerImage: {min: rates.length === 0 ? 0 : Math.min(...rates), max: Math.max(0, ...rates)},
    cycles: trace.cycles,
  }
}

/**
 * Clocks from the acceptance of an image's last beat to the acceptance of its first result beat, core idle, sink ready: one
 * image a lane, alone. Throws LATENCY_VARIES where lanes disagree, which a static schedule never does.
 */
export async function measureLatency(
  simulator: StreamSimulator,
  shape: StreamShape,
  images: ImageSet,
): Promise<number> {
  checkShape(simulator, shape)
  const lanes = Math.min(simulator.lanes, images.count)
  const none: Stall = {kind: "none"}
  const trace = await simulator.stream({
    lanes: Array.from({length: lanes}, (_, lane) => [
      {bytes: packElements(images.elements, lane * shape.elements, shape.elements, shape)},
    ]),
    imageBytes: bytesPerImage(shape),
    source: none,
    sink: none,
    expected: Array.from({length: lanes}, () => shape.outputs),
  })
  const measured = trace.lanes.map((lane) => at(lane.cycles, 0) - at(lane.accepted, 1))
  const latency = at(measured, 0)
  if (measured.some((value) => value !== latency)) {
    throw new TlastError({
      code: "LATENCY_VARIES",
      where: simulator.name,
      message: `found latencies of ${[...new Set(measured)].join(", ")} cycles for single images; expected one`,
      hint: "the schedule must not depend on the data: please report it with the model",
      exitCode: 1,
    })
  }
  return latency
}

function checkShape(simulator: StreamSimulator, {dataBits, elements, lanes}: StreamShape): void {
  if (simulator.beatBytes !== dataBits / 8 || elements % lanes !== 0) {
    throw new TlastError({
      code: "STREAM_SHAPE",
      where: "s_axis_tdata",
      message: `the design takes ${(simulator.beatBytes ?? 0) * 8} bits a beat and images are ${elements} elements; expected ${dataBits} bits, and whole beats of ${lanes} elements`,
      hint: "verify with the plan the design was emitted from",
    })
  }
}
