import {at} from "../errors.ts"
import {largest, runGolden} from "../golden/run.ts"
import type {Design} from "../graph/design.ts"
import type {IntegerNetwork} from "../graph/integer.ts"
import {elements} from "../graph/shape.ts"
import type {Host} from "../host/host.ts"
import type {Watch} from "../progress.ts"
import {compileNetlist, elaborate} from "../simulate/embedded/compile.ts"
import type {Netlist} from "../simulate/embedded/netlist.ts"
import {simulate} from "../simulate/embedded/simulation.ts"
import {type Stall, standardStalls} from "../simulate/stall.ts"
import {eachJob, type StreamSimulator, type StreamViolation} from "../simulate/stream.ts"
import {portsOf, verilate} from "../simulate/verilator.ts"
import {type Explanation, explain} from "./explain.ts"
import {
  checkImages,
  type ImageSet,
  type ImagesResult,
  type Mismatch,
  measureLatency,
  SETTLED,
  type StreamShape,
} from "./images.ts"
import {checkMalformed, checkReset, type MalformedResult} from "./malformed.ts"

export interface VerifyInput {
  readonly network: IntegerNetwork
  readonly design: Design
  /** How s_axis carries elements: plan.lanes and plan.stream.input. */
  readonly stream: {
    readonly lanes: number
    readonly dataBits: number
    readonly elementBits: number
    /** plan.stream.output.kind: the hardware sends the class of golden's outputs instead of them. */
    readonly output?: "class"
  }
  /** What the plan promises, to be compared with what is measured. */
  readonly predicted?: {readonly interval: number; readonly latency: number}
  /** Whole images, NHWC, integers of the network's input format; see golden. */
  readonly elements: ArrayLike<number>
  /** Golden's outputs of them, if they are known already. */
  readonly golden?: Int32Array
}

export interface VerifyOptions extends Watch {
  readonly host: Host
  /** Folder for Verilator's build, under the build's own. */
  readonly out: string
  /** Which simulators, and on how many of the images (default all). */
  readonly simulators: readonly {readonly name: "embedded" | "verilator"; readonly images?: number}[]
  /** Images a stall schedule (default 200; 0 leaves them out). */
  readonly stallImages?: number
  /** Whether to send broken streams and resets (default true). */
  readonly malformed?: boolean
  /** Of the random stalls (default 1). */
  readonly seed?: number
  /** Whether Yosys runs in a worker, where it can be stopped (default true). In place it compiles its WebAssembly once. */
  readonly worker?: boolean
}

export interface StallResult {
  /** Names of standardStalls. */
  readonly source: string
  readonly sink: string
  readonly images: number
  readonly mismatches: number
  readonly tlastErrors: number
  readonly tkeepErrors: number
  readonly violations: readonly StreamViolation[]
}

export interface SimulatorReport {
  readonly simulator: "embedded" | "verilator"
  readonly lanes: number
  readonly images: number
  /** Result words compared, and those that differ, are missing or are too many. */
  readonly words: number
  readonly mismatches: number
  readonly tlastErrors: number
  readonly tkeepErrors: number
  readonly violations: readonly StreamViolation[]
  /** Back to back, sink ready; simulated. */
  readonly cyclesPerImage: number
  /** From the acceptance of an image's last beat to that of its first result beat, core idle, sink ready; simulated. */
  readonly latencyCycles: number
  readonly stalls: readonly StallResult[]
  readonly malformed: readonly MalformedResult[]
}

export interface VerifyReport {
  readonly ok: boolean
  /** Every way in which it is not ok, as sentences. */
  readonly problems: readonly string[]
  readonly simulators: readonly SimulatorReport[]
  readonly predicted?: {readonly interval: number; readonly latency: number}
  /** The first mismatch in words: layer, channel, position, cycle. */
  readonly first?: Omit<Explanation, "vcd">
}

export interface VerifyResult {
  /** images x outputs, as the first simulator's hardware sent them. */
  readonly outputs: Int32Array
  readonly golden: Int32Array
  readonly report: VerifyReport
  /** A waveform from just before the first mismatch, if there was one. */
  readonly vcd?: string
}

