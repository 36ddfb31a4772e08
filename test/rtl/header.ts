import {digits16} from "../../models/digits16.ts"
import {emit} from "../../src/emit/emit.ts"
import {at} from "../../src/errors.ts"
import {PacketCore} from "../../src/golden/packets.ts"
import type {Design} from "../../src/graph/design.ts"
import type {IntegerNetwork} from "../../src/graph/integer.ts"
import {elements} from "../../src/graph/shape.ts"
import {plan} from "../../src/plan/make.ts"
import type {PlanOptions} from "../../src/plan/options.ts"
import type {Plan} from "../../src/plan/plan.ts"
import {quantizeHls2020} from "../../src/quantize/hls2020.ts"
import {saturatedResults} from "../../src/quantize/results.ts"
import type {Stall} from "../../src/simulate/stall.ts"
import type {StreamSimulator} from "../../src/simulate/stream.ts"
import {executePacket, loadPackets} from "../../src/weights/pack.ts"
import {random} from "./networks.ts"
import {sources} from "./run.ts"

export const none: Stall = {kind: "none"}

export interface Core {
  readonly network: IntegerNetwork
  readonly plan: Plan
  readonly design: Design
}

/** A core behind header packets of a network's shape. */
export function headerCore(source: IntegerNetwork, options: PlanOptions = {}): Core {
  const network = options.results === 32 ? source : saturatedResults(source)
  const made = plan(network, {weights: "loadable", packets: "header", ...options}).plan
  return {network, plan: made, design: emit(network, made, sources)}
}

export const bytesOf = (words: ArrayLike<number>): Uint8Array => new Uint8Array(Uint16Array.from(words).buffer)

export interface Session {
  readonly packets: readonly Uint16Array[]
  /** Words and where TLAST is, as golden says. */
  readonly words: Uint16Array
  readonly last: Uint8Array
}

/** What golden answers to packets. */
export function session({network, plan: {loadable}}: Core, packets: readonly ArrayLike<number>[]): Session {
  if (loadable === undefined) throw new Error("not loadable")
  const core = new PacketCore(network, loadable)
  const all = packets.map((packet) => Uint16Array.from(packet))
  const answers = all.map((packet) => core.answer(packet).words)
  const length = answers.reduce((sum, answer) => sum + answer.length, 0)
  const words = new Uint16Array(length)
  const last = new Uint8Array(length)
  let offset = 0
  for (const answer of answers) {
    words.set(answer, offset)
    offset += answer.length
    last[offset - 1] = 1
  }
  return {packets: all, words, last}
}

/** Every way in which a simulator's answers differ from golden's; empty when right. Also the trace. */
export async function play(
  simulator: StreamSimulator,
  {packets, words, last}: Session,
  source: Stall = none,
  sink: Stall = none,
) {
  const trace = await simulator.stream({
    lanes: [packets.map((packet) => ({bytes: bytesOf(packet)}))],
    imageBytes: 2,
    source,
    sink,
    expected: [words.length],
    patience: 20_000,
  })
  const lane = at(trace.lanes, 0)
  const wrong: string[] = trace.violations.map(({rule, cycle}) => `${rule} in cycle ${cycle}`)
  if (lane.words.length !== words.length) wrong.push(`${lane.words.length} words, expected ${words.length}`)
  const differs = words.findIndex((word, i) => ((lane.words[i] ?? -1) & 0xffff) !== word)
  if (differs >= 0) wrong.push(`word ${differs} is ${(lane.words[differs] ?? -1) & 0xffff}, golden ${words[differs]}`)
  const misplaced = last.findIndex((flag, i) => lane.last[i] !== flag)
  if (misplaced >= 0) wrong.push(`TLAST on word ${misplaced} is ${lane.last[misplaced]}`)
  if (lane.keep.some((keep) => keep !== 3)) wrong.push("TKEEP is not all ones")
  return {wrong, lane, cycles: trace.cycles}
}

/** Packets that load a model, by default the network's own. */
export const loads = ({network, plan: {loadable}}: Core, model = network): Uint16Array[] =>
  loadable === undefined ? [] : loadPackets(network, model, loadable).map(({words}) => words)

/** Execute packets of so many images each, of random elements. */
export function executes({network}: Core, batches: readonly number[], next: () => number): Uint16Array[] {
  const size = elements(network.input.shape)
  const levels = 2 ** network.input.format.bits
  return batches.map((images) =>
    executePacket(
      network,
      Uint8Array.from({length: size * images}, () => (next() < 0.3 ? 0 : Math.floor(next() * levels))),
      images,
    ),
  )
}

/** The reference network in the arithmetic of hls-2020, with random weights. */
export function hls2020(seed: number): IntegerNetwork {
  const next = random(seed)
  const parameters = (weights: number, outputs: number) => ({
    weights: Float32Array.from({length: weights}, () => (next() - 0.5) * 0.6),
    bias: new Float32Array(outputs),
  })
  return quantizeHls2020({network: digits16, parameters: {conv1: parameters(400, 16), dense1: parameters(5760, 10)}})
    .network
}
