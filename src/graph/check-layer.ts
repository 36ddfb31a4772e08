import {at, TlastError} from "../errors.ts"
import {formatName, formatRange, type Range} from "./format.ts"
import {type Geometry, geometry, poolGeometry, windowed} from "./geometry.ts"
import {
  type IntegerAdd,
  type IntegerAvgPool2d,
  type IntegerConv2d,
  type IntegerDepthwiseConv2d,
  type IntegerLayer,
  type IntegerNetwork,
  isLinearLayer,
  type LinearLayer,
  type Requantise,
} from "./integer.ts"
import {accumulatorBits} from "./range.ts"
import {elements, type Shape, shapeName} from "./shape.ts"

type Tensor = IntegerNetwork["input"]

/** One layer against the tensors it reads: shape, formats, weights, shifts. BAD_NETWORK names the layer. */
export function checkLayer(layer: IntegerLayer, sources: readonly Tensor[], last: boolean): void {
  const source = at(sources, 0)
  const expected = outputShape(layer, source.shape)
  if (shapeName(expected) !== shapeName(layer.output.shape))
    throw bad(
      layer.name,
      `its output is ${shapeName(layer.output.shape)}, expected ${shapeName(expected)} from ${shapeName(source.shape)}`,
      "correct the shape",
    )
  if (isLinearLayer(layer)) checkLinear(layer, source, last)
  else if (layer.kind === "avgPool2d") checkAverage(layer, source)
  else if (layer.kind === "add") checkAdd(layer, source, at(sources, 1))
  else if (formatName(layer.output.format) !== formatName(source.format))
    throw bad(
      layer.name,
      `turns ${formatName(source.format)} into ${formatName(layer.output.format)}`,
      `a ${layer.kind} keeps its format`,
    )
}

function outputShape(layer: IntegerLayer, input: Shape): Shape {
  switch (layer.kind) {
    case "conv2d":
      return windowed(windows(layer, input), layer.bias.length)
    case "depthwiseConv2d":
      return windowed(windows(layer, input), input.channels)
    case "dense":
      return {height: 1, width: 1, channels: layer.bias.length}
    case "maxPool2d":
    case "avgPool2d":
      return windowed(poolGeometry(layer.size, input), input.channels)
    case "add":
      return input
    case "flatten":
      return {height: 1, width: 1, channels: elements(input)}
  }
}

function windows(layer: IntegerConv2d | IntegerDepthwiseConv2d, input: Shape): Geometry {
  const {kernel, stride} = layer
  const counts = [kernel.height, kernel.width, stride?.height ?? 1, stride?.width ?? 1]
  if (counts.some((n) => !Number.isInteger(n) || n < 1))
    throw bad(layer.name, `its kernel and stride are ${counts.join(", ")}`, "use whole numbers of 1 or more")
  return geometry(layer, input)
}

