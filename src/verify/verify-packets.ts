import {at} from "../errors.ts"
import {runGolden} from "../golden/run.ts"
import type {Loadable} from "../graph/packets.ts"
import {headerFields, resultWords} from "../graph/packets.ts"
import {elements} from "../graph/shape.ts"
import {compileNetlist, elaborate} from "../simulate/embedded/compile.ts"
import {simulate} from "../simulate/embedded/simulation.ts"
import {generator, type Stall, standardStalls} from "../simulate/stall.ts"
import type {StreamSimulator} from "../simulate/stream.ts"
import {portsOf, verilate} from "../simulate/verilator.ts"
import {namedCases, randomPackets} from "./broken-packets.ts"
import type {MalformedResult} from "./malformed.ts"
import {batches, checkPackets, ownWeights, packetComplaints} from "./packets.ts"
import type {SimulatorReport, StallResult, VerifyInput, VerifyOptions, VerifyResult} from "./verify.ts"

export interface PacketVerifyInput extends Omit<VerifyInput, "stream"> {
  readonly loadable: Loadable
}

/** Images of the packets one after the other: alone, two, a full buffer of a small host, and between. */
const SIZES = [1, 2, 127, 3, 1, 16, 64, 5]

/** Random packets, most of them broken, that each simulator is sent. */
const RANDOM = 60

const none: Stall = {kind: "none"}

/**
 * What verify() is for a core behind header packets: golden's PacketCore == RTL, word for word. The network's weights are
 * loaded, images come in packets of 1 to 127, then under stalls, then broken. Errors: those of verify.
 */
export async function verifyPackets(input: PacketVerifyInput, options: VerifyOptions): Promise<VerifyResult> {
  const {network, design, loadable, predicted} = input
  const size = elements(network.input.shape)
  const outputs = elements(at(network.layers, network.layers.length - 1).output.shape)
  const golden = input.golden ?? runGolden(network, input.elements).outputs
  const netlist = await elaborate(design, (options.worker ?? true) ? options : {})
  const loads = ownWeights(network, loadable)
  const problems: string[] = []
  const simulators: SimulatorReport[] = []
  let found: Int32Array | undefined
  for (const {name, images: wanted} of options.simulators) {
    const simulator: StreamSimulator =
      name === "embedded"
        ? await simulate(compileNetlist(netlist, {lanes: 8}))
        : await verilate(design, {
            host: options.host,
            out: `${options.out}/verilator`,
            ports: portsOf(netlist),
            favour: input.elements.length < 10_000 ? "build" : "speed",
            ...(options.signal && {signal: options.signal}),
          })
    const count = Math.min(Math.floor(input.elements.length / size), wanted ?? Number.POSITIVE_INFINITY)
    const pixels = Array.from({length: count * size}, (_, i) => input.elements[i] ?? 0)
    const dealt = Math.max(1, Math.min(simulator.lanes, Math.floor(count / 4)))
    const start = (lane: number) => Math.floor((lane * count) / dealt) * size
    const session = (upTo = count) =>
      Array.from({length: dealt}, (_, lane) => {
        const end = Math.min(start(lane + 1), start(lane) + Math.ceil(upTo / dealt) * size)
        return [
          ...loads,
          ...batches(network, pixels.slice(start(lane), end), (i) => at(SIZES, (i + lane) % SIZES.length)),
        ]
      })
    const watch = {
      ...(options.signal && {signal: options.signal}),
      ...(options.onProgress && {
        onProgress: ({done, total}: {readonly done: number; readonly total?: number}) =>
          options.onProgress?.({
            stage: "simulate",
            done: Math.floor((count * done) / Math.max(1, total ?? 1)),
            total: count,
            unit: "images",
            detail: name,
          }),
      }),
    }
    const run = await checkPackets(simulator, {network, loadable, lanes: session()}, {source: none, sink: none}, watch)
    problems.push(...packetComplaints(name, run))
    found ??= results(
      run.lanes.map(({answers}) => answers.slice(loads.length)),
      outputs,
      loadable,
    )

    const timing = await clocks(simulator, input, loads, pixels, size)
    if (predicted !== undefined) {
      if (timing.latency !== predicted.latency)
        problems.push(`${name}: latency ${timing.latency} cycles, predicted ${predicted.latency}`)
      if (timing.interval !== predicted.interval)
        problems.push(`${name}: ${timing.interval} cycles an image, predicted ${predicted.interval}`)
    }
    const stalls: StallResult[] = []
    const stallImages = Math.min(count, options.stallImages ?? 200)
    const [sources, sinks] = [standardStalls(options.seed ?? 1), standardStalls((options.seed ?? 1) + 100)]
    for (const key of stallImages === 0 ? [] : Object.keys(sources).filter((one) => one !== "none"))
      for (const [source, sink] of [
        [key, "none"],
        ["none", key],
        [key, key],
      ] as const) {
        const schedules = {source: sources[source] ?? none, sink: sinks[sink] ?? none}
        const result = await checkPackets(
          simulator,
          {network, loadable, lanes: session(Math.ceil(stallImages / 10))},
          schedules,
        )
        problems.push(...packetComplaints(`${name} with source ${source} and sink ${sink}`, result))
        const {mismatches, tlastErrors, tkeepErrors, violations} = result
        stalls.push({
          source,
          sink,
          images: Math.ceil(stallImages / 10),
          mismatches,
          tlastErrors,
          tkeepErrors,
          violations,
        })
      }
    const malformed: MalformedResult[] = []
    if (options.malformed ?? true) {
      const cases = [
        ...namedCases(network, loadable, pixels.slice(0, 2 * size)),
        {
          name: `${RANDOM} random packets`,
          packets: randomPackets(network, loadable, generator(options.seed ?? 1), RANDOM),
        },
      ]
      for (let first = 0; first < cases.length; first += simulator.lanes) {
        const some = cases.slice(first, first + simulator.lanes)
        for (const one of simulator.lanes > 1 ? [some] : some.map((each) => [each])) {
          const result = await checkPackets(
            simulator,
            {network, loadable, lanes: one.map(({packets}) => packets)},
            {source: none, sink: none},
          )
          const wrong = packetComplaints(one.map((each) => each.name).join(", "), result)
          problems.push(...wrong.map((sentence) => `${name}: ${sentence}`))
          const guilty = result.first?.lane
          for (const [lane, each] of one.entries())
            malformed.push({
              name: each.name,
              runs: 1,
              ok: wrong.length === 0 || (guilty !== undefined && guilty !== lane),
              detail: guilty === lane || wrong.length === 0 ? wrong.join("; ") : "",
            })
        }
      }
    }
    simulators.push({
      simulator: name,
      lanes: simulator.lanes,
      images: count,
      words: run.words,
      mismatches: run.mismatches,
      tlastErrors: run.tlastErrors,
      tkeepErrors: run.tkeepErrors,
      violations: run.violations,
      cyclesPerImage: timing.interval,
      latencyCycles: timing.latency,
      stalls,
      malformed,
    })
  }
  return {
    outputs: found ?? new Int32Array(0),
    golden,
    report: {ok: problems.length === 0, problems, simulators, ...(predicted === undefined ? {} : {predicted})},
  }
}

