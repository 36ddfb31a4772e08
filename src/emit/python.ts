import {bug} from "../errors.ts"
import {byteShift} from "../graph/format.ts"
import type {IntegerNetwork} from "../graph/integer.ts"
import {executeHeader, type Header, headerFields, type Loadable, loadTargets, resultWords} from "../graph/packets.ts"
import {elements} from "../graph/shape.ts"
import type {Plan} from "../plan/plan.ts"
import {type BlockDesign, dmaPath, lengthBits} from "./block-design.ts"

/** What the software needs to know of the core's ports and pace. */
export interface CoreFacts {
  /** Width of s_axis. */
  readonly inputBits: number
  /** Bits of the stream that one element takes: 8 unless elements are packed. */
  readonly wireBits: number
  /** Width of m_axis. */
  readonly outputBits: number
  /** Results an image: logits, or one class. */
  readonly outputs: number
  readonly outputKind: "logits" | "class"
  readonly intervalCycles: number
  readonly latencyCycles: number
}

/** The facts of a plan for that network. */
export function coreFacts(plan: Plan, network: IntegerNetwork): CoreFacts {
  const {input, output} = plan.stream
  const header = plan.packets === "header"
  const last = network.layers.at(-1)
  return {
    // Header packets are 16-bit words both ways; the driver makes words of bytes.
    inputBits: header ? 16 : input.dataBits,
    wireBits: header ? 8 : input.elementBits,
    outputBits: header ? 16 : output.dataBits,
    outputs: header && last ? elements(last.output.shape) : output.wordsPerImage,
    outputKind: !header && last && elements(last.output.shape) !== output.wordsPerImage ? "class" : "logits",
    intervalCycles: plan.interval,
    latencyCycles: plan.latency,
  }
}

/** accelerator.json: what python/tlast_pynq reads; the driver itself is the same for every network. */
export interface AcceleratorFile {
  readonly format: "tlast accelerator"
  readonly version: 1
  readonly name: string
  readonly stem: string
  readonly board: string
  readonly part: string
  readonly model_sha256: string
  /** Where the overlay has its DMA. */
  readonly dma: string
  readonly dma_length_bits: number
  readonly clock_mhz: number
  readonly input: {
    readonly height: number
    readonly width: number
    readonly channels: number
    /** A pixel byte is shifted right by this. */
    readonly shift: number
    readonly wire_bits: number
    /** Bytes an image takes in memory and on the stream; in header packets, words. */
    readonly bytes: number
  }
  readonly output: {readonly count: number; readonly kind: "logits" | "class"; readonly fraction: number}
  readonly packets: {readonly kind: "raw"} | HeaderPackets
  readonly cycles: {readonly interval: number; readonly latency: number}
}

/** What the driver needs to speak the header protocol (docs/packets.md). Headers are seven words. */
export interface HeaderPackets {
  readonly kind: "header"
  readonly results: 16 | 32
  /** Words of one image's results. */
  readonly result_words: number
  readonly execute: readonly number[]
  /** In the order of load_<n>.npy. */
  readonly targets: readonly {readonly name: string; readonly header: readonly number[]; readonly words: number}[]
}

/** The header protocol of a network, as data for the driver. */
export function headerPackets(network: IntegerNetwork, loadable: Loadable): HeaderPackets {
  const words = (header: Header) => headerFields.map((field) => header[field])
  return {
    kind: "header",
    results: loadable.results,
    result_words: resultWords(network, loadable),
    execute: words(executeHeader(network, 1)),
    targets: loadTargets(network, loadable).map(({layer, kind, header, words: count}) => ({
      name: `${layer.name} ${kind}`,
      header: words(header),
      words: count,
    })),
  }
}

/** Describes one build to the driver. `stem` and `modelSha256` tie it to its bitstream. */
export function acceleratorFile(
  network: IntegerNetwork,
  core: CoreFacts,
  design: BlockDesign,
  names: {readonly stem: string; readonly board: string; readonly modelSha256: string},
  packets: AcceleratorFile["packets"] = {kind: "raw"},
): AcceleratorFile {
  const {shape, format} = network.input
  const last = network.layers.at(-1)
  if (!last) throw bug("acceleratorFile", "a network without layers")
  const bits = elements(shape) * core.wireBits
  if (bits % core.inputBits !== 0)
    throw bug("acceleratorFile", `an image of ${bits} bits on ${core.inputBits}-bit beats`)
  return {
    format: "tlast accelerator",
    version: 1,
    name: network.name,
    stem: names.stem,
    board: names.board,
    part: design.part,
    model_sha256: names.modelSha256,
    dma: dmaPath,
    dma_length_bits: lengthBits,
    clock_mhz: Number(design.clock.mhz.toFixed(6)),
    input: {...shape, shift: byteShift(format), wire_bits: core.wireBits, bytes: bits / 8},
    output: {count: core.outputs, kind: core.outputKind, fraction: last.output.format.fraction},
    packets,
    cycles: {interval: core.intervalCycles, latency: core.latencyCycles},
  }
}
