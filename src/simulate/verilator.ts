import {at, bug, TlastError} from "../errors.ts"
import type {Design} from "../graph/design.ts"
import {sha256} from "../host/hash.ts"
import type {Host} from "../host/host.ts"
import type {Watch} from "../progress.ts"
import type {Netlist} from "./embedded/netlist.ts"
import {stallTable} from "./stall.ts"
import {
  beatsOf,
  hang,
  type LaneTrace,
  pairMarks,
  type StreamJob,
  type StreamSimulator,
  type StreamTrace,
} from "./stream.ts"
import {buildFast, buildSoon, verilatorFailed} from "./verilator-build.ts"
import {harness} from "./verilator-harness.ts"

/** A port of the top as the harness needs it; the clock is not among the inputs. */
export interface VerilatorPort {
  readonly name: string
  readonly width: number
}

export interface VerilatorPorts {
  readonly clock: string | undefined
  readonly inputs: readonly VerilatorPort[]
  readonly outputs: readonly VerilatorPort[]
}

export interface VerilatorOptions extends Watch {
  readonly host: Host
  /** Folder for sources, objects and job files, under the build's own; made if missing. */
  readonly out: string
  readonly ports: VerilatorPorts
  /** `speed` (default) is -O3 -march=native; `build` compiles in a second and runs some ten times slower, for short tests. */
  readonly favour?: "speed" | "build"
}

export interface VerilatorSimulator extends StreamSimulator {
  /**
   * Raw cycles: `rows` of input values in the order of ports.inputs; answers the outputs of each cycle before its edge, in
   * the order of ports.outputs.
   */
  vectors(rows: readonly (readonly bigint[])[]): Promise<bigint[][]>
}

/** The ports of an elaborated top. */
export function portsOf({clock, inputs, outputs, variables}: Netlist): VerilatorPorts {
  return {
    clock,
    inputs: inputs.map(({name, variable}) => ({name, width: at(variables, variable).width})),
    outputs: outputs.map(({name, bits}) => ({name, width: bits.length})),
  }
}

const words = (width: number) => Math.ceil(width / 32)

/** Builds the design with the installed Verilator, or takes the build of the same sources. Errors: TOOL_MISSING, VERILATOR_FAILED. */
export async function verilate(design: Design, options: VerilatorOptions): Promise<VerilatorSimulator> {
  const {host, out, ports, favour = "speed"} = options
  const command = await host.which("verilator")
  if (command === undefined) {
    throw new TlastError({
      code: "TOOL_MISSING",
      where: "verilator",
      message: "not found on PATH; expected Verilator 5",
      hint: "install it (apt-get install verilator g++ make), or use --simulator embedded",
      exitCode: 3,
    })
  }
  const program = `${out}/obj/sim`
  const main = harness(design.top, ports)
  const stamp = await sha256(JSON.stringify([design, main, favour]))
  const built =
    (await host.files.exists(program)) &&
    (await host.files.exists(`${out}/stamp`)) &&
    (await host.files.readText(`${out}/stamp`)) === stamp
  if (!built) {
    const job = {host, command, design, main, out, ...(options.signal && {signal: options.signal})}
    await (favour === "speed" ? buildFast(job) : buildSoon(job))
    await host.files.write(`${out}/stamp`, stamp)
  }
  const run = batched(async (jobs, signal) => {
    const size = jobs.reduce((sum, job) => sum + 4 + job.length, 0)
    const bytes = new Uint8Array(size)
    let next = 0
    for (const job of jobs) {
      new DataView(bytes.buffer).setUint32(next, job.length / 4, true)
      bytes.set(job, next + 4)
      next += 4 + job.length
    }
    await host.files.write(`${out}/jobs.in`, bytes)
    // A relative program would be looked for from here, not from `cwd`.
    const {exitCode, stderr} = await host.run("./obj/sim", ["jobs.in", "jobs.out"], {cwd: out, ...(signal && {signal})})
    if (exitCode !== 0) throw verilatorFailed(out, stderr)
    const result = await host.files.read(`${out}/jobs.out`)
    await host.files.remove(`${out}/jobs.in`)
    await host.files.remove(`${out}/jobs.out`)
    next = result.byteOffset
    return jobs.map(() => {
      const view = new DataView(result.buffer, next + 4, 4 * new DataView(result.buffer).getUint32(next, true))
      next += 4 + view.byteLength
      return view
    })
  })
  return {
    name: "verilator",
    lanes: 1,
    together: true,
    beatBytes: beatBytesOf(ports),
    vectors: (rows) => vectors(ports, rows, run),
    stream: (job) => stream(ports, job, run),
  }
}

function beatBytesOf({inputs}: VerilatorPorts): number | undefined {
  const port = inputs.find(({name}) => name === "s_axis_tdata")
  return port === undefined ? undefined : port.width / 8
}

type Run = (job: Uint8Array, signal?: AbortSignal) => Promise<DataView>

/** Jobs that come while others run, or at once, go to one process together: starting one costs more than most jobs do. */
function batched(perform: (jobs: readonly Uint8Array[], signal?: AbortSignal) => Promise<readonly DataView[]>): Run {
  let waiting: {readonly job: Uint8Array; readonly signal: AbortSignal | undefined}[] = []
  let last: Promise<readonly DataView[]> = Promise.resolve([])
  let next: Promise<readonly DataView[]> | undefined
  return async (job, signal) => {
    const place = waiting.push({job, signal}) - 1
    next ??= last
      .catch(() => [])
      .then(() => {
        const batch = waiting
        waiting = []
        next = undefined
        last = perform(
          batch.map((each) => each.job),
          batch.find((each) => each.signal !== undefined)?.signal,
        )
        return last
      })
    return at(await next, place)
  }
}

