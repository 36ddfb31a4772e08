import {type IntegerLayer, type IntegerNetwork, isLinearLayer} from "../graph/integer.ts"
import {
  biasBits,
  ERROR_FLAG,
  executeHeader,
  type Fault,
  faultCodes,
  type Header,
  headerFields,
  type Loadable,
  type LoadTarget,
  loadTargets,
  MAX_BATCH,
  resultWords,
} from "../graph/packets.ts"
import {elements} from "../graph/shape.ts"
import {runGolden} from "./run.ts"

/** What a packet is answered with, and whether it was good. */
export interface Answer {
  /** 16-bit words; TLAST is on the last one and nowhere else. */
  readonly words: Uint16Array
  readonly outcome: "ok" | Fault
}

/**
 * THE definition of the `header` protocol (docs/packets.md): a packet's words up to its TLAST in, one answer out.
 * Holds what a bitstream holds: the weights, biases and shifts loaded since reset.
 */
export class PacketCore {
  readonly #built: IntegerNetwork
  readonly #loadable: Loadable
  readonly #targets: readonly LoadTarget[]
  /** The words stored, as echoed, of every target that was ever written since reset. */
  readonly #stored = new Map<LoadTarget, Uint16Array>()
  readonly #ready = new Set<LoadTarget>()
  #network: IntegerNetwork

  constructor(network: IntegerNetwork, loadable: Loadable) {
    this.#built = network
    this.#network = network
    this.#loadable = loadable
    this.#targets = loadTargets(network, loadable)
    this.reset()
  }

  /** As after configuration and after aresetn: biases and shifts are the build's, no weights are loaded. */
  reset(): void {
    this.#stored.clear()
    this.#ready.clear()
    for (const target of this.#targets) if (target.kind !== "weights") this.#ready.add(target)
    this.#network = this.#built
  }

  /** Whether images are answered: every layer's weights are loaded, and no load has broken off since. */
  get loaded(): boolean {
    return this.#ready.size === this.#targets.length
  }

  /** The network as loaded. */
  get network(): IntegerNetwork {
    return this.#network
  }

  /** One packet: its words, of which the last carried TLAST. */
  answer(packet: ArrayLike<number>): Answer {
    const words = Uint16Array.from(packet)
    const header = readHeader(words)
    const early = this.#headerFault(words.length, header)
    if (early !== undefined) return refuse(header, early)
    const body = words.subarray(headerFields.length)
    const target = this.#targets.find((candidate) => candidate.header.status === header.status)
    const {result, fault} = target === undefined ? this.#execute(header.batch, body) : this.#load(target, body)
    if (fault === undefined) return {words: Uint16Array.from([...headerWords(header), ...result]), outcome: "ok"}
    // Where nothing was whole, no word has left: the fault takes the header's place.
    if (result.length === 0) return refuse(header, fault)
    return {
      words: Uint16Array.from([...headerWords(header), ...result, ERROR_FLAG + faultCodes[fault]]),
      outcome: fault,
    }
  }

  #headerFault(length: number, header: Header): Fault | undefined {
    if (length < headerFields.length) return "headerShort"
    const target = this.#targets.find((candidate) => candidate.header.status === header.status)
    if (target === undefined && header.status !== 0) return "status"
    const wanted = target?.header ?? executeHeader(this.#built, header.batch)
    if (target === undefined && (header.batch < 1 || header.batch > MAX_BATCH)) return "batch"
    for (const field of headerFields) if (header[field] !== wanted[field] && field !== "status") return field
    return target === undefined && !this.loaded ? "notLoaded" : undefined
  }

  #load(target: LoadTarget, body: Uint16Array): Body {
    const echo = body.subarray(0, target.words).map((word, index) => this.#storedWord(target, word, index))
    const fault = bodyFault(body.length, target.words)
    if (fault === undefined) {
      this.#stored.set(target, echo)
      this.#ready.add(target)
      this.#network = {...this.#built, layers: this.#built.layers.map((layer) => this.#loadedLayer(layer))}
    } else this.#ready.delete(target)
    return {result: echo, fault}
  }

  /** A word as it is stored and echoed. */
  #storedWord({kind, layer}: LoadTarget, word: number, index: number): number {
    if (kind === "weights") return signExtend(word, 8)
    if (kind === "shift") return word & 31
    return index % 2 === 0 ? word : signExtend(word, biasBits(this.#built, layer) - 16)
  }

  #execute(batch: number, body: Uint16Array): Body {
    const perImage = elements(this.#built.input.shape)
    const fault = bodyFault(body.length, batch * perImage)
    // An image whose last word should have carried TLAST, and did not, gives no result.
    const images = fault === "bodyLong" ? batch - 1 : Math.floor(body.length / perImage)
    const {bits, signed} = this.#built.input.format
    const input = Int16Array.from(body.subarray(0, images * perImage), (word) =>
      signed ? signExtend(word, bits) : word & (2 ** bits - 1),
    )
    const {outputs} = runGolden(this.#network, input, images)
    const wordsPerImage = resultWords(this.#built, this.#loadable)
    const result = new Uint16Array(images * wordsPerImage)
    const perOutput = this.#loadable.results / 16
    const outputsPerImage = outputs.length / Math.max(1, images)
    for (const [index, value] of outputs.entries()) {
      const first = Math.floor(index / outputsPerImage) * wordsPerImage + (index % outputsPerImage) * perOutput
      result[first] = value & 0xffff
      if (perOutput === 2) result[first + 1] = value >>> 16
    }
    return {result, fault}
  }

  #loadedLayer(layer: IntegerLayer): IntegerLayer {
    if (!isLinearLayer(layer)) return layer
    const stored = (kind: LoadTarget["kind"]) => {
      const target = this.#targets.find((candidate) => candidate.layer.name === layer.name && candidate.kind === kind)
      return target && this.#stored.get(target)
    }
    const weights = stored("weights")
    const bias = stored("biases")
    const shift = stored("shift")?.[0]
    return {
      ...layer,
      ...(weights && {weights: Int8Array.from(weights)}),
      ...(bias && {bias: layer.bias.map((_, c) => ((bias[2 * c + 1] ?? 0) << 16) | (bias[2 * c] ?? 0))}),
      ...(layer.requantise &&
        shift !== undefined && {requantise: {...layer.requantise, shifts: layer.requantise.shifts.map(() => shift)}}),
    }
  }
}

/** The words after the header, and what was wrong with the body. */
interface Body {
  readonly result: Uint16Array
  readonly fault: Fault | undefined
}

function bodyFault(length: number, expected: number): Fault | undefined {
  return length < expected ? "bodyShort" : length > expected ? "bodyLong" : undefined
}

/** Seven words: the fault, then the rest of the header as received, 0 where missing. */
function refuse(header: Header, fault: Fault): Answer {
  return {words: Uint16Array.of(ERROR_FLAG + faultCodes[fault], ...headerWords(header).slice(1)), outcome: fault}
}

function readHeader(words: Uint16Array): Header {
  const [status = 0, batch = 0, kernelDim = 0, inputChannels = 0, inputDim = 0, outputChannels = 0, outputDim = 0] =
    words
  return {status, batch, kernelDim, inputChannels, inputDim, outputChannels, outputDim}
}

const headerWords = (header: Header): readonly number[] => headerFields.map((field) => header[field])

/** The low bits of a word as a signed number. */
const signExtend = (word: number, bits: number): number => (word << (32 - bits)) >> (32 - bits)
