import {at} from "../errors.ts"
import type {NumberFormat} from "../graph/format.ts"
import type {IntegerLayer, IntegerNetwork, Linear} from "../graph/integer.ts"
import {shortName} from "../graph/layers.ts"
import {elements, type Shape} from "../graph/shape.ts"
import type {FileTensor} from "./file.ts"
import type {LinearStep} from "./operators/operator.ts"
import {storedIntegers, turned} from "./values.ts"

/** Why a tensor of an int8 file cannot be held as it is. */
export interface Misfit {
  readonly tensor: FileTensor
  readonly reason: string
}

/** A tensor of the integer network to be. */
export interface Held {
  readonly shape: Shape
  readonly format: NumberFormat
  readonly name: string
}

/** Where an operator stands: what it reads as it is held, and what the file says it writes. */
export interface IntegerSite {
  readonly sources: readonly [Held, ...Held[]]
  readonly output: FileTensor
  readonly shape: Shape
  /** Nothing that changes a number follows. */
  readonly ends: boolean
}

/** The integer network of a file as it grows, and every tensor that stands against it. */
export class Holder {
  readonly misfits: Misfit[] = []
  readonly layers: IntegerLayer[] = []
  readonly #counts = new Map<string, number>()
  logits8: IntegerNetwork["logits8"]

  misfit(tensor: FileTensor, reason: string): void {
    this.misfits.push({tensor, reason})
  }

  /** Adds a layer under the next name of its kind. */
  add(kind: IntegerLayer["kind"], make: (name: string) => IntegerLayer): void {
    const short = shortName(kind)
    const count = (this.#counts.get(short) ?? 0) + 1
    this.#counts.set(short, count)
    this.layers.push(make(`${short}${count}`))
  }

  /** What was added last, or `otherwise` where nothing was. */
  last(otherwise: Held): Held {
    const layer = this.layers.at(-1)
    return layer === undefined ? otherwise : {name: layer.name, ...layer.output}
  }

  /** -log2 of a scale, or 0 with a misfit. */
  #fraction(tensor: FileTensor, scale: number): number {
    const fraction = -Math.log2(scale)
    if (Number.isInteger(fraction) && 2 ** -fraction === scale && Math.abs(fraction) <= 40) return fraction
    this.misfit(tensor, `the scale ${scale} is no power of two`)
    return 0
  }

  /** The format of an int8 tensor. */
  activation(tensor: FileTensor): NumberFormat {
    const {type, quantization} = tensor
    if (type !== "INT8" || quantization?.scales.length !== 1) {
      this.misfit(tensor, type === "INT8" ? "it has no single scale" : `it holds ${type}`)
      return {bits: 8, signed: false, fraction: 0}
    }
    const zeroPoint = at(quantization.zeroPoints, 0)
    if (zeroPoint !== -128 && zeroPoint !== 0) this.misfit(tensor, `the zero point ${zeroPoint} is neither -128 nor 0`)
    return {bits: 8, signed: zeroPoint === 0, fraction: this.#fraction(tensor, at(quantization.scales, 0))}
  }

  /** A misfit where a tensor has another format than the layer gives it. */
  keeps(tensor: FileTensor, expected: NumberFormat): void {
    const found = this.activation(tensor)
    if (found.fraction !== expected.fraction || found.signed !== expected.signed)
      this.misfit(tensor, "its scale is not that of the layer's input")
  }

  /** The tensor as a vector. */
  flatten({sources: [source]}: IntegerSite): Held {
    if (source.shape.height * source.shape.width === 1) return source
    const output = {shape: {height: 1, width: 1, channels: elements(source.shape)}, format: source.format}
    this.add("flatten", (name) => ({kind: "flatten", name, inputs: [source.name], output}))
    return this.last(source)
  }

  /** One fraction an output channel, of weights or bias. */
  #constant(tensor: FileTensor, type: string, outputs: number, dimension: number): readonly number[] {
    const {quantization} = tensor
    const zeros = Array<number>(outputs).fill(0)
    if (tensor.type !== type || quantization === undefined) {
      this.misfit(tensor, tensor.type === type ? "it has no scale" : `it holds ${tensor.type}`)
      return zeros
    }
    if (quantization.zeroPoints.some((zero) => zero !== 0))
      this.misfit(tensor, "constants with a zero point other than 0")
    if (quantization.scales.length > 1 && quantization.dimension !== dimension)
      this.misfit(tensor, `scales along dimension ${quantization.dimension}, not the outputs`)
    const fractions = quantization.scales.slice(0, outputs).map((scale) => this.#fraction(tensor, scale))
    return fractions.length === outputs ? fractions : zeros.map(() => fractions[0] ?? 0)
  }

  /** What a layer of weighted sums has besides its kind and windows. */
  linear(step: LinearStep, {sources: [source], output: tensor, shape, ends}: IntegerSite, name: string): Linear {
    const {outputs, dimension} = step
    const weightFractions = this.#constant(step.weights, "INT8", outputs, dimension)
    const sums = weightFractions.map((fraction) => source.format.fraction + fraction)
    const output = this.activation(tensor)
    const shifts = sums.map((fraction) => fraction - output.fraction)
    if (shifts.some((shift) => shift < 0 || shift > 31))
      this.misfit(tensor, `shifts of ${Math.min(...shifts)}..${Math.max(...shifts)}, not 0..31`)
    const stored = step.weights.type === "INT8" ? Int8Array.from(storedIntegers(step.weights)) : new Int8Array(0)
    const uniform = shifts.every((shift) => shift === shifts[0])
    const logits = ends && uniform && output.signed && !step.relu
    if (logits) this.logits8 = {shift: shifts[0] ?? 0, rounding: "tflite"}
    return {
      name,
      inputs: [source.name],
      output: {shape, format: logits ? {bits: 32, signed: true, fraction: sums[0] ?? 0} : output},
      weights: dimension === 0 ? stored : turned(stored, outputs),
      weightBits: 8,
      weightFractions,
      bias: this.#bias(step.bias, sums),
      ...(logits ? {} : {requantise: {shifts, rounding: "tflite", relu: step.relu, overflow: "saturate"}}),
    }
  }

  #bias(tensor: FileTensor | undefined, sums: readonly number[]): Int32Array {
    if (tensor === undefined) return new Int32Array(sums.length)
    const fractions = this.#constant(tensor, "INT32", sums.length, 0)
    if (fractions.some((fraction, channel) => fraction !== sums[channel]))
      this.misfit(tensor, "its scale is not the input's times the weights'")
    return tensor.type === "INT32" ? storedIntegers(tensor) : new Int32Array(sums.length)
  }
}