async function vectors(ports: VerilatorPorts, rows: readonly (readonly bigint[])[], run: Run): Promise<bigint[][]> {
  const job: number[] = [1, rows.length]
  for (const row of rows) {
    ports.inputs.forEach(({width}, i) => {
      for (let k = 0; k < words(width); k++) job.push(Number(BigInt.asUintN(32, at(row, i) >> BigInt(32 * k))))
    })
  }
  const view = await run(new Uint8Array(Uint32Array.from(job).buffer))
  let from = 0
  return rows.map(() =>
    ports.outputs.map(({width}) => {
      let value = 0n
      for (let k = 0; k < words(width); k++, from += 4) value |= BigInt(view.getUint32(from, true)) << BigInt(32 * k)
      return value
    }),
  )
}

async function stream(ports: VerilatorPorts, job: StreamJob, run: Run): Promise<StreamTrace> {
  const width = (name: string) =>
    ports.inputs.find((p) => p.name === name)?.width ?? ports.outputs.find((p) => p.name === name)?.width ?? 0
  const [dataBits, outBits] = [width("s_axis_tdata"), width("m_axis_tdata")]
  if (dataBits === 0 || outBits === 0) {
    throw new TlastError({
      code: "UNKNOWN_SIGNAL",
      where: "verilator",
      message: "the top has no s_axis_tdata and m_axis_tdata",
      hint: "stream only through a top with both AXI4-Stream ports; use vectors for others",
    })
  }
  if (job.resetAt !== undefined) throw bug("verilator", "a reset in mid-stream; only the embedded simulator does that")
  const beatBytes = dataBits / 8
  const patience = job.patience ?? 100_000
  const packets = job.lanes[0] ?? []
  const [source, sink] = [stallTable(job.source, 1), stallTable(job.sink, 1)]
  const count = packets.reduce((sum, {bytes}) => sum + Math.ceil(bytes.length / beatBytes), 0)
  const beats = new Uint32Array(count * (1 + words(dataBits)))
  let place = 0
  for (const packet of packets) {
    for (const {from, count: kept, last, mark} of beatsOf(packet, beatBytes, job.imageBytes)) {
      beats[place++] = (last ? 1 : 0) | (mark ? 2 : 0) | (kept << 8)
      for (let k = 0; k < words(dataBits); k++) {
        let word = 0
        for (let b = 0; b < 4 && 4 * k + b < kept; b++) word |= (packet.bytes[from + 4 * k + b] ?? 0) << (8 * b)
        beats[place++] = word
      }
    }
  }
  const pad = (bytes: Uint8Array) => Array.from(bytes, (byte) => byte & 1)
  const expected = job.expected?.[0] ?? 0xffffffff
  const head = [2, count, expected, patience, source.bytes.length, source.loop, sink.bytes.length, sink.loop]
  const file = Uint32Array.from([...head, ...pad(source.bytes), ...pad(sink.bytes)])
  const bytes = new Uint8Array(4 * (file.length + beats.length))
  bytes.set(new Uint8Array(file.buffer))
  bytes.set(new Uint8Array(beats.buffer), 4 * file.length)
  const view = await run(bytes, job.signal)

  // Answer: stuck, cycles, sent, withdrawn cycle or -1, changed cycle or -1, ready, valid, marks, records, other outputs.
  const word = (index: number) => view.getInt32(4 * index, true)
  const [stuck, cycles, sent, withdrawn, changed] = [word(0), word(1), word(2), word(3), word(4)]
  const [markCount, recordCount] = [word(7), word(8)]
  if (stuck === 1 && job.expected !== undefined) {
    const waits = [{lane: 0, got: recordCount, expected, left: count - sent}]
    throw hang("verilator", cycles, patience, waits, {s_axis_tready: word(5) === 1, m_axis_tvalid: word(6) === 1})
  }
  const marks = Int32Array.from({length: markCount}, (_, i) => word(9 + i))
  let next = 9 + markCount
  const outBytes = Math.ceil(outBits / 8)
  const trace = {
    accepted: pairMarks(marks, packets, beatBytes, job.imageBytes),
    words: new Int32Array(recordCount),
    bytes: new Uint8Array(recordCount * outBytes),
    last: new Uint8Array(recordCount),
    keep: new Uint32Array(recordCount),
    cycles: new Int32Array(recordCount),
  } satisfies LaneTrace
  for (let i = 0; i < recordCount; i++) {
    trace.cycles[i] = word(next)
    trace.last[i] = word(next + 1) & 1
    trace.keep[i] = word(next + 1) >>> 1
    trace.words[i] = word(next + 2)
    for (let b = 0; b < outBytes; b++) trace.bytes[i * outBytes + b] = view.getUint8(4 * (next + 2) + b)
    next += 2 + words(outBits)
  }
  const others = ports.outputs.filter(({name}) => !/^[sm]_axis_/.test(name))
  const outputs: Record<string, number[]> = {}
  for (const {name, width: bits} of others) {
    outputs[name] = [view.getUint32(4 * next, true)]
    next += words(bits)
  }
  const violations = [
    ...(withdrawn >= 0 ? [{rule: "withdrawn" as const, lane: 0, cycle: withdrawn}] : []),
    ...(changed >= 0 ? [{rule: "changed" as const, lane: 0, cycle: changed}] : []),
  ]
  return {lanes: [trace], violations, cycles, outputs}
}
