import {TlastError} from "../../errors.ts"
import type {IntegerNetwork} from "../../graph/integer.ts"
import type {Loadable} from "../../graph/packets.ts"
import {elements} from "../../graph/shape.ts"

/** Multipliers of a linear layer: pe outputs times simd inputs a step. */
export interface HlsFolding {
  readonly pe: number
  readonly simd: number
}

/** What the HLS architecture needs of a plan. Every field has the plan's meaning. */
export interface HlsOptions {
  /** Header packets carry the weights of a loadable build, raw ones only images: one of the two needs the other. */
  readonly packets: "raw" | "header"
  readonly weights: "constant" | "loadable"
  /** Elements a beat of s_axis; header packets have one. */
  readonly lanes: number
  /** Bits of s_axis_tdata in raw packets, and of an element in it: lane i is tdata[elementBits * i +: elementBits]. */
  readonly dataBits: number
  readonly elementBits: number
  readonly output: "logits" | "class"
  /** Of header packets: width of a result, and what can be loaded besides weights. */
  readonly loadable: Loadable
  /** By layer; a layer without gets the smallest folding that keeps up with one pixel a clock. */
  readonly folding: Readonly<Record<string, HlsFolding>>
  readonly part: string
  readonly clockMhz: number
  /** SHA-256 of the model, for the comment at the top of each file. */
  readonly modelHash: string
}

export const defaultHlsOptions: HlsOptions = {
  packets: "raw",
  weights: "constant",
  lanes: 1,
  dataBits: 8,
  elementBits: 8,
  output: "logits",
  loadable: {results: 16, biases: true, shifts: true},
  folding: {},
  part: "xc7z020clg400-1",
  clockMhz: 100,
  modelHash: "",
}

/** Throws HLS_UNSUPPORTED for what cannot be built, saying what to change. */
export function checkOptions(
  {name, input, layers}: IntegerNetwork,
  {packets, weights, lanes, output, dataBits, elementBits}: HlsOptions,
): void {
  const where = `network ${name}`
  if (layers.every(({kind}) => kind === "flatten"))
    throw unsupported(where, "has no layer that computes", "add a dense layer")
  if (input.format.bits > 8)
    throw unsupported(
      where,
      `its input has ${input.format.bits} bits; a lane is a byte`,
      "use inputs of at most 8 bits",
    )
  if (packets === "raw" && weights === "loadable")
    throw unsupported(
      where,
      "raw packets carry images only, so no weights can be loaded",
      'use packets "header", or weights "constant"',
    )
  if (packets === "header" && weights === "constant")
    throw unsupported(
      where,
      "header packets load weights, and those of this build are constant",
      'use packets "raw", or weights "loadable"',
    )
  if (packets === "header" && (lanes !== 1 || output !== "logits"))
    throw unsupported(
      where,
      `header packets have one element a word and answer with logits; found ${lanes} lanes, output ${output}`,
      "use lanes 1 and output logits, or packets raw",
    )
  if (lanes * elementBits > dataBits || input.format.bits > elementBits || dataBits > 64 || dataBits % 8 !== 0)
    throw unsupported(
      where,
      `${lanes} lanes of ${elementBits} bits do not go into a beat of ${dataBits}, or its input not into a lane`,
      "use a stream of 8, 16, 32 or 64 bits that holds them",
    )
  if (elements(input.shape) % lanes !== 0)
    throw unsupported(
      where,
      `its image has ${elements(input.shape)} elements and the stream ${lanes} lanes`,
      "use lanes that divide the image",
    )
}

/** The error of what the HLS backend cannot build. */
export const unsupported = (where: string, message: string, hint: string) =>
  new TlastError({code: "HLS_UNSUPPORTED", where, message, hint})
