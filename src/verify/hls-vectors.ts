import {at} from "../errors.ts"
import {PacketCore} from "../golden/packets.ts"
import {runGolden} from "../golden/run.ts"
import type {IntegerNetwork} from "../graph/integer.ts"
import {elements} from "../graph/shape.ts"
import type {HlsOptions} from "../plan/hls/options.ts"
import {batches, ownWeights} from "./packets.ts"

/** What the C++ test bench reads: a beat a line, data in hex, " last" with TLAST, " keep=<hex>" unless all ones. */
export interface HlsVectors {
  readonly input: string
  readonly expected: string
  /** Where an expected beat belongs: "image 12, output 3". */
  readonly describe: (beat: number) => string
}

/** How images of raw packets are cut up. */
export interface RawPackets {
  /** Images a packet, repeated; the last packet takes what is left. */
  readonly sizes: readonly number[]
  /** Elements missing from the last image of packets, by packet number: the stream cuts it short. */
  readonly missing?: Readonly<Record<number, number>>
}

/** Raw packets of `images` images, and golden's answer to them. Short images are zero-padded for golden, as in hardware. */
export function rawVectors(
  network: IntegerNetwork,
  options: Pick<HlsOptions, "lanes" | "dataBits" | "elementBits" | "output">,
  input: ArrayLike<number>,
  images: number,
  packets: RawPackets = {sizes: [1, 2, 5]},
): HlsVectors {
  const size = elements(network.input.shape)
  const padded = Int16Array.from({length: images * size}, (_, i) => at(input, i))
  const lines: string[] = []
  const lastOf: boolean[] = []
  for (let image = 0, packet = 0; image < images; packet++) {
    const count = Math.min(at(packets.sizes, packet % packets.sizes.length), images - image)
    const end = (image + count) * size
    const kept = end - (packets.missing?.[packet] ?? 0)
    padded.fill(0, kept, end)
    // An image that is missing whole still ends by a beat without any element.
    for (let first = image * size; first < Math.max(kept, (image + count - 1) * size + 1); first += options.lanes)
      lines.push(rawBeat(padded, first, kept, end, options))
    lines[lines.length - 1] += " last"
    for (let i = 1; i <= count; i++) lastOf.push(i === count)
    image += count
  }
  const {outputs, classes, width} = runGolden(network, padded, images)
  const results = options.output === "class" ? classes : outputs
  const perImage = options.output === "class" ? 1 : width
  const expected = Array.from(
    results,
    (value, i) =>
      `${(value >>> 0).toString(16)}${i % perImage === perImage - 1 && lastOf[Math.floor(i / perImage)] ? " last" : ""}`,
  )
  return {
    input: text(lines),
    expected: text(expected),
    describe: (beat) => `image ${Math.floor(beat / perImage)}, output ${beat % perImage}`,
  }
}

function rawBeat(
  values: Int16Array,
  first: number,
  kept: number,
  end: number,
  {lanes, dataBits, elementBits}: Pick<HlsOptions, "lanes" | "dataBits" | "elementBits">,
): string {
  let data = 0n
  let keep = 0n
  const mask = (1n << BigInt(elementBits)) - 1n
  for (let lane = 0; lane < lanes && first + lane < end; lane++) {
    data |= (BigInt(at(values, first + lane)) & mask) << BigInt(lane * elementBits)
    if (first + lane < kept) keep |= 1n << BigInt(Math.floor((lane * elementBits) / 8))
  }
  return kept - first >= lanes || (dataBits === 8 && kept > first)
    ? data.toString(16)
    : `${data.toString(16)} keep=${keep.toString(16)}`
}

/** Header packets, words up to each TLAST, and what golden answers to them, or `answers` where the caller knows. */
export function packetVectors(
  network: IntegerNetwork,
  options: Pick<HlsOptions, "loadable">,
  packets: readonly ArrayLike<number>[],
  answers?: readonly ArrayLike<number>[],
): HlsVectors {
  const core = new PacketCore(network, options.loadable)
  const wanted = answers ?? packets.map((packet) => core.answer(packet).words)
  const starts = wanted.map(() => 0)
  wanted.forEach((answer, i) => {
    starts[i + 1] = at(starts, i) + answer.length
  })
  return {
    input: text(packets.flatMap(packetLines)),
    expected: text(wanted.flatMap(packetLines)),
    describe: (beat) => {
      const packet = starts.findIndex((start, i) => beat >= start && beat < (starts[i + 1] ?? Number.POSITIVE_INFINITY))
      return `answer to packet ${packet}, word ${beat - (starts[packet] ?? 0)}`
    },
  }
}

/** Images in raw packets; or, in header packets of `sizes` images in turn, behind those that load the network's weights. */
export function imageVectors(
  network: IntegerNetwork,
  options: Pick<HlsOptions, "packets" | "lanes" | "dataBits" | "elementBits" | "output" | "loadable">,
  input: ArrayLike<number>,
  images: number,
): HlsVectors {
  if (options.packets === "raw") return rawVectors(network, options, input, images)
  return packetVectors(network, options, imagePackets(network, options, input, images))
}

/** The packets of imageVectors behind headers. */
export function imagePackets(
  network: IntegerNetwork,
  {loadable}: Pick<HlsOptions, "loadable">,
  input: ArrayLike<number>,
  images: number,
): readonly Uint16Array[] {
  const pixels = Int16Array.from({length: images * elements(network.input.shape)}, (_, i) => at(input, i))
  return [...ownWeights(network, loadable), ...batches(network, pixels, (i) => at(SIZES, i % SIZES.length))]
}

/** Images of those packets, one after the other. */
const SIZES = [1, 2, 16, 127]

const packetLines = (words: ArrayLike<number>): string[] =>
  Array.from(words, (word, i) => `${(word & 0xffff).toString(16)}${i === words.length - 1 ? " last" : ""}`)

const text = (lines: readonly string[]): string => `${lines.join("\n")}\n`
