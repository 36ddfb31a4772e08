import {at} from "../errors.ts"
import {activations, paddings} from "../tflite/schema.ts"
import {type FileOperator, type FileTensor, readGraph} from "./file.ts"
import {storedIntegers} from "./values.ts"

/** What a file itself computes: an image's bytes to its last layer's values, before any softmax. */
export type Answers = (pixels: Uint8Array) => Float64Array

export interface FileAnswerOptions {
  readonly pixelScale?: number
}

/** One operator on the integers of an image's tensors. */
type Kernel = (...inputs: readonly Int32Array[]) => Int32Array

/**
 * The answers of an int8 file as LiteRT's reference kernels (BUILTIN_REF) compute them, with any scales and zero points, so
 * that what is rewritten can be compared with what was. Undefined where the file holds what this does not run: floats inside,
 * an operator of another kind, weights of other types. `pixelScale` is what a float input is for a byte of 1.
 */
export function fileAnswers(file: Uint8Array, {pixelScale = 1 / 256}: FileAnswerOptions = {}): Answers | undefined {
  const graph = readGraph(file)
  const steps: {readonly kernel: Kernel; readonly from: readonly FileTensor[]; readonly to: FileTensor}[] = []
  let last = graph.output
  for (const operator of graph.operators.toReversed()) {
    // What only follows the last layer changes no order: its input is what is asked for.
    if (at(operator.outputs, 0) !== last || !(operator.name === "SOFTMAX" || operator.name === "DEQUANTIZE")) break
    last = operator.inputs[0] ?? last
  }
  for (const operator of graph.operators) {
    const to = at(operator.outputs, 0)
    // Shapes are stated by the file, however it computes them.
    if (to.type === "INT32") continue
    const from = operator.inputs.filter((input) => input && input.data === undefined && input.type !== "INT32")
    if (to === graph.output && to !== last) break
    const kernel = kernels[operator.name]?.(operator, pixelScale)
    if (kernel === undefined) return undefined
    steps.push({kernel, from: from as readonly FileTensor[], to})
    if (to === last) break
  }
  if (last.type !== "INT8" || last.quantization === undefined) return undefined
  const [scale, zero] = [scaleOf(last), zeroOf(last)]
  // An int8 image is its bytes - 128; a float one is quantised by the first operator, from the bytes.
  const first = graph.input.type === "INT8" ? -128 : 0
  return (pixels) => {
    const tensors = new Map([[graph.input, Int32Array.from(pixels, (byte) => byte + first)]])
    const value = (tensor: FileTensor) => tensors.get(tensor) ?? new Int32Array()
    for (const {kernel, from, to} of steps) tensors.set(to, kernel(...from.map(value)) as Int32Array<ArrayBuffer>)
    return Float64Array.from(value(last), (q) => scale * (q - zero))
  }
}

const kernels: Readonly<Record<string, (operator: FileOperator, pixelScale: number) => Kernel | undefined>> = {
  QUANTIZE: quantise,
  RESHAPE: () => (values) => values,
  RELU: (operator) => rescaled(operator, true),
  CONV_2D: (operator) => linear(operator, "conv"),
  DEPTHWISE_CONV_2D: (operator) => linear(operator, "depthwise"),
  FULLY_CONNECTED: (operator) => linear(operator, "dense"),
  MAX_POOL_2D: (operator) => pool(operator, "largest"),
  AVERAGE_POOL_2D: (operator) => pool(operator, "mean"),
  ADD: add,
}

const scaleOf = ({quantization}: FileTensor): number => Math.fround(quantization?.scales[0] ?? 1)
const zeroOf = ({quantization}: FileTensor): number => quantization?.zeroPoints[0] ?? 0
const clamped = (value: number, least: number): number => Math.min(Math.max(value, least), 127)

/** The operator's input and output, both int8; undefined where they are not. */
function int8(operator: FileOperator): readonly [FileTensor, FileTensor] | undefined {
  const [input, output] = [operator.inputs[0], operator.outputs[0]]
  return input?.type === "INT8" && output?.type === "INT8" ? [input, output] : undefined
}

const optionsOf = ({options = {}}: FileOperator) => options as Readonly<Record<string, number | undefined>>

/** The smallest integer that is answered: with relu that of 0. */
function leastOf(operator: FileOperator): number {
  const relu = optionsOf(operator).fusedActivationFunction === activations.RELU
  return relu ? Math.max(-128, zeroOf(at(operator.outputs, 0))) : -128
}

/** [height, width, channels] of one image. */
function sidesOf({shape}: FileTensor): readonly [number, number, number] {
  const [, a = 1, b, c = 1] = shape
  return b === undefined ? [1, 1, a] : [a, b, c]
}

