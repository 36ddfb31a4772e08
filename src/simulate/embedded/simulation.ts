import {at, bug, TlastError} from "../../errors.ts"
import {stallTable} from "../stall.ts"
import {
  hang,
  type LaneTrace,
  pairMarks,
  type StreamJob,
  type StreamSimulator,
  type StreamTrace,
  type StreamViolation,
} from "../stream.ts"
import type {CompiledDesign} from "./compile.ts"
import {layBeats} from "./driver/beats.ts"
import {beatFlag, control, driveResult} from "./driver/layout.ts"
import {laneTrace} from "./driver/trace.ts"
import {initialise} from "./layout.ts"

const CHUNK = 1 << 15
const DRAIN = 64

/** A compiled design, running: registers and memories of `lanes` simulations side by side. */
export interface Simulation extends StreamSimulator {
  /** Names of the input ports, without the clock. */
  readonly inputs: readonly string[]
  /** Sets an input port, in one lane or in all; it takes effect at the next evaluate() or step(). */
  poke(port: string, value: bigint | number, lane?: number): void
  /** An output port or probe as the last evaluate() or step() left it: before the edge, of the cycle just run. */
  peek(port: string, lane?: number): bigint
  /** Outputs from inputs and registers, without a clock edge. */
  evaluate(): void
  /** Clock edges with the inputs held. */
  step(cycles?: number): void
  /** Power-up: initial values everywhere, inputs 0. */
  restart(): void
}

type Exports = Readonly<{step: () => void; evaluate: () => void; drive?: () => number}>

