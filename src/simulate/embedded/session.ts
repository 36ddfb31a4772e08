import {at, TlastError} from "../../errors.ts"
import {stallTable} from "../stall.ts"
import type {CompiledDesign} from "./compile.ts"
import {beatFlag, control, driveResult, type PortPlace} from "./driver/layout.ts"
import {initialise} from "./layout.ts"

const BEATS = 1 << 15
const CYCLES = 1 << 16

/** What one run() of a session did. */
export interface SessionRun {
  readonly cycles: number
  /** Input beats taken by the core. */
  readonly accepted: number
  /** Output beats in order: tdata, tkeep (all ones without the port) and tlast of each. */
  readonly taken: number
  readonly bytes: Uint8Array
  readonly keep: Uint32Array
  readonly last: Uint8Array
  /** Cycle of the run at which each was taken. */
  readonly takenAt: Int32Array
  /** Cycle of the run at which the last beat of a packet was taken, or -1. */
  readonly acceptedAt: number
  /** True where no beat has moved for `patience` cycles. */
  readonly stuck: boolean
}

export interface SessionWork {
  /** At most this many cycles: 1 to 65,536. */
  readonly cycles: number
  /** Output beats the sink takes; then m_axis_tready falls. The run ends with the last of them. */
  readonly take: number
}

/**
 * A compiled design that keeps its state while packets come and go: a core behind a DMA. Unlike Simulation.stream(), which
 * starts from power-up, run() goes on where the last one stopped.
 */
export interface StreamSession {
  readonly beatBytes: number
  readonly outputBytes: number
  /** Input beats queued and not taken yet. */
  readonly unsent: number
  /** Appends a packet (or, with last false, a piece of one) to what s_axis is offered; a copy is not made. */
  send(bytes: Uint8Array, last?: boolean): void
  /** The source withdraws everything, as a DMA does when it is reset. */
  drop(): void
  /** Runs until `cycles`, or the take-th output beat, or an output beat with TLAST: nothing behind that one is taken. */
  run(work: SessionWork): SessionRun
  /** aresetn for 8 cycles; what was queued is dropped. */
  reset(): void
  /** A port or probe, as the last cycle left it before its edge. */
  peek(port: string): bigint
  /** Ports of both streams and the design's probes, with their widths: what peek() knows. */
  readonly signals: readonly {readonly name: string; readonly width: number}[]
}

