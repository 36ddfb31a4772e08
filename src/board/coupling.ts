import type {StreamSession} from "../simulate/embedded/session.ts"
import {type VcdRow, writeVcd} from "../simulate/vcd.ts"
import type {AxiDma, Sending} from "./dma.ts"
import {damage, type FaultName} from "./faults.ts"

/** What one packet of MM2S did. Cycles are the fabric's, counted from its first offer. */
export interface Transfer {
  readonly sentBytes: number
  readonly receivedBytes: number
  /** First offer to the last input beat taken. */
  readonly inputCycles: number
  /** Of those, cycles in which the core was not ready. */
  readonly stalls: number
  /** First offer to the last result taken. */
  readonly cycles: number
}

export interface CouplingOptions {
  readonly dma: AxiDma
  readonly session: StreamSession
  /** Wall clock, in seconds. */
  readonly now: () => number
  /** Fabric clock, Hz. */
  readonly hertz: () => number
  readonly fault?: FaultName
}

const FIRST_CHUNK = 4096
const CHUNK = 1 << 16
const KEPT = 64
const TRACE_CYCLES = 20_000

/**
 * The DMA's two streams and the core, beat by beat. The hardware runs while software does other things: an access waits
 * until as many cycles have passed as a fabric at `hertz` would have made since the access before. Time spent waiting for the
 * simulation is not the software's, and cycles in which nothing can happen are skipped.
 */
export class Coupling {
  readonly #options: CouplingOptions
  #cycles = 0
  #target = 0
  #seen = 0
  #settled = true
  #chunk = FIRST_CHUNK
  #pumping: Promise<void> | undefined
  #stopped = false
  #waiters: {readonly target: number; readonly resolve: () => void}[] = []
  #current: Sending | undefined
  #begins = true
  #open: {sentBytes: number; receivedBytes: number; from: number; to: number; out: number; beats: number} | undefined
  readonly transfers: Transfer[] = []
  readonly totals = {transfers: 0, inputBeats: 0, outputBeats: 0, stalls: 0}
  #trace: {readonly rows: VcdRow[]; left: number} | undefined

  constructor(options: CouplingOptions) {
    this.#options = options
    this.#seen = options.now()
  }

  /** Fabric cycles simulated. */
  get cycles(): number {
    return this.#cycles
  }

  /** True where no cycle could change what software sees. */
  get settled(): boolean {
    return this.#settled
  }

