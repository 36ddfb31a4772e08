import {at, TlastError} from "../errors.ts"
import type {NumberFormat} from "../graph/format.ts"
import type {IntegerNetwork, LinearLayer} from "../graph/integer.ts"
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
  linearLayers,
  loadTargets,
  MAX_BATCH,
  resultWords,
} from "../graph/packets.ts"
import {elements, shapeName} from "../graph/shape.ts"
import {refuseUnsupported} from "../graph/support.ts"

/** One packet to send and what a right answer begins with; words are 16 bits, TLAST goes with the last. */
export interface LoadPacket {
  /** "conv1 weights" */
  readonly name: string
  readonly words: Uint16Array
  /** A right answer to a load is the packet as stored, so its own words, sign-extended. */
  readonly answer: Uint16Array
}

/**
 * The packets that load `model` into a core built for `built`: weights of every layer, and biases and shifts where the
 * build takes them and they differ from the build's. Throws UNSUPPORTED_LAYER for layers that no such core has, MODEL_DIFFERS
 * where the shapes or the arithmetic are not the build's, BIAS_TOO_WIDE where a bias does not fit.
 */
export function loadPackets(built: IntegerNetwork, model: IntegerNetwork, loadable: Loadable): readonly LoadPacket[] {
  for (const {layers} of [built, model])
    refuseUnsupported(layers, "a core with loadable weights", [], "build it with weights: constant")
  checkAlike(
    built,
    model,
    shapesOf,
    "load a model of the same shape with one scale a layer, or build a bitstream for this one",
  )
  checkAlike(
    built,
    model,
    arithmeticOf,
    "quantise the model with the build's bits, rounding, --results and --arithmetic",
  )
  const layers = linearLayers(model)
  const builtLayers = linearLayers(built)
  for (const [index, layer] of layers.entries()) checkBuiltIn(at(builtLayers, index), layer, loadable)
  return loadTargets(built, loadable).flatMap((target) => {
    const layer = at(layers, builtLayers.indexOf(target.layer))
    return packet(`${target.layer.name} ${target.kind}`, target.header, body(built, target, layer))
  })
}

/** An execute packet: `images` images of elements in the build's input format. Throws BATCH_SIZE. */
export function executePacket(built: IntegerNetwork, input: ArrayLike<number>, images: number): Uint16Array {
  const expected = images * elements(built.input.shape)
  if (images < 1 || images > MAX_BATCH || input.length !== expected)
    throw new TlastError({
      code: "BATCH_SIZE",
      where: `execute packet of ${images} images`,
      message: `found ${input.length} elements, expected ${expected}, and 1 to ${MAX_BATCH} images`,
      hint: "send whole images, and more than one packet for more of them",
    })
  return Uint16Array.from([
    ...headerWords(executeHeader(built, images)),
    ...Array.from(input, (value) => value & 0xffff),
  ])
}

/** Results of an execute packet's answer, images x outputs. Throws ANSWER_FAULT or ANSWER_LENGTH, saying which images are whole. */
export function readResults(
  built: IntegerNetwork,
  loadable: Loadable,
  images: number,
  answer: Uint16Array,
): Int32Array {
  const perImage = resultWords(built, loadable)
  const expected = headerFields.length + images * perImage
  if (answer.length !== expected || at(answer, 0) !== 0)
    throw badAnswer(`execute of ${images} images`, expected, answer)
  const outputs = elements(at(built.layers, built.layers.length - 1).output.shape)
  return Int32Array.from({length: images * outputs}, (_, index) => {
    const first = headerFields.length + Math.floor(index / outputs) * perImage
    const position = index % outputs
    if (loadable.results === 16) return (at(answer, first + position) << 16) >> 16
    return at(answer, first + 2 * position) | (at(answer, first + 2 * position + 1) << 16)
  })
}

/** Compares an answer with a load packet's echo. Throws ANSWER_FAULT, ANSWER_LENGTH or ECHO_DIFFERS. */
export function checkEcho({name, answer: expected}: LoadPacket, answer: Uint16Array): void {
  if (answer.length !== expected.length || at(answer, 0) >= ERROR_FLAG) throw badAnswer(name, expected.length, answer)
  const wrong = answer.findIndex((word, index) => word !== expected[index])
  if (wrong >= 0)
    throw new TlastError({
      code: "ECHO_DIFFERS",
      where: `${name}, word ${wrong - headerFields.length}`,
      message: `the core stored ${at(answer, wrong)}, and ${at(expected, wrong)} was sent`,
      hint: "check the stream's width (16 bits) and the buffer's type (int16), then load it again",
      exitCode: 1,
    })
}

/** The fault an answer reports, or undefined for a good one. */
export function answerFault(answer: Uint16Array, expectedWords: number): Fault | undefined {
  if (answer.length === expectedWords && (answer[0] ?? 0) < ERROR_FLAG) return undefined
  const first = answer[0] ?? 0
  const word = first >= ERROR_FLAG ? first : (answer.at(-1) ?? 0)
  return faults.find((fault) => ERROR_FLAG + faultCodes[fault] === word)
}

const faults = Object.keys(faultCodes) as Fault[]

const headerWords = (header: Header): readonly number[] => headerFields.map((field) => header[field])

function packet(name: string, header: Header, values: readonly number[]): LoadPacket {
  const words = Uint16Array.from([...headerWords(header), ...values])
  return {name, words, answer: words}
}

