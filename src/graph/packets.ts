import {formatRange, type NumberFormat, signedBits} from "./format.ts"
import type {IntegerNetwork, LinearLayer} from "./integer.ts"
import {elements} from "./shape.ts"

// The words of `header` packets: docs/packets.md. Shared by golden (what is right), plan and emit (what is built),
// weights (what is sent).

/** The header's words in order; each is 16 bits on the stream. */
export const headerFields = [
  "status",
  "batch",
  "kernelDim",
  "inputChannels",
  "inputDim",
  "outputChannels",
  "outputDim",
] as const
export type HeaderField = (typeof headerFields)[number]
export type Header = Readonly<Record<HeaderField, number>>

/** An answer's error word is ERROR_FLAG + one of the fault codes. */
export const ERROR_FLAG = 0x8000

/** Why a packet was refused. Of several faults in one header the lowest code is answered. */
export const faultCodes = {
  headerShort: 1,
  status: 2,
  batch: 3,
  kernelDim: 4,
  inputChannels: 5,
  inputDim: 6,
  outputChannels: 7,
  outputDim: 8,
  notLoaded: 9,
  bodyShort: 10,
  bodyLong: 11,
} as const
export type Fault = keyof typeof faultCodes

/** What a build with `packets: "header"` can be sent besides images. */
export interface Loadable {
  /** Bits of a result: one word saturated by the last layer's requantise, or two words, low half first. */
  readonly results: 16 | 32
  readonly biases: boolean
  readonly shifts: boolean
}

export type LoadKind = "weights" | "biases" | "shift"

/** One thing that can be loaded: a layer's weights, biases or shift. */
export interface LoadTarget {
  readonly layer: LinearLayer
  readonly kind: LoadKind
  /** The only header that loads it. */
  readonly header: Header
  /** Words of the body. */
  readonly words: number
}

export const MAX_BATCH = 32_767

/** The header of an execute packet of `batch` images. A non-square input is sent as a vector. */
export function executeHeader(network: IntegerNetwork, batch: number): Header {
  const {shape} = network.input
  const square = shape.height === shape.width
  return {
    status: 0,
    batch,
    kernelDim: 1,
    inputChannels: square ? shape.channels : elements(shape),
    inputDim: square ? shape.height : 1,
    outputChannels: outputs(network),
    outputDim: 1,
  }
}

/** Everything that can be loaded, in the order of the layers: weights, then biases, then shift of each. */
export function loadTargets(network: IntegerNetwork, {biases, shifts}: Loadable): readonly LoadTarget[] {
  return linearLayers(network).flatMap((layer, index) => {
    const channels = layer.output.shape.channels
    const perChannel = layer.weights.length / channels
    const square = layer.kind === "conv2d" && layer.kernel.height === layer.kernel.width
    const kernelDim = square ? layer.kernel.width : 1
    const base = {batch: 0, inputDim: 1, outputDim: 1}
    const status = index + 1
    const targets: LoadTarget[] = [
      {
        layer,
        kind: "weights",
        header: {...base, status, kernelDim, inputChannels: perChannel / kernelDim ** 2, outputChannels: channels},
        words: layer.weights.length,
      },
    ]
    const parameter = {...base, kernelDim: 1}
    if (biases) {
      const header = {...parameter, status: 0x100 + status, inputChannels: 2, outputChannels: channels}
      targets.push({layer, kind: "biases", header, words: 2 * channels})
    }
    if (shifts && layer.requantise !== undefined) {
      const header = {...parameter, status: 0x200 + status, inputChannels: 1, outputChannels: 1}
      targets.push({layer, kind: "shift", header, words: 1})
    }
    return targets
  })
}

/** The layers that have weights, in order: the n-th is loaded by status n. */
export function linearLayers(network: IntegerNetwork): readonly LinearLayer[] {
  return network.layers.filter((layer) => layer.kind === "conv2d" || layer.kind === "dense")
}

/** Words of one image's results; a lone 16-bit result is followed by a word 0, so no broken answer has a good length. */
export function resultWords(network: IntegerNetwork, {results}: Loadable): number {
  return results === 32 ? 2 * outputs(network) : Math.max(2, outputs(network))
}

/**
 * Bits of a loadable layer's stored biases: those of its largest sum with any 8-bit weights, and more than the 16 of the
 * first word. The accumulator has one more.
 */
export function biasBits(network: IntegerNetwork, layer: LinearLayer): number {
  const {min, max} = formatRange(inputFormat(network, layer))
  const terms = layer.weights.length / layer.output.shape.channels
  const sum = {min: terms * Math.min(-128 * max, 127 * min), max: terms * Math.max(127 * max, -128 * min)}
  return Math.max(17, signedBits(sum))
}

/** Format of the elements a layer reads. */
export function inputFormat(network: IntegerNetwork, layer: LinearLayer): NumberFormat {
  const source = network.layers.find(({name}) => name === layer.inputs[0])
  return source === undefined ? network.input.format : source.output.format
}

function outputs(network: IntegerNetwork): number {
  const last = network.layers.at(-1)
  return elements(last === undefined ? network.input.shape : last.output.shape)
}