/** The shape of a network's images on a stream. */
export const streamShape = (network: IntegerNetwork, stream: VerifyInput["stream"]): StreamShape => {
  const last = at(network.layers, network.layers.length - 1)
  const outputs = stream.output === "class" ? 1 : elements(last.output.shape)
  return {...stream, elements: elements(network.input.shape), outputs}
}

/** What the hardware is to send: golden's outputs, or their classes. */
const answersOf = ({network, stream}: VerifyInput, outputs: Int32Array): Int32Array => {
  if (stream.output !== "class") return outputs
  const width = elements(at(network.layers, network.layers.length - 1).output.shape)
  return Int32Array.from({length: outputs.length / width}, (_, i) =>
    largest(outputs.subarray(i * width, (i + 1) * width)),
  )
}

/**
 * golden == RTL: every result word of every image, TLAST, TKEEP and stability, latency and interval against the plan's, stall
 * schedules, broken streams and resets. A mismatch is a report that is not ok, not an error. Errors: those of the
 * simulators, SIMULATION_HANG, STREAM_SHAPE, LATENCY_VARIES, TOOL_MISSING.
 */
export async function verify(input: VerifyInput, options: VerifyOptions): Promise<VerifyResult> {
  const {network, design} = input
  const shape = streamShape(network, input.stream)
  const golden = answersOf(input, input.golden ?? runGolden(network, input.elements).outputs)
  const images: ImageSet = {
    elements: input.elements,
    expected: golden,
    count: Math.floor(input.elements.length / shape.elements),
  }
  const netlist = await elaborate(design, (options.worker ?? true) ? options : {})
  const simulators: SimulatorReport[] = []
  const problems: string[] = []
  let outputs: Int32Array | undefined
  let failure: {readonly mismatch: Mismatch; readonly lanes: number; readonly images: ImageSet} | undefined
  for (const {name, images: wanted} of options.simulators) {
    const set: ImageSet = {...images, count: Math.min(images.count, wanted ?? images.count)}
    const stalled: ImageSet = {...set, count: Math.min(set.count, options.stallImages ?? 200)}
    const beats = ((set.count + SCHEDULES * stalled.count) * shape.elements) / shape.lanes
    const simulator = await open(name, netlist, design, options, beats)
    const run = await checkImages(
      simulator,
      shape,
      set,
      {source: {kind: "none"}, sink: {kind: "none"}},
      {...watchImages(options, name, set, shape), imagesALane: SETTLED},
    )
    outputs ??= run.words
    const note = (what: ImagesResult, when: string, of: ImageSet) => {
      problems.push(...complaints(name, what, when))
      if (what.first !== undefined && failure === undefined)
        failure = {mismatch: what.first, lanes: what.lanes, images: of}
    }
    note(run, "", set)
    const latency = await measureLatency(simulator, shape, set)
    const cycles = run.cyclesPerImage.max
    if (input.predicted !== undefined) {
      if (latency !== input.predicted.latency)
        problems.push(`${name}: latency ${latency} cycles, predicted ${input.predicted.latency}`)
      if (set.count >= SETTLED && (cycles !== input.predicted.interval || run.cyclesPerImage.min !== cycles))
        problems.push(
          `${name}: ${run.cyclesPerImage.min} to ${cycles} cycles an image, predicted ${input.predicted.interval}`,
        )
    }
    const pairs = stalled.count === 0 ? [] : [...schedulePairs(options.seed ?? 1)]
    let tried = 0
    const stalls = await eachJob(simulator, pairs, async ([source, sink, schedules]): Promise<StallResult> => {
      const result = await checkImages(simulator, shape, stalled, schedules, {
        ...(options.signal && {signal: options.signal}),
      })
      note(result, ` with source ${source} and sink ${sink}`, stalled)
      const {mismatches, tlastErrors, tkeepErrors, violations} = result
      options.onProgress?.({stage: "verify", done: ++tried, total: SCHEDULES, unit: "stall schedules", detail: name})
      return {source, sink, images: stalled.count, mismatches, tlastErrors, tkeepErrors, violations}
    })
    const malformed: MalformedResult[] = []
    if (options.malformed ?? true) {
      const answers = {
        golden: (image: ArrayLike<number>) => answersOf(input, runGolden(network, image).outputs),
      }
      malformed.push(...(await checkMalformed(simulator, shape, set, answers)))
      if (name === "embedded") {
        const frame = Math.ceil(2.2 * cycles) + latency
        const step = Math.max(1, Math.floor(frame / 40))
        const when = Array.from({length: Math.ceil(frame / step)}, (_, i) => i * step)
        const patience = cycles === 0 ? 20_000 : 4 * (cycles + latency) + 200
        malformed.push(await checkReset(simulator, shape, set, when, patience))
      }
      for (const {name: what, ok, detail} of malformed) if (!ok) problems.push(`${name}: ${what}: ${detail}`)
    }
    simulators.push({
      simulator: name,
      lanes: simulator.lanes,
      images: set.count,
      words: set.count * shape.outputs,
      mismatches: run.mismatches,
      tlastErrors: run.tlastErrors,
      tkeepErrors: run.tkeepErrors,
      violations: run.violations,
      cyclesPerImage: cycles,
      latencyCycles: latency,
      stalls,
      malformed,
    })
  }
  const explained =
    failure === undefined
      ? undefined
      : await explain(network, design, netlist, shape, failure.images, failure.mismatch, failure.lanes)
  const {vcd, ...first} = explained ?? {vcd: undefined}
  return {
    outputs: outputs ?? new Int32Array(0),
    golden,
    report: {
      ok: problems.length === 0,
      problems,
      simulators,
      ...(input.predicted === undefined ? {} : {predicted: input.predicted}),
      ...(explained === undefined ? {} : {first: first as Omit<Explanation, "vcd">}),
    },
    ...(vcd === undefined ? {} : {vcd}),
  }
}

