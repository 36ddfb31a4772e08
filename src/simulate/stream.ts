import {TlastError} from "../errors.ts"
import type {Watch} from "../progress.ts"
import type {Stall} from "./stall.ts"

/** What one TLAST delimits. Bytes fill the beats from lane 0; a last beat that is not full has a shorter tkeep. */
export interface Packet {
  readonly bytes: Uint8Array
  /** Whether its last beat carries TLAST; true unless said. */
  readonly last?: boolean
}

/** Work for one simulation: packets in, and what to expect out. */
export interface StreamJob extends Watch {
  /** Of each lane (independent simulation), its packets one after the other. */
  readonly lanes: readonly (readonly Packet[])[]
  /** Bytes after which an image is complete: the acceptance of its first and last beat is noted. Packet ends always are. */
  readonly imageBytes: number
  readonly source: Stall
  readonly sink: Stall
  /** Output beats each lane owes; the run ends with the last. Without it, the run ends when nothing has moved for `patience`. */
  readonly expected?: readonly number[]
  /** Cycles without any handshake that count as a hang (default 100,000). */
  readonly patience?: number
  /**
   * A cycle at which every lane is reset for four clocks; the source drops the packet it is in and goes on with the next.
   * Output beats of before are in `LaneTrace.beforeReset`, not in the rest. The embedded simulator only.
   */
  readonly resetAt?: number
}

export interface LaneTrace {
  /** Output beats taken before the reset that the job asked for. */
  readonly beforeReset?: number
  /** Cycle of acceptance of the first and of the last input beat of each image: [first, last, first, last, ...]. */
  readonly accepted: Int32Array
  /** tdata of each output beat, low 32 bits, two's complement; wider ones also in `bytes`. */
  readonly words: Int32Array
  /** All of tdata, `beatBytes` an output beat. */
  readonly bytes: Uint8Array
  readonly last: Uint8Array
  readonly keep: Uint32Array
  /** Cycle of acceptance of each output beat. */
  readonly cycles: Int32Array
}

/** A broken rule of AXI4-Stream on m_axis: an offer withdrawn, or changed, before it was taken. */
export interface StreamViolation {
  readonly rule: "withdrawn" | "changed"
  readonly lane: number
  /** Of the first violation in the run. */
  readonly cycle: number
}

/** What every simulator returns, cycle for cycle the same. */
export interface StreamTrace {
  readonly lanes: readonly LaneTrace[]
  readonly violations: readonly StreamViolation[]
  /** Cycles run since reset. */
  readonly cycles: number
  /** Last values of the other output ports, by name and lane. */
  readonly outputs: Readonly<Record<string, readonly number[]>>
}

/** A design in a simulator, ready to stream. Each call of stream() starts from power-up and reset. */
export interface StreamSimulator {
  readonly name: "embedded" | "verilator"
  readonly lanes: number
  /** Bytes of s_axis_tdata, which is how many of a packet's bytes go into a beat; undefined without stream ports. */
  readonly beatBytes: number | undefined
  /** Whether jobs may be asked for at once, and had better be: each is a run from reset, and starting a run is dear. */
  readonly together?: boolean
  stream(job: StreamJob): Promise<StreamTrace>
}

/** One after the other, or all at once where the simulator is better asked so. */
export async function eachJob<T, R>(
  {together}: StreamSimulator,
  items: readonly T[],
  run: (item: T) => Promise<R>,
): Promise<R[]> {
  if (together) return Promise.all(items.map(run))
  const results: R[] = []
  for (const item of items) results.push(await run(item))
  return results
}

/** One beat as a simulator drives it; `mark` asks for its cycle of acceptance to be logged. */
export interface Beat {
  /** Position of its first byte in the packet. */
  readonly from: number
  readonly count: number
  readonly last: boolean
  /** The first or the last beat of an image or a packet. */
  readonly mark: boolean
}

/** The beats of a packet; `imageBytes` is a whole number of beats. */
export function* beatsOf({bytes, last = true}: Packet, beatBytes: number, imageBytes: number): Generator<Beat> {
  for (let from = 0; from < bytes.length; from += beatBytes) {
    const ends = from + beatBytes >= bytes.length
    const mark = from % imageBytes === 0 || (from + beatBytes) % imageBytes === 0 || ends
    yield {from, count: Math.min(beatBytes, bytes.length - from), last: ends && last, mark}
  }
}

/**
 * Pairs the logged cycles of marked beats into [first, last] of each image. First and last beat coincide where an image is one
 * beat: its mark is logged once and counts for both.
 */
export function pairMarks(
  marks: Int32Array,
  lane: readonly Packet[],
  beatBytes: number,
  imageBytes: number,
): Int32Array {
  const pairs: number[] = []
  let next = 0
  for (const {bytes} of lane) {
    for (let from = 0; from < bytes.length; from += imageBytes) {
      const beats = Math.ceil((Math.min(bytes.length, from + imageBytes) - from) / beatBytes)
      const [first, last] = [marks[next], marks[next + (beats > 1 ? 1 : 0)]]
      next += beats > 1 ? 2 : 1
      if (first === undefined || last === undefined) return Int32Array.from(pairs)
      pairs.push(first, last)
    }
  }
  return Int32Array.from(pairs)
}

/** The run stopped moving before every expected beat had come: names what it waits for. */
export function hang(
  simulator: string,
  cycle: number,
  patience: number,
  waits: readonly {readonly lane: number; readonly got: number; readonly expected: number; readonly left: number}[],
  signals: Readonly<Record<string, boolean>>,
): TlastError {
  const [first] = waits
  const state = Object.entries(signals)
    .map(([name, high]) => `${name}=${high ? 1 : 0}`)
    .join(" ")
  const why =
    first === undefined
      ? ""
      : ` lane ${first.lane} has ${first.got} of ${first.expected} output beats and ${first.left > 0 ? "still has input to send" : "has sent all its input"};`
  return new TlastError({
    code: "SIMULATION_HANG",
    where: `${simulator}, cycle ${cycle}`,
    message: `no beat has moved for ${patience} cycles;${why} ${state}`,
    hint: "look at the waveform from there: a core that never raises tready or tvalid has lost a credit, a beat or TLAST",
    exitCode: 1,
  })
}