  /** Lets the hardware catch up with the software. */
  async catchUp(): Promise<void> {
    const now = this.#options.now()
    if (!this.#settled) {
      this.#target += Math.max(0, now - this.#seen) * this.#options.hertz()
      const target = this.#target
      this.#seen = now
      if (this.#cycles < target) await new Promise<void>((resolve) => this.#waiters.push({target, resolve}))
    }
    this.#seen = this.#options.now()
  }

  /** After a register write: something may have been started. */
  kick(): void {
    const {dma} = this.#options
    if (this.#stopped || (dma.sending === undefined && dma.room === 0 && this.#current === undefined)) return
    if (this.#settled) {
      this.#settled = false
      this.#target = this.#cycles
      this.#chunk = FIRST_CHUNK
      this.#seen = this.#options.now()
    }
    this.#pumping ??= this.#pump()
  }

  /** Ends for good: the bitstream is replaced. */
  async stop(): Promise<void> {
    this.#stopped = true
    this.#settle()
    await this.#pumping
  }

  /** Records the next cycles that run (at most 20,000) as a waveform. */
  record(cycles: number): void {
    this.#trace = {rows: [], left: Math.max(1, Math.min(TRACE_CYCLES, Math.floor(cycles)))}
  }

  /** What has been recorded, as a VCD; undefined without a request. */
  vcd(): string | undefined {
    return this.#trace && writeVcd("core", this.#options.session.signals, this.#trace.rows)
  }

  /** Images and results on their way: input beats taken and output beats returned, in this packet. */
  get occupancy(): {readonly unsent: number; readonly room: number} {
    return {unsent: this.#options.session.unsent, room: this.#options.dma.room}
  }

  async #pump(): Promise<void> {
    while (!this.#settled) {
      this.#step()
      const reached = this.#waiters.filter(({target}) => this.#settled || this.#cycles >= target)
      this.#waiters = this.#waiters.filter((waiter) => !reached.includes(waiter))
      for (const {resolve} of reached) resolve()
      // Other calls get their turn.
      await new Promise<void>((resolve) => setTimeout(resolve, 0))
    }
    this.#pumping = undefined
    if (!this.#settled) this.kick()
  }

  #settle(): void {
    this.#settled = true
    for (const {resolve} of this.#waiters.splice(0)) resolve()
  }

  #step(): void {
    const {dma, session, fault} = this.#options
    this.#follow()
    const {room} = dma
    const tracing = this.#trace !== undefined && this.#trace.left > 0
    const run = session.run({cycles: tracing ? 1 : this.#chunk, take: Math.ceil(room / session.outputBytes)})
    if (tracing) this.#look()
    const before = this.#cycles
    this.#cycles += run.cycles
    this.#chunk = Math.min(CHUNK, this.#chunk * 2)
    this.totals.inputBeats += run.accepted
    this.totals.outputBeats += run.taken
    if (this.#open) {
      this.#open.beats += run.accepted
      if (run.acceptedAt >= 0) this.#open.to = before + run.acceptedAt + 1
    }
    if (run.taken > 0) {
      const piece = {bytes: kept(run.bytes, run.keep, session.outputBytes), last: run.last[run.taken - 1] === 1}
      const {bytes, last} = damage(fault, piece, session.outputBytes, this.#begins)
      this.#begins = piece.last
      if (bytes.length > 0 || last) dma.received(bytes, last)
      if (this.#open) {
        this.#open.receivedBytes += bytes.length
        this.#open.out = before + (run.takenAt[run.taken - 1] ?? 0) + 1
      }
    }
    if (this.#current !== undefined && session.unsent === 0 && fault !== "no-ap-start") {
      this.#current = undefined
      dma.sent()
    }
    if (run.stuck || (dma.sending === undefined && dma.room === 0)) {
      if (dma.sending === undefined) this.#close()
      this.#settle()
    }
  }

  /** Takes over a packet that MM2S has begun, or withdraws one that a reset ended. */
  #follow(): void {
    const {dma, session, fault} = this.#options
    const {sending} = dma
    if (sending === this.#current) return
    if (this.#current !== undefined) session.drop()
    this.#current = sending
    if (sending === undefined) return
    this.#close()
    this.#open = {sentBytes: sending.data.length, receivedBytes: 0, from: this.#cycles, to: 0, out: 0, beats: 0}
    if (fault === "no-ap-start") return
    // The core never learns that it was the last beat, nor sees it.
    if (fault === "core-waiting") session.send(sending.data.subarray(0, sending.data.length - session.beatBytes), false)
    else session.send(sending.data)
  }

  #close(): void {
    const open = this.#open
    if (open === undefined) return
    this.#open = undefined
    const inputCycles = Math.max(0, open.to - open.from)
    const transfer = {
      sentBytes: open.sentBytes,
      receivedBytes: open.receivedBytes,
      inputCycles,
      stalls: Math.max(0, inputCycles - open.beats),
      cycles: Math.max(0, Math.max(open.out, open.to) - open.from),
    }
    this.transfers.push(transfer)
    if (this.transfers.length > KEPT) this.transfers.shift()
    this.totals.transfers++
    this.totals.stalls += transfer.stalls
  }

  #look(): void {
    const trace = this.#trace
    if (trace === undefined) return
    const {session} = this.#options
    trace.rows.push({cycle: trace.rows.length, values: session.signals.map(({name}) => session.peek(name))})
    trace.left--
  }
}

/** The bytes that TKEEP keeps. */
function kept(bytes: Uint8Array, keep: Uint32Array, beatBytes: number): Uint8Array {
  const all = 2 ** beatBytes - 1
  if (keep.every((bits) => bits === all)) return bytes
  return bytes.filter((_, i) => (((keep[Math.floor(i / beatBytes)] ?? 0) >> (i % beatBytes)) & 1) === 1)
}