function quantise(operator: FileOperator, pixelScale: number): Kernel | undefined {
  const [input, output] = [at(operator.inputs, 0) as FileTensor, at(operator.outputs, 0)]
  if (output.type !== "INT8") return undefined
  if (input.type !== "FLOAT32") return rescaled(operator, false)
  const [pixel, scale, zero] = [Math.fround(pixelScale), scaleOf(output), zeroOf(output)]
  const one = (byte: number) => clamped(away(Math.fround(Math.fround(byte * pixel) / scale)) + zero, -128)
  return (bytes = new Int32Array()) => bytes.map(one)
}

function rescaled(operator: FileOperator, relu: boolean): Kernel {
  const [input, output] = [at(operator.inputs, 0) as FileTensor, at(operator.outputs, 0)]
  const by = multiplier(scaleOf(input) / scaleOf(output))
  const [zero, to] = [zeroOf(input), zeroOf(output)]
  const least = relu ? Math.max(-128, to) : -128
  return (values = new Int32Array()) => values.map((value) => clamped(twice(value - zero, by) + to, least))
}

/** Where windows lie in an image: their first row and column may lie outside it. */
function windows(
  operator: FileOperator,
  [height, width]: readonly [number, number],
  kernel: readonly [number, number],
) {
  const {padding = 0, strideW = 1, strideH = 1} = optionsOf(operator)
  const [, rows = 1, columns = 1] = at(operator.outputs, 0).shape
  const before = (size: number, stride: number, count: number, side: number) =>
    padding === paddings.SAME ? Math.floor(Math.max(0, (count - 1) * stride + size - side) / 2) : 0
  const [top, left] = [before(kernel[0], strideH, rows, height), before(kernel[1], strideW, columns, width)]
  return {rows, columns, rowOf: (y: number) => y * strideH - top, columnOf: (x: number) => x * strideW - left}
}

function pool(operator: FileOperator, kind: "largest" | "mean"): Kernel | undefined {
  const ends = int8(operator)
  if (ends === undefined) return undefined
  const [height, width, channels] = sidesOf(ends[0])
  const {filterWidth = 1, filterHeight = 1} = optionsOf(operator)
  const {rows, columns, rowOf, columnOf} = windows(operator, [height, width], [filterHeight, filterWidth])
  const least = leastOf(operator)
  return (values = new Int32Array()) => {
    const result = new Int32Array(rows * columns * channels)
    for (const n of result.keys()) {
      const [place, c] = [Math.floor(n / channels), n % channels]
      const [top, left] = [rowOf(Math.floor(place / columns)), columnOf(place % columns)]
      let [most, sum, count] = [-128, 0, 0]
      for (let y = Math.max(0, top); y < Math.min(height, top + filterHeight); y++)
        for (let x = Math.max(0, left); x < Math.min(width, left + filterWidth); x++, count++) {
          const value = values[(y * width + x) * channels + c] ?? 0
          most = Math.max(most, value)
          sum += value
        }
      result[n] = clamped(kind === "largest" ? most : away(sum / count), least)
    }
    return result
  }
}

function add(operator: FileOperator): Kernel | undefined {
  const [a, b, output] = [operator.inputs[0], operator.inputs[1], operator.outputs[0]]
  if (a?.type !== "INT8" || b?.type !== "INT8" || output?.type !== "INT8" || a.shape.join() !== b.shape.join())
    return undefined
  if (a.data !== undefined || b.data !== undefined) return undefined
  // Both on a grid 2^20 times finer than half of the larger scale's.
  const most = 2 * Math.max(scaleOf(a), scaleOf(b))
  const [left, right] = [multiplier(scaleOf(a) / most), multiplier(scaleOf(b) / most)]
  const back = multiplier(most / (2 ** 20 * scaleOf(output)))
  const least = leastOf(operator)
  return (first = new Int32Array(), second = first) =>
    first.map((value, i) => {
      const sum = twice((value - zeroOf(a)) * 2 ** 20, left) + twice(((second[i] ?? 0) - zeroOf(b)) * 2 ** 20, right)
      return clamped(twice(sum, back) + zeroOf(output), least)
    })
}