/** Starts a compiled design at power-up. */
export async function simulate(compiled: CompiledDesign): Promise<Simulation> {
  const {shape, netlist, layout, driver} = compiled
  const pages = Math.ceil((driver?.end ?? layout.end) / 65_536) + 1
  const memory = new WebAssembly.Memory({initial: pages})
  const {instance} = await WebAssembly.instantiate(compiled.module as Uint8Array<ArrayBuffer>, {env: {memory}})
  const code = instance.exports as unknown as Exports
  const laneBytes = shape.width / 8
  const inputs = new Map(
    netlist.inputs.map(({name, variable}) => [
      name,
      {address: at(layout.variables, variable), width: at(netlist.variables, variable).width},
    ]),
  )
  const outputs = new Map(layout.outputs.map(({name, bits, address}) => [name, {address, width: bits.length}]))

  const restart = () => {
    new Uint8Array(memory.buffer).fill(0)
    initialise(memory.buffer, netlist, layout, shape, compiled.forms, compiled.pool)
    if (driver === undefined) return
    const table = new DataView(memory.buffer)
    for (let byte = 0; byte < 256; byte++) {
      for (let lane = 0; lane < shape.count; lane++) {
        if ((byte >> lane) & 1) writeLimb(table, driver.maskTable + byte * 16 + lane * laneBytes, -1)
      }
    }
  }
  const writeLimb = (view: DataView, address: number, value: number) =>
    shape.width === 16 ? view.setUint16(address, value & 0xffff, true) : view.setUint32(address, value >>> 0, true)
  const limbAddress = (address: number, index: number, lane: number) =>
    address + (index * shape.count + lane) * laneBytes

  const poke = (port: string, value: bigint | number, lane?: number) => {
    const place = inputs.get(port)
    if (place === undefined) throw unknownPort(port, netlist.top, [...inputs.keys()])
    const view = new DataView(memory.buffer)
    const bits = BigInt.asUintN(place.width, BigInt(value))
    for (let l = lane ?? 0; l <= (lane ?? shape.count - 1); l++) {
      for (let i = 0; i * shape.width < place.width; i++) {
        const limb = Number(BigInt.asUintN(shape.width, bits >> BigInt(i * shape.width)))
        writeLimb(view, limbAddress(place.address, i, l), place.width === 1 && shape.count > 1 ? -limb : limb)
      }
    }
  }
  const peek = (port: string, lane = 0): bigint => {
    const place = outputs.get(port)
    if (place === undefined) throw unknownPort(port, netlist.top, [...outputs.keys()])
    const view = new DataView(memory.buffer)
    let value = 0n
    for (let i = 0; i * shape.width < place.width; i++) {
      const address = limbAddress(place.address, i, lane)
      const limb = shape.width === 16 ? view.getUint16(address, true) : view.getUint32(address, true)
      value |= BigInt(limb) << BigInt(i * shape.width)
    }
    return BigInt.asUintN(place.width, value)
  }
  const step = (cycles = 1) => {
    for (let i = 0; i < cycles; i++) code.step()
  }

  const reset = (cycles: number) => {
    // Tops are reset by aresetn, leaf modules by rst.
    const name = inputs.has("aresetn") ? "aresetn" : inputs.has("rst") ? "rst" : undefined
    if (name === undefined) return
    poke(name, name === "rst" ? 1 : 0)
    step(cycles)
    poke(name, name === "rst" ? 0 : 1)
  }

  const stream = async (job: StreamJob): Promise<StreamTrace> => {
    if (driver === undefined || code.drive === undefined)
      throw unknownPort("s_axis_tdata, m_axis_tdata", netlist.top, [...inputs.keys(), ...outputs.keys()])
    if (job.lanes.length > shape.count)
      throw bug("stream", `${job.lanes.length} lanes of packets for ${shape.count} lanes`)
    restart()
    reset(8)
    const beatBytes = driver.source.data.width / 8
    const stepLanes = Array.from({length: shape.count}, (_, lane) => job.lanes[lane] ?? [])
    const countOf = (list: StreamJob["lanes"][number]) =>
      list.reduce((sum, {bytes}) => sum + Math.ceil(bytes.length / beatBytes), 0)
    const counts = stepLanes.map(countOf)
    const beats = Math.max(...counts) + 2
    const sourceTable = stallTable(job.source, shape.count)
    const sinkTable = stallTable(job.sink, shape.count)
    let end = driver.end
    const take = (bytes: number) => {
      const address = end
      end = Math.ceil((end + bytes) / 16) * 16
      return address
    }
    const sourceAt = take(sourceTable.bytes.length)
    const sinkAt = take(sinkTable.bytes.length)
    const beatsAt = take(beats * driver.beatBytes)
    const marksAt = stepLanes.map((_, lane) => take((at(counts, lane) + 1) * 4))
    const chunk = Math.min(CHUNK, Math.max(1024, Math.floor(2 ** 24 / (driver.recordBytes * shape.count))))
    const logAt = stepLanes.map(() => take((chunk + 1) * driver.recordBytes))
    const missing = end - memory.buffer.byteLength
    if (missing > 0) memory.grow(Math.ceil(missing / 65_536))
    const view = new DataView(memory.buffer)
    const bytes = new Uint8Array(memory.buffer)
    bytes.fill(0, driver.end, end)
    bytes.fill(0, driver.control, driver.maskTable)
    bytes.set(sourceTable.bytes, sourceAt)
    bytes.set(sinkTable.bytes, sinkAt)
    stepLanes.forEach((packets, lane) => {
      layBeats(driver, shape, memory.buffer, beatsAt, packets, lane, job.imageBytes)
    })
    const word = (name: keyof typeof control, value: number, lane = 0) =>
      view.setInt32(driver.control + control[name] + 4 * lane, value, true)
    const readWord = (name: keyof typeof control, lane = 0) =>
      view.getInt32(driver.control + control[name] + 4 * lane, true)
    word("sourceSchedule", sourceAt)
    word("sourceLength", sourceTable.bytes.length)
    word("sourceLoop", sourceTable.loop)
    word("sinkSchedule", sinkAt)
    word("sinkLength", sinkTable.bytes.length)
    word("sinkLoop", sinkTable.loop)
    const patience = job.patience ?? 100_000
    word("patience", patience)
    word("violationCycle", -1)
    word("uniform", 1)
    for (let lane = 0; lane < shape.count; lane++) {
      // Before the first beat, so that one common move loads it.
      word("position", beatsAt, lane)
      word("markLog", at(marksAt, lane), lane)
    }
    stepLanes.forEach((_, lane) => {
      loadBeat(bytes, beatsAt, lane)
    })

    const collected = stepLanes.map(() => ({records: [] as Uint8Array[], count: 0}))
    const owed = stepLanes.map((_, lane) => job.expected?.[lane] ?? 0)
    const outstanding = () =>
      owed.reduce((sum, expected, lane) => sum + Math.max(0, expected - at(collected, lane).count), 0)
    const total = owed.reduce((sum, expected) => sum + expected, 0)
    const runChunk = (cycles: number): number => {
      word("limit", readWord("cycle") + cycles)
      logAt.forEach((address, lane) => {
        word("outLog", address, lane)
      })
      const why = code.drive?.() ?? 0
      collected.forEach((lane, index) => {
        const from = at(logAt, index)
        const to = readWord("outLog", index)
        if (to === from) return
        lane.records.push(bytes.slice(from, to))
        lane.count += (to - from) / driver.recordBytes
      })
      return why
    }
    const before = job.resetAt === undefined ? undefined : resetMidway(job.resetAt)
    for (;;) {
      if (job.signal?.aborted === true) throw interrupted()
      const left = outstanding()
      if (job.expected !== undefined && left === 0) break
      word("remaining", job.expected === undefined ? 0x7fffffff : left)
      const why = runChunk(chunk)
      job.onProgress?.({stage: "simulate", done: total - outstanding(), total, unit: "output beats"})
      if (why === driveResult.stuck) {
        if (job.expected === undefined) break
        throw hang("embedded", readWord("cycle"), patience, waits(), {
          s_axis_tready: peek("s_axis_tready") === 1n,
          m_axis_tvalid: peek("m_axis_tvalid") === 1n,
        })
      }
      // Long runs give Ctrl-C and other work a turn.
      await new Promise<void>((resolve) => setTimeout(resolve, 0))
    }
    if (job.expected !== undefined) {
      word("remaining", 0x7fffffff)
      runChunk(DRAIN)
    }

    /** Runs to the cycle, resets, and puts every lane at the start of its next packet; answers the outputs so far. */
    function resetMidway(cycle: number): readonly number[] {
      if (driver === undefined) return []
      word("remaining", 0x7fffffff)
      while (readWord("cycle") < cycle) runChunk(Math.min(chunk, cycle - readWord("cycle")))
      const taken = collected.map((lane) => {
        const {count} = lane
        lane.records.length = 0
        lane.count = 0
        return count
      })
      poke("s_axis_tvalid", 0)
      poke("m_axis_tready", 0)
      reset(4)
      word("cycle", readWord("cycle") + 4)
      word("progress", readWord("cycle"))
      const positions = stepLanes.map((packets, lane) => {
        const at = (readWord("position", lane) - beatsAt) / driver.beatBytes
        let start = 0
        for (const packet of packets) {
          if (start >= at) break
          start += Math.ceil(packet.bytes.length / beatBytes)
        }
        return beatsAt + start * driver.beatBytes
      })
      positions.forEach((position, lane) => {
        word("position", position, lane)
        loadBeat(bytes, position, lane)
      })
      word("uniform", positions.every((position) => position === positions[0]) ? 1 : 0)
      bytes.fill(0, driver.control + control.held, driver.control + control.flags)
      return taken
    }
    function waits() {
      return owed.flatMap((expected, lane) => {
        const got = at(collected, lane).count
        const sent = (readWord("position", lane) - beatsAt) / (driver?.beatBytes ?? 1)
        return got < expected ? [{lane, got, expected, left: at(counts, lane) - sent}] : []
      })
    }
    function loadBeat(target: Uint8Array, from: number, lane: number) {
      if (driver === undefined) return
      const limbBytes = laneBytes * shape.count
      const copyLane = (source: number, to: number) => {
        const begin = source + lane * laneBytes
        target.copyWithin(to + lane * laneBytes, begin, begin + laneBytes)
      }
      const {data, last, keep} = driver.source
      for (let i = 0; i < driver.dataLimbs; i++) copyLane(from + i * limbBytes, data.address + i * limbBytes)
      for (let i = 0; i < driver.keepLimbs; i++)
        copyLane(from + (driver.dataLimbs + i) * limbBytes, (keep?.address ?? 0) + i * limbBytes)
      const flagsFrom = from + (driver.dataLimbs + driver.keepLimbs) * limbBytes
      copyLane(flagsFrom, driver.control + control.flags)
      const flags = view.getUint16(flagsFrom + lane * laneBytes, true)
      if (last !== undefined) poke("s_axis_tlast", flags & beatFlag.last, lane)
      if (keep !== undefined && driver.keepLimbs === 0) poke("s_axis_tkeep", flags >> beatFlag.keepShift, lane)
    }

    const violations: StreamViolation[] = []
    for (const rule of ["withdrawn", "changed"] as const) {
      for (let lane = 0; lane < shape.count; lane++) {
        if ((bytes[driver.control + control[rule] + lane * laneBytes] ?? 0) !== 0)
          violations.push({rule, lane, cycle: readWord("violationCycle")})
      }
    }
    const lanes = job.lanes.map((packets, lane): LaneTrace => {
      const marks = new Int32Array(memory.buffer.slice(at(marksAt, lane), readWord("markLog", lane)))
      const trace = laneTrace(
        at(collected, lane),
        driver.recordBytes,
        driver.sink.data.width,
        before === undefined ? pairMarks(marks, packets, beatBytes, job.imageBytes) : new Int32Array(0),
      )
      return before === undefined ? trace : {...trace, beforeReset: at(before, lane)}
    })
    const others = [...outputs.keys()].filter((name) => !/^[sm]_axis_/.test(name))
    return {
      lanes,
      violations,
      cycles: readWord("cycle"),
      outputs: Object.fromEntries(others.map((name) => [name, job.lanes.map((_, lane) => Number(peek(name, lane)))])),
    }
  }

  restart()
  return {
    name: "embedded",
    lanes: shape.count,
    inputs: [...inputs.keys()],
    beatBytes: driver === undefined ? undefined : driver.source.data.width / 8,
    poke,
    peek,
    evaluate: () => code.evaluate(),
    step,
    restart,
    stream,
  }
}

export const interrupted = (): TlastError =>
  new TlastError({
    code: "INTERRUPTED",
    where: "simulate",
    message: "stopped before the last image",
    hint: "run the command again: finished stages are kept",
    exitCode: 130,
  })

const unknownPort = (port: string, top: string, known: readonly string[]): TlastError =>
  new TlastError({
    code: "UNKNOWN_SIGNAL",
    where: `${top}.${port}`,
    message: `no such port or probe; there are ${known.join(", ")}`,
    hint: "use a port's name, or compile with the signal among the probes",
  })