function body(built: IntegerNetwork, {kind, layer: builtLayer}: LoadTarget, layer: LinearLayer): readonly number[] {
  if (kind === "weights") return Array.from(layer.weights)
  if (kind === "shift") return [at(layer.requantise?.shifts ?? [], 0)]
  const bits = biasBits(built, builtLayer)
  return Array.from(layer.bias).flatMap((bias, channel) => {
    if (bias < -(2 ** (bits - 1)) || bias >= 2 ** (bits - 1))
      throw new TlastError({
        code: "BIAS_TOO_WIDE",
        where: `${layer.name}, channel ${channel}`,
        message: `bias ${bias} does not fit the ${bits} bits this build stores`,
        hint: "a bias that large outweighs every input: train with smaller biases or a coarser weight scale",
      })
    return [bias & 0xffff, (bias >> 16) & 0xffff]
  })
}

/** What two networks must have in common, layer by layer; the first that differs is said. */
function checkAlike(
  built: IntegerNetwork,
  model: IntegerNetwork,
  describe: (network: IntegerNetwork) => readonly string[],
  hint: string,
): void {
  const wanted = describe(built)
  const found = describe(model)
  const wrong = Array.from({length: Math.max(wanted.length, found.length)}, (_, i) => i).find(
    (i) => wanted[i] !== found[i],
  )
  if (wrong === undefined) return
  throw new TlastError({
    code: "MODEL_DIFFERS",
    where: wrong === 0 ? "input" : `layer ${model.layers[wrong - 1]?.name ?? wrong}`,
    message: `the model has ${found[wrong] ?? "no such layer"}, the bitstream was built for ${wanted[wrong] ?? "none"}`,
    hint,
  })
}

const shapesOf = (network: IntegerNetwork): readonly string[] => [
  `input ${shapeName(network.input.shape)}`,
  ...network.layers.map((layer) => {
    const size = layer.kind === "conv2d" ? ` ${layer.kernel.height}x${layer.kernel.width}` : ""
    const pool = layer.kind === "maxPool2d" ? ` ${layer.size.height}x${layer.size.width}` : ""
    const uniform = "requantise" in layer && new Set(layer.requantise?.shifts).size > 1 ? " shifts per channel" : ""
    return `${layer.kind}${size}${pool} to ${shapeName(layer.output.shape)}${uniform}`
  }),
]

/** Everything of the arithmetic that is wires, and not loaded. Fractions are names for people: no wire knows them. */
const arithmeticOf = (network: IntegerNetwork): readonly string[] => [
  bitsOf(network.input.format),
  ...network.layers.map((layer) => {
    if (!("requantise" in layer) || layer.requantise === undefined) return bitsOf(layer.output.format)
    const {rounding, relu, overflow} = layer.requantise
    return `${bitsOf(layer.output.format)}, rounding ${rounding}, ${overflow}${relu ? ", relu" : ""}`
  }),
]

const bitsOf = ({bits, signed}: NumberFormat): string => `${signed ? "signed" : "unsigned"} numbers of ${bits} bits`

/** What is not loaded must be the build's already. */
function checkBuiltIn(built: LinearLayer, model: LinearLayer, {biases, shifts}: Loadable): void {
  const differ = (what: string) =>
    new TlastError({
      code: "MODEL_DIFFERS",
      where: `layer ${model.name}`,
      message: `its ${what} are not the build's, and this bitstream does not load them`,
      hint: "quantise the model as the build was, or build without --arithmetic hls-2020, which has none",
    })
  if (!biases && model.bias.some((bias, channel) => bias !== built.bias[channel])) throw differ("biases")
  const shift = built.requantise?.shifts[0]
  if (!shifts && model.requantise?.shifts.some((own) => own !== shift)) throw differ("shifts")
}

function badAnswer(where: string, expected: number, answer: Uint16Array): TlastError {
  const fault = answerFault(answer, expected)
  if (fault === undefined)
    return new TlastError({
      code: "ANSWER_LENGTH",
      where,
      message: `found an answer of ${answer.length} words, expected ${expected}`,
      hint: "read the answer up to its TLAST; check that the receive buffer holds all of it",
      exitCode: 1,
    })
  return new TlastError({
    code: "ANSWER_FAULT",
    where,
    message: `the core answered fault ${faultCodes[fault]} (${fault})`,
    hint: cure[fault],
    exitCode: 1,
  })
}

const cure: Readonly<Record<Fault, string>> = {
  headerShort: "send at least the seven header words before TLAST",
  status: "status is 0 to execute, n to load the n-th layer's weights, 0x100 + n its biases, 0x200 + n its shift",
  batch: "batch is 1 to 32767 in an execute packet and 0 in a load",
  kernelDim: "kernelDim is the kernel's width in a load of convolution weights, else 1",
  inputChannels: "inputChannels is what the bitstream was built for: see plan.json",
  inputDim: "inputDim is the image's width in an execute packet (1 if not square) and 1 in a load",
  outputChannels: "outputChannels is what the bitstream was built for: see plan.json",
  outputDim: "outputDim is always 1",
  notLoaded: "load every layer's weights first, and load again what broke off",
  bodyShort: "TLAST came too early: send every word the header announces in one transfer",
  bodyLong: "TLAST came too late: send just the words the header announces",
}