/** Opens a session on a design compiled with one lane. Throws NO_STREAM where it has no s_axis and m_axis, or wider than 8 bytes. */
export async function openSession(compiled: CompiledDesign, patience: number): Promise<StreamSession> {
  const {shape, netlist, layout, driver} = compiled
  if (driver === undefined || driver.keepLimbs > 0 || shape.count !== 1) throw noStream(netlist.top)
  const {source, sink, recordBytes} = driver
  const beatBytes = source.data.width / 8
  const outputBytes = Math.ceil(sink.data.width / 8)
  const align = (address: number) => Math.ceil(address / 16) * 16
  const tables = [stallTable({kind: "none"}, 1), stallTable({kind: "none"}, 1)].map(({bytes}) => bytes)
  at(tables, 1).fill(0)
  const tableAt = align(driver.end)
  const beatsAt = tableAt + 16
  const marksAt = align(beatsAt + (BEATS + 2) * driver.beatBytes)
  const logAt = align(marksAt + (BEATS + 2) * 4)
  const end = logAt + (CYCLES + 1) * recordBytes
  const memory = new WebAssembly.Memory({initial: Math.ceil(end / 65_536) + 1})
  const {instance} = await WebAssembly.instantiate(compiled.module as Uint8Array<ArrayBuffer>, {env: {memory}})
  const code = instance.exports as unknown as {step: () => void; drive: () => number}
  const view = new DataView(memory.buffer)
  const bytes = new Uint8Array(memory.buffer)
  const words = new Int32Array(memory.buffer)
  initialise(memory.buffer, netlist, layout, shape, compiled.forms, compiled.pool)
  for (let byte = 0; byte < 256; byte++) if (byte & 1) view.setInt32(driver.maskTable + byte * 16, -1, true)
  bytes.set(at(tables, 0), tableAt)
  bytes.set(at(tables, 1), tableAt + 1)

  const word = (name: keyof typeof control, value: number) => view.setInt32(driver.control + control[name], value, true)
  const readWord = (name: keyof typeof control) => view.getInt32(driver.control + control[name], true)
  const input = (name: string): number | undefined => {
    const port = netlist.inputs.find((item) => item.name === name)
    return port && layout.variables[port.variable]
  }
  const poke = (name: string, value: number) => {
    const address = input(name)
    if (address !== undefined) view.setInt32(address, value, true)
  }
  const signals = new Map<string, PortPlace>(
    layout.outputs.map(({name, address, bits}) => [name, {address, width: bits.length}]),
  )
  signals.set("s_axis_tvalid", source.valid).set("s_axis_tdata", source.data).set("m_axis_tready", sink.ready)
  if (source.last) signals.set("s_axis_tlast", source.last)
  word("sourceSchedule", tableAt)
  word("sourceLength", 1)
  word("sinkLength", 1)
  word("patience", patience)
  word("uniform", 1)

  // The state before a run: one array for all runs, since thousands a second would outrun the garbage collector.
  const before = new Uint8Array(driver.end)
  // Packets as given; the beats of the first of them are laid out in the module's memory.
  const queue: {readonly bytes: Uint8Array; readonly last: boolean; from: number}[] = []
  let laid = 0
  let waiting = 0
  const place = (index: number) => beatsAt + index * driver.beatBytes
  const position = () => (readWord("position") - beatsAt) / driver.beatBytes

  /** Puts the beat at the window's position on the port, or nothing where it is behind the last. */
  const offer = () => {
    const from = readWord("position")
    const limbs = driver.dataLimbs * 4
    bytes.copyWithin(source.data.address, from, from + limbs)
    const flags = view.getInt32(from + limbs, true)
    word("flags", flags)
    if (source.last) view.setInt32(source.last.address, flags & beatFlag.last, true)
    if (source.keep) view.setInt32(source.keep.address, flags >> beatFlag.keepShift, true)
  }
  const rewind = () => {
    laid = 0
    word("position", beatsAt)
    words.fill(0, beatsAt / 4, place(1) / 4)
    word("held", 0)
    offer()
  }
  const lay = () => {
    const gone = position()
    if (gone > 0) {
      bytes.copyWithin(beatsAt, place(gone), place(laid + 1))
      laid -= gone
      word("position", beatsAt)
    }
    const stride = driver.beatBytes / 4
    const fullKeep = 2 ** beatBytes - 1
    for (let packet = queue[0]; packet !== undefined && laid < BEATS; packet = queue[0]) {
      const {bytes: data, last} = packet
      let index = place(laid) / 4
      for (; packet.from < data.length && laid < BEATS; packet.from += beatBytes, laid++, waiting--, index += stride) {
        const count = Math.min(beatBytes, data.length - packet.from)
        words[index] = 0
        if (driver.dataLimbs > 1) words.fill(0, index, index + driver.dataLimbs)
        for (let i = 0; i < count; i++) {
          const limb = index + (i >> 2)
          words[limb] = (words[limb] ?? 0) | ((data[packet.from + i] ?? 0) << (8 * (i & 3)))
        }
        const ends = packet.from + count >= data.length
        const keep = count === beatBytes ? fullKeep : 2 ** count - 1
        words[index + driver.dataLimbs] =
          (ends && last ? beatFlag.last : 0) |
          (ends ? beatFlag.mark : 0) |
          beatFlag.present |
          (keep << beatFlag.keepShift)
      }
      if (packet.from >= data.length) queue.shift()
    }
    words.fill(0, place(laid) / 4, place(laid + 1) / 4)
    offer()
  }

  const drive = (cycles: number, take: number): SessionRun => {
    const begin = position()
    word("cycle", 0)
    word("progress", 0)
    word("limit", cycles)
    word("sinkSchedule", take > 0 ? tableAt : tableAt + 1)
    word("remaining", take > 0 ? take : 0x7fffffff)
    word("markLog", marksAt)
    word("outLog", logAt)
    const why = code.drive()
    const taken = (readWord("outLog") - logAt) / recordBytes
    const result = {
      cycles: readWord("cycle"),
      accepted: position() - begin,
      taken,
      bytes: new Uint8Array(taken * outputBytes),
      keep: new Uint32Array(taken),
      last: new Uint8Array(taken),
      takenAt: new Int32Array(taken),
      acceptedAt: readWord("markLog") > marksAt ? view.getInt32(readWord("markLog") - 4, true) : -1,
      stuck: why === driveResult.stuck,
    }
    const all = 2 ** outputBytes - 1
    for (let i = 0, from = logAt; i < taken; i++, from += recordBytes) {
      const flags = view.getUint32(from + 4, true)
      result.takenAt[i] = view.getInt32(from, true)
      result.last[i] = sink.last ? flags & 1 : 0
      result.keep[i] = sink.keep ? flags >>> 1 : all
      for (let b = 0; b < outputBytes; b++) result.bytes[i * outputBytes + b] = bytes[from + 8 + b] ?? 0
    }
    return result
  }

  const session: StreamSession = {
    beatBytes,
    outputBytes,
    get unsent() {
      return laid - position() + waiting
    },
    send: (data, last = true) => {
      queue.push({bytes: data, last, from: 0})
      waiting += Math.ceil(data.length / beatBytes)
    },
    drop: () => {
      queue.length = 0
      waiting = 0
      rewind()
    },
    run: ({cycles, take}) => {
      if (waiting > 0 && laid - position() < BEATS / 2) lay()
      // While more waits outside, never longer than what is laid out: the source must not run dry by our fault.
      const most = Math.min(cycles, CYCLES, waiting > 0 ? laid - position() : CYCLES)
      before.set(bytes.subarray(0, driver.end))
      const whole = drive(most, take)
      const first = whole.last.indexOf(1)
      return first >= 0 && first < whole.taken - 1 ? again(most, first + 1) : whole
    },
    reset: () => {
      session.drop()
      poke("m_axis_tready", 0)
      poke("s_axis_tvalid", 0)
      poke("aresetn", 0)
      for (let i = 0; i < 8; i++) code.step()
      poke("aresetn", 1)
      for (const name of ["held", "pending", "withdrawn", "changed"] as const) word(name, 0)
    },
    peek: (port) => {
      const found = signals.get(port)
      if (found === undefined) throw noSignal(netlist.top, port)
      let value = 0n
      for (let i = 0; i * 32 < found.width; i++)
        value |= BigInt(view.getUint32(found.address + 4 * i, true)) << BigInt(32 * i)
      return BigInt.asUintN(found.width, value)
    },
    signals: [...signals].map(([name, {width}]) => ({name, width})),
  }
  /** The same cycles once more, stopping with the beat that had TLAST: a receiver that is done takes nothing behind it. */
  const again = (cycles: number, take: number): SessionRun => {
    bytes.set(before)
    return drive(cycles, take)
  }
  rewind()
  session.reset()
  return session
}

const noStream = (top: string): TlastError =>
  new TlastError({
    code: "NO_STREAM",
    where: top,
    message: "no s_axis and m_axis of 1 to 8 bytes, compiled in one lane",
    hint: "give a top with both streams, and compile it with lanes: 1",
  })

const noSignal = (top: string, port: string): TlastError =>
  new TlastError({
    code: "UNKNOWN_SIGNAL",
    where: `${top}.${port}`,
    message: "no such port or probe",
    hint: "use an output port, or compile with the signal among the probes",
  })