/** Beats below which a quick compilation by Verilator wins over fast code. */
const FEW_BEATS = 1e6

async function open(
  name: "embedded" | "verilator",
  netlist: Netlist,
  design: Design,
  options: VerifyOptions,
  beats: number,
): Promise<StreamSimulator> {
  if (name === "embedded") return simulate(compileNetlist(netlist, {lanes: 8}))
  return verilate(design, {
    host: options.host,
    out: `${options.out}/verilator`,
    ports: portsOf(netlist),
    favour: beats < FEW_BEATS ? "build" : "speed",
    ...(options.signal && {signal: options.signal}),
  })
}

const SCHEDULES = 21

/** Each schedule on the source, on the sink, and on both. */
function* schedulePairs(seed: number): Generator<[string, string, {source: Stall; sink: Stall}]> {
  const none: Stall = {kind: "none"}
  const [sources, sinks] = [standardStalls(seed), standardStalls(seed + 100)]
  for (const [name, source] of Object.entries(sources)) {
    const sink = sinks[name]
    if (name === "none" || sink === undefined) continue
    yield [name, "none", {source, sink: none}]
    yield ["none", name, {source: none, sink}]
    yield [name, name, {source, sink}]
  }
}

function complaints(name: string, result: ImagesResult, when: string): string[] {
  const {mismatches, tlastErrors, tkeepErrors, violations, first, images} = result
  const list: string[] = []
  if (mismatches > 0 && first !== undefined) {
    const where =
      first.output < 0
        ? "a word missing or too many"
        : `word ${first.output} is ${first.found}, golden ${first.expected}`
    list.push(
      `${name}${when}: ${mismatches} of the words of ${images} images differ; first image ${first.image}, cycle ${first.cycle}: ${where}`,
    )
  }
  if (tlastErrors > 0) list.push(`${name}${when}: TLAST wrong on ${tlastErrors} words`)
  if (tkeepErrors > 0) list.push(`${name}${when}: TKEEP not all ones on ${tkeepErrors} words`)
  for (const {rule, cycle, lane} of violations)
    list.push(`${name}${when}: m_axis ${rule} in cycle ${cycle} (lane ${lane})`)
  return list
}

const watchImages = ({onProgress, signal}: Watch, name: string, {count}: ImageSet, {outputs}: StreamShape): Watch => ({
  ...(signal && {signal}),
  ...(onProgress && {
    onProgress: ({done}) =>
      onProgress({stage: "simulate", done: Math.floor(done / outputs), total: count, unit: "images", detail: name}),
  }),
})