function checkLinear(layer: LinearLayer, source: Tensor, last: boolean): void {
  const {name, weights, weightBits, weightFractions, bias, requantise} = layer
  const {shape} = source
  const taps = tapsOf(layer, shape)
  if (layer.kind === "depthwiseConv2d" && bias.length !== shape.channels)
    throw bad(name, `has ${bias.length} kernels for ${shape.channels} channels`, "give one a channel")
  if (weights.length !== bias.length * taps)
    throw bad(name, `has ${weights.length} weights, expected ${bias.length} x ${taps}`, "correct the weights")
  if (!Number.isInteger(weightBits) || weightBits < 1 || weightBits > 8)
    throw bad(name, `has ${weightBits}-bit weights`, "use 1 to 8 bits")
  const {min, max} = weightRange(weightBits)
  const wide = weights.find((weight) => weight < min || weight > max || (weightBits === 1 && weight === 0))
  if (wide !== undefined)
    throw bad(
      name,
      `weight ${wide} is ${weightBits === 1 ? "neither -1 nor 1" : `outside ${min}..${max}`}`,
      `it has ${weightBits}-bit weights`,
    )
  if (weightFractions.length !== bias.length)
    throw bad(name, `has ${weightFractions.length} weight fractions for ${bias.length} outputs`, "give one an output")
  const output = layer.output.format
  if (requantise === undefined) {
    if (!last) throw bad(name, "has no requantise", "only the last layer may send its accumulators")
    if (output.bits !== accumulatorBits || !output.signed)
      throw bad(name, `sends accumulators as ${formatName(output)}`, "accumulators are 32 bits, signed")
  } else if (requantise.shifts.length !== bias.length)
    throw bad(name, `has ${requantise.shifts.length} shifts for ${bias.length} outputs`, "give one an output")
  for (const [channel, fraction] of weightFractions.entries()) {
    const shift = requantise?.shifts[channel] ?? 0
    if (!Number.isInteger(shift) || shift < 0 || shift > 31)
      throw bad(name, `shifts channel ${channel} by ${shift}`, "shifts are 0 to 31")
    const found = source.format.fraction + fraction - shift
    if (found !== output.fraction)
      throw bad(
        name,
        `channel ${channel} has ${source.format.fraction} + ${fraction} - ${shift} = ${found} fraction bits, its output ${output.fraction}`,
        "shifts are the input's and weight's fraction minus the output's",
      )
  }
}

function checkAverage({name, output, requantise, size}: IntegerAvgPool2d, source: Tensor): void {
  const tflite = requantise.rounding === "tflite"
  if (size.height * size.width > 2 ** 16)
    throw bad(name, `averages ${size.height}x${size.width} elements`, "average at most 65,536: pool before it")
  if (tflite && (source.format.bits !== 8 || formatName(source.format) !== formatName(output.format)))
    throw bad(
      name,
      `averages ${formatName(source.format)} into ${formatName(output.format)} with tflite rounding`,
      "LiteRT's keeps an 8-bit format; use half-up for others",
    )
  checkShifts(name, requantise, output, tflite ? source.format.fraction : 16 + source.format.fraction)
}

function checkAdd({name, output, requantise}: IntegerAdd, left: Tensor, right: Tensor): void {
  if (shapeName(left.shape) !== shapeName(right.shape))
    throw bad(name, `adds ${shapeName(left.shape)} and ${shapeName(right.shape)}`, "add tensors of one shape")
  checkShifts(name, requantise, output, Math.max(left.format.fraction, right.format.fraction))
}

/** A channel's shift is the fraction of what is shifted minus the output's. */
function checkShifts(name: string, {shifts}: Requantise, output: Tensor, fraction: number): void {
  const expected = fraction - output.format.fraction
  if (shifts.length !== output.shape.channels)
    throw bad(name, `has ${shifts.length} shifts for ${output.shape.channels} channels`, "give one a channel")
  const wrong = shifts.find((shift) => shift !== expected || shift < 0 || shift > 31)
  if (wrong !== undefined)
    throw bad(
      name,
      `shifts by ${wrong}, its fractions ask for ${fraction} - ${output.format.fraction} = ${expected}`,
      "shifts are 0 to 31, and all the same here",
    )
}

/** Weights of one output. */
function tapsOf(layer: LinearLayer, shape: Shape): number {
  if (layer.kind === "dense") return elements(shape)
  return layer.kernel.height * layer.kernel.width * (layer.kind === "conv2d" ? shape.channels : 1)
}

/** What weights of so many bits lie between: 1 bit is -1 or 1. */
const weightRange = (bits: number): Range =>
  bits === 1 ? {min: -1, max: 1} : formatRange({bits, signed: true, fraction: 0})

/** BAD_NETWORK at a layer, or at the input. */
export const bad = (where: string, message: string, hint: string): TlastError =>
  new TlastError({code: "BAD_NETWORK", where: where === "input" ? where : `layer ${where}`, message, hint})