/** Clocks from an image's last word to its first result where it comes alone, and from image to image in a batch. */
async function clocks(
  simulator: StreamSimulator,
  {network, loadable}: PacketVerifyInput,
  loads: readonly Uint16Array[],
  pixels: readonly number[],
  size: number,
): Promise<{readonly latency: number; readonly interval: number}> {
  const send = (images: number) => {
    const input = Array.from({length: images * size}, (_, i) => at(pixels, i % pixels.length))
    return checkPackets(
      simulator,
      {network, loadable, lanes: [[...loads, ...batches(network, input, () => images)]]},
      {source: none, sink: none},
    )
  }
  const [one, five] = [await send(1), await send(5)]
  const words = resultWords(network, loadable)
  const first = (result: typeof one, image: number) =>
    at(at(at(result.lanes, 0).cycles, loads.length), headerFields.length + image * words)
  const {accepted} = at(one.lanes, 0)
  return {latency: first(one, 0) - at(accepted, 2 * loads.length + 1), interval: first(five, 4) - first(five, 3)}
}

/** Results out of answers, as integers, image by image. */
function results(lanes: readonly (readonly Uint16Array[])[], outputs: number, {results: bits}: Loadable): Int32Array {
  const perImage = bits === 32 ? 2 * outputs : Math.max(2, outputs)
  const list: number[] = []
  for (const answer of lanes.flat())
    for (let first = headerFields.length; first < answer.length; first += perImage)
      for (let output = 0; output < outputs; output++) {
        const low = answer[first + (bits / 16) * output] ?? 0
        list.push(bits === 16 ? (low << 16) >> 16 : low | ((answer[first + 2 * output + 1] ?? 0) << 16))
      }
  return Int32Array.from(list)
}
