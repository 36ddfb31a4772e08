import {at} from "../errors.ts"
import {checkIntegerNetwork} from "../graph/check.ts"
import type {NumberFormat} from "../graph/format.ts"
import type {IntegerLayer, IntegerNetwork, LinearLayer} from "../graph/integer.ts"
import {elements, type Shape, shapeName} from "../graph/shape.ts"
import type {FileGraph, FileTensor} from "./file.ts"
import {type Step, shapeOf} from "./judge.ts"
import {storedIntegers} from "./values.ts"

/** Why a tensor of an int8 file cannot be held as it is. */
export interface Misfit {
  readonly tensor: FileTensor
  readonly reason: string
}

/**
 * An int8 file bit for bit: its integers are LiteRT's reference kernels'. Or every tensor that stands against it: scales
 * that are no powers of two, zero points that are neither -128 (unsigned) nor 0.
 */
export function integerNetwork(
  graph: FileGraph,
  steps: readonly Step[],
  name: string,
  pixelScale: number,
): IntegerNetwork | readonly Misfit[] {
  const misfits: Misfit[] = []
  const holder = new Holder(misfits)
  const start = steps.findIndex((step) => step.kind !== "none" && step.kind !== "image")
  const image = steps.find((step) => step.kind === "image")
  const shape = image?.kind === "image" ? image.shape : (shapeOf(graph.input) as Shape)
  const first = start < 0 ? graph.input : (at(graph.operators, start).inputs[0] ?? graph.input)
  const format = holder.activation(first)
  checkInput(graph.input, first, format, pixelScale, misfits)
  const layers: IntegerLayer[] = []
  const lastLinear = steps.findLastIndex((step) => step.kind === "conv2d" || step.kind === "dense")
  let current = {shape, format, name: "input"}
  const counts = new Map<string, number>()
  const next = (short: string) => {
    counts.set(short, (counts.get(short) ?? 0) + 1)
    return `${short}${counts.get(short)}`
  }
  const add = (layer: IntegerLayer) => {
    layers.push(layer)
    current = {shape: layer.output.shape, format: layer.output.format, name: layer.name}
  }
  const flatten = () => {
    const output = {shape: {height: 1, width: 1, channels: elements(current.shape)}, format: current.format}
    if (shapeName(current.shape) !== shapeName(output.shape))
      add({kind: "flatten", name: next("flatten"), inputs: [current.name], output})
  }
  let logits8: IntegerNetwork["logits8"]
  for (const [index, step] of steps.entries()) {
    const operator = at(graph.operators, index)
    const output = at(operator.outputs, 0)
    const outputShape = shapeOf(output) as Shape
    if (step.kind === "conv2d" || step.kind === "dense") {
      if (step.kind === "dense") flatten()
      const ends = index === lastLinear && steps.slice(index + 1).every(({kind}) => kind === "none")
      const layerName = next(step.kind === "conv2d" ? "conv" : "dense")
      const made = holder.linear(step, current, output, layerName, outputShape, ends)
      logits8 = made.logits8
      add(made.layer)
    } else if (step.kind === "maxPool2d") {
      holder.keeps(output, current.format)
      if (step.relu && current.format.signed) misfits.push({tensor: output, reason: "a pool with a relu of its own"})
      const tensor = {shape: outputShape, format: current.format}
      add({kind: "maxPool2d", name: next("pool"), inputs: [current.name], size: step.size, output: tensor})
    } else if (step.kind === "flatten") {
      holder.keeps(output, current.format)
      flatten()
    } else if (step.kind === "relu") misfits.push({tensor: output, reason: "a relu that is not fused"})
  }
  if (misfits.length > 0) return misfits
  const network = {
    name,
    input: {shape, format},
    layers,
    ...(logits8 === undefined ? {} : {logits8}),
  }
  checkIntegerNetwork(network)
  return network
}

/** The image's integers must be the pixel's byte: unsigned, and of the scale a float input in front of them has. */
function checkInput(
  input: FileTensor,
  first: FileTensor,
  format: NumberFormat,
  pixelScale: number,
  misfits: Misfit[],
): void {
  if (format.signed) misfits.push({tensor: first, reason: "pixels are unsigned: its zero point is not -128"})
  const scale = 2 ** -format.fraction
  if (input.type === "FLOAT32" && scale !== pixelScale)
    misfits.push({tensor: first, reason: `its scale is ${scale}, a pixel's ${pixelScale}`})
  const own = input.quantization
  if (input === first || input.type === "FLOAT32") return
  const shift = input.type === "UINT8" ? 0 : -128
  if (own?.scales[0] !== scale || own.zeroPoints[0] !== shift)
    misfits.push({tensor: input, reason: "it is requantised before the first layer"})
}

