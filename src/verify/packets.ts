import {at, TlastError} from "../errors.ts"
import {PacketCore} from "../golden/packets.ts"
import type {IntegerNetwork} from "../graph/integer.ts"
import {headerFields, type Loadable, loadTargets} from "../graph/packets.ts"
import {elements} from "../graph/shape.ts"
import type {Watch} from "../progress.ts"
import type {Stall} from "../simulate/stall.ts"
import type {StreamSimulator, StreamViolation} from "../simulate/stream.ts"

/** A core behind header packets, and what each simulation beside the other is sent from reset on. */
export interface PacketInput {
  /** As it was built. */
  readonly network: IntegerNetwork
  readonly loadable: Loadable
  readonly lanes: readonly (readonly Uint16Array[])[]
}

/** What golden answers, lane by lane and packet by packet. */
export const answers = ({network, loadable, lanes}: PacketInput): readonly (readonly Uint16Array[])[] =>
  lanes.map((packets) => {
    const core = new PacketCore(network, loadable)
    return packets.map((packet) => core.answer(packet).words)
  })

/** The packets that load a network's own weights; biases and shifts are the build's already. Throws what loading would. */
export function ownWeights(network: IntegerNetwork, loadable: Loadable): readonly Uint16Array[] {
  return loadTargets(network, {...loadable, biases: false, shifts: false}).map(({header, layer}) =>
    Uint16Array.from([...headerFields.map((field) => header[field]), ...layer.weights]),
  )
}

/** Images as execute packets, the n-th of `sizes(n)` images; the last takes what is left. */
export function batches(
  network: IntegerNetwork,
  input: ArrayLike<number>,
  sizes: (index: number) => number,
): readonly Uint16Array[] {
  const size = elements(network.input.shape)
  const count = Math.floor(input.length / size)
  const packets: Uint16Array[] = []
  const {shape} = network.input
  const square = shape.height === shape.width
  const outputs = elements(at(network.layers, network.layers.length - 1).output.shape)
  for (let image = 0; image < count; ) {
    const images = Math.min(sizes(packets.length), count - image)
    const packet = new Uint16Array(headerFields.length + images * size)
    packet.set([0, images, 1, square ? shape.channels : size, square ? shape.height : 1, outputs, 1])
    for (let i = 0; i < images * size; i++) packet[headerFields.length + i] = (input[image * size + i] ?? 0) & 0xffff
    packets.push(packet)
    image += images
  }
  return packets
}

export interface PacketsResult {
  /** Words compared, and those that differ from golden's answers, are missing, or are too many. */
  readonly words: number
  readonly mismatches: number
  readonly first?: {
    readonly lane: number
    readonly packet: number
    readonly word: number
    readonly found: number
    readonly expected: number
    readonly cycle: number
  }
  readonly tlastErrors: number
  readonly tkeepErrors: number
  readonly violations: readonly StreamViolation[]
  readonly lanes: readonly {
    /** As the hardware sent them, a packet each, and the clocks in which their words were accepted. */
    readonly answers: readonly Uint16Array[]
    readonly cycles: readonly Int32Array[]
    /** Clocks in which each packet's first and last word were accepted. */
    readonly accepted: Int32Array
  }[]
}

/** Sends packets through a simulator and compares every word with golden. Errors: STREAM_SHAPE and those of the simulator. */
export async function checkPackets(
  simulator: StreamSimulator,
  input: PacketInput,
  stalls: {readonly source: Stall; readonly sink: Stall},
  watch: Watch & {readonly patience?: number} = {},
): Promise<PacketsResult> {
  if (simulator.beatBytes !== 2)
    throw new TlastError({
      code: "STREAM_SHAPE",
      where: "s_axis_tdata",
      message: `the design takes ${(simulator.beatBytes ?? 0) * 8} bits a beat, expected 16`,
      hint: "verify a core of packets: header with its own packets",
    })
  const expected = answers(input)
  const longest = Math.max(1, ...input.lanes.flat().map(({length}) => length))
  const trace = await simulator.stream({
    lanes: input.lanes.map((packets) =>
      packets.map(({buffer, byteOffset, byteLength}) => ({bytes: new Uint8Array(buffer, byteOffset, byteLength)})),
    ),
    imageBytes: 2 * longest,
    ...stalls,
    expected: expected.map((packets) => packets.reduce((sum, {length}) => sum + length, 0)),
    ...watch,
  })
  const total = {words: 0, mismatches: 0, tlastErrors: 0, tkeepErrors: 0}
  let first: PacketsResult["first"]
  const lanes = expected.map((packets, index) => {
    const lane = at(trace.lanes, index)
    const sent: Uint16Array[] = []
    const cycles: Int32Array[] = []
    let offset = 0
    for (const [packet, answer] of packets.entries()) {
      sent.push(Uint16Array.from(lane.words.subarray(offset, offset + answer.length)))
      cycles.push(lane.cycles.subarray(offset, offset + answer.length))
      for (let word = 0; word < answer.length; word++, offset++) {
        const found = (lane.words[offset] ?? -1) & 0xffff
        const wanted = at(answer, word)
        if (found !== wanted || offset >= lane.words.length) {
          total.mismatches++
          first ??= {lane: index, packet, word, found, expected: wanted, cycle: lane.cycles[offset] ?? trace.cycles}
        }
        if (lane.last[offset] !== (word === answer.length - 1 ? 1 : 0)) total.tlastErrors++
        if (lane.keep[offset] !== 3) total.tkeepErrors++
      }
    }
    total.words += offset
    total.mismatches += Math.max(0, lane.words.length - offset)
    return {answers: sent, cycles, accepted: lane.accepted}
  })
  return {...total, ...(first === undefined ? {} : {first}), violations: trace.violations, lanes}
}

/** Every way in which a result is wrong, as sentences; none where it is right. */
export function packetComplaints(
  name: string,
  {mismatches, first, tlastErrors, tkeepErrors, violations}: PacketsResult,
): readonly string[] {
  const list: string[] = []
  if (mismatches > 0)
    list.push(
      `${name}: ${mismatches} words differ${first === undefined ? ", too many came" : `; first packet ${first.packet}, word ${first.word} in cycle ${first.cycle}: ${first.found}, golden ${first.expected}`}`,
    )
  if (tlastErrors > 0) list.push(`${name}: TLAST wrong on ${tlastErrors} words`)
  if (tkeepErrors > 0) list.push(`${name}: TKEEP not all ones on ${tkeepErrors} words`)
  for (const {rule, cycle, lane} of violations) list.push(`${name}: m_axis ${rule} in cycle ${cycle} (lane ${lane})`)
  return list
}