function linear(operator: FileOperator, kind: "conv" | "depthwise" | "dense"): Kernel | undefined {
  const ends = int8(operator)
  const [, file, biases] = operator.inputs
  const {quantization} = file ?? {}
  if (ends === undefined || file?.type !== "INT8" || quantization === undefined || file.data === undefined)
    return undefined
  if (biases !== undefined && biases.type !== "INT32") return undefined
  const [input, output] = ends
  const [height, width, channels] = kind === "dense" ? [1, 1, 0] : sidesOf(input)
  const [filters, kernelRows, kernelColumns, taps] = sizesOf(file.shape, kind)
  const weights = storedIntegers(file)
  const bias = biases === undefined ? new Int32Array(filters) : storedIntegers(biases)
  const one = quantization.scales.length === 1
  const channel = (list: readonly number[], filter: number) => at(list, one ? 0 : filter)
  // A dense layer's product of scales is a float32, a convolution's is not; their results are rounded differently too.
  const narrow = kind === "dense" && one ? Math.fround : (value: number) => value
  const scales = Array.from({length: filters}, (_, filter) =>
    multiplier(narrow(scaleOf(input) * Math.fround(channel(quantization.scales, filter))) / scaleOf(output)),
  )
  const round = kind === "dense" ? once : twice
  const [zero, offset, least] = [zeroOf(input), zeroOf(output), leastOf(operator)]
  const {rows, columns, rowOf, columnOf} =
    kind === "dense"
      ? {rows: 1, columns: 1, rowOf: () => 0, columnOf: () => 0}
      : windows(operator, [height, width], [kernelRows, kernelColumns])
  // A depthwise filter reads its own channel, and its weights are those of every filter side by side.
  const [deep, step] = kind === "depthwise" ? [1, filters] : [taps, 1]
  return (values = new Int32Array()) => {
    const result = new Int32Array(rows * columns * filters)
    for (let place = 0, n = 0; place < rows * columns; place++) {
      const [top, left] = [rowOf(Math.floor(place / columns)), columnOf(place % columns)]
      for (let filter = 0; filter < filters; filter++, n++) {
        const zeroWeight = channel(quantization.zeroPoints, filter)
        let sum = bias[filter] ?? 0
        for (let ky = 0; ky < kernelRows; ky++)
          for (let kx = 0; kx < kernelColumns; kx++) {
            const [y, x] = [top + ky, left + kx]
            // Outside the image lies 0, which adds nothing.
            if (kind !== "dense" && (y < 0 || x < 0 || y >= height || x >= width)) continue
            const from = (y * width + x) * channels + (kind === "depthwise" ? filter : 0)
            const tap = ky * kernelColumns + kx
            const weight =
              kind === "depthwise" ? tap * filters + filter : (filter * kernelRows * kernelColumns + tap) * deep
            for (let k = 0; k < deep; k++)
              sum += ((values[from + k] ?? 0) - zero) * ((weights[weight + k * step] ?? 0) - zeroWeight)
          }
        result[n] = clamped(round(sum, at(scales, filter)) + offset, least)
      }
    }
    return result
  }
}

/** Outputs, kernel rows and columns, and what is summed at each of its places. */
function sizesOf(shape: readonly number[], kind: string): readonly [number, number, number, number] {
  const [a = 0, b = 0, c = 0, d = 0] = shape
  return kind === "dense" ? [a, 1, 1, b] : kind === "depthwise" ? [d, b, c, 1] : [a, b, c, d]
}

/** A positive real as an integer below 2^31 and a power of two: value = integer x 2^(shift - 31). */
interface Multiplier {
  readonly integer: number
  readonly shift: number
}

function multiplier(value: number): Multiplier {
  if (!(value > 0)) return {integer: 0, shift: 0}
  let shift = Math.ceil(Math.log2(value))
  while (value / 2 ** shift >= 1) shift++
  while (value / 2 ** shift < 0.5) shift--
  const integer = away((value / 2 ** shift) * 2 ** 31)
  if (shift < -31) return {integer: 0, shift: 0}
  return integer === 2 ** 31 ? {integer: integer / 2, shift: shift + 1} : {integer, shift}
}

/** The nearest integer, a half away from zero. */
const away = (value: number): number => Math.sign(value) * Math.floor(Math.abs(value) + 0.5)

/** Twice rounded, as LiteRT's convolutions: to the multiplier's 31 bits half up, then by a power of two half away from zero. */
function twice(value: number, {integer, shift}: Multiplier): number {
  const high = product(shift > 0 ? value * 2 ** shift : value, integer, 31)
  return shift >= 0 ? high : away(high / 2 ** -shift)
}

/** Rounded once, as LiteRT's dense layers: the exact product, half away from zero. */
const once = (value: number, {integer, shift}: Multiplier): number =>
  Math.sign(value) * product(Math.abs(value), integer, 31 - shift)

/** floor(a x b / 2^bits + 1/2), exactly, where a has 32 bits and b 31. */
function product(a: number, b: number, bits: number): number {
  if (bits < 17) return Number((BigInt(a) * BigInt(b) + (1n << BigInt(bits - 1))) >> BigInt(bits))
  // In two halves: every part is below 2^53, and what the low half leaves behind moves no floor.
  const low = a * (b % 65_536)
  const high = a * Math.floor(b / 65_536) + Math.floor(low / 65_536)
  return Math.floor((high + 2 ** (bits - 17)) / 2 ** (bits - 16))
}