type Current = {readonly shape: Shape; readonly format: NumberFormat; readonly name: string}

class Holder {
  constructor(readonly misfits: Misfit[]) {}

  /** -log2 of a scale, or 0 with a misfit. */
  #fraction(tensor: FileTensor, scale: number): number {
    const fraction = -Math.log2(scale)
    if (Number.isInteger(fraction) && 2 ** -fraction === scale && Math.abs(fraction) <= 40) return fraction
    this.misfits.push({tensor, reason: `the scale ${scale} is no power of two`})
    return 0
  }

  activation(tensor: FileTensor): NumberFormat {
    const {type, quantization} = tensor
    if (type !== "INT8" || quantization?.scales.length !== 1) {
      this.misfits.push({tensor, reason: type === "INT8" ? "it has no single scale" : `it holds ${type}`})
      return {bits: 8, signed: false, fraction: 0}
    }
    const zeroPoint = at(quantization.zeroPoints, 0)
    if (zeroPoint !== -128 && zeroPoint !== 0)
      this.misfits.push({tensor, reason: `the zero point ${zeroPoint} is neither -128 nor 0`})
    return {bits: 8, signed: zeroPoint === 0, fraction: this.#fraction(tensor, at(quantization.scales, 0))}
  }

  keeps(tensor: FileTensor, expected: NumberFormat): void {
    const found = this.activation(tensor)
    if (found.fraction !== expected.fraction || found.signed !== expected.signed)
      this.misfits.push({tensor, reason: "its scale is not that of the layer's input"})
  }

  /** One fraction an output channel, of weights or bias. */
  #constant(tensor: FileTensor, type: string, filters: number): readonly number[] {
    const {quantization} = tensor
    const zeros = Array<number>(filters).fill(0)
    if (tensor.type !== type || quantization === undefined) {
      this.misfits.push({tensor, reason: tensor.type === type ? "it has no scale" : `it holds ${tensor.type}`})
      return zeros
    }
    if (quantization.zeroPoints.some((zero) => zero !== 0))
      this.misfits.push({tensor, reason: "constants with a zero point other than 0"})
    if (quantization.scales.length > 1 && quantization.dimension !== 0)
      this.misfits.push({tensor, reason: `scales along dimension ${quantization.dimension}, not the outputs`})
    const fractions = quantization.scales.slice(0, filters).map((scale) => this.#fraction(tensor, scale))
    return fractions.length === filters ? fractions : zeros.map(() => fractions[0] ?? 0)
  }

  linear(
    step: Extract<Step, {kind: "conv2d" | "dense"}>,
    source: Current,
    tensor: FileTensor,
    name: string,
    shape: Shape,
    ends: boolean,
  ): {layer: LinearLayer; logits8?: NonNullable<IntegerNetwork["logits8"]>} {
    const filters = at(step.weights.shape, 0)
    const weightFractions = this.#constant(step.weights, "INT8", filters)
    const sums = weightFractions.map((fraction) => source.format.fraction + fraction)
    const bias = this.#bias(step.bias, sums)
    const output = this.activation(tensor)
    const shifts = sums.map((fraction) => fraction - output.fraction)
    if (shifts.some((shift) => shift < 0 || shift > 31))
      this.misfits.push({tensor, reason: `shifts of ${Math.min(...shifts)}..${Math.max(...shifts)}, not 0..31`})
    const weights = step.weights.type === "INT8" ? Int8Array.from(storedIntegers(step.weights)) : new Int8Array(0)
    const uniform = shifts.every((shift) => shift === shifts[0])
    const logits = ends && uniform && output.signed && !step.relu
    const format = logits ? {bits: 32, signed: true, fraction: sums[0] ?? 0} : output
    const rule = {shifts, rounding: "tflite", relu: step.relu, overflow: "saturate"} as const
    const common = {
      name,
      inputs: [source.name],
      output: {shape, format},
      weights,
      weightBits: 8,
      weightFractions,
      bias,
      ...(logits ? {} : {requantise: rule}),
    }
    const layer: LinearLayer =
      step.kind === "conv2d" ? {kind: "conv2d", kernel: step.kernel, ...common} : {kind: "dense", ...common}
    return logits ? {layer, logits8: {shift: shifts[0] ?? 0, rounding: "tflite"}} : {layer}
  }

  #bias(tensor: FileTensor | undefined, sums: readonly number[]): Int32Array {
    if (tensor === undefined) return new Int32Array(sums.length)
    const fractions = this.#constant(tensor, "INT32", sums.length)
    if (fractions.some((fraction, channel) => fraction !== sums[channel]))
      this.misfits.push({tensor, reason: "its scale is not the input's times the weights'"})
    return tensor.type === "INT32" ? storedIntegers(tensor) : new Int32Array(sums.length)
  }
}
