import {at, TlastError} from "../errors.ts"
import {formatName, formatRange, type NumberFormat, type Range} from "./format.ts"
import type {IntegerLayer, IntegerNetwork, LinearLayer} from "./integer.ts"
import {LARGEST_TENSOR, network as rebuild} from "./layers.ts"
import {checkName, sameName} from "./name.ts"
import type {FloatModel, Network} from "./network.ts"
import {accumulatorBits, accumulatorRange, tensorRanges} from "./range.ts"
import {elements, type Shape, shapeName} from "./shape.ts"

/** Shapes and links are what layers.ts would have worked out. Throws its errors, or BAD_NETWORK where they differ. */
export function checkNetwork(network: Network): void {
  const checked = rebuild(network.name, network.input, network.layers)
  let previous = "input"
  for (const [i, layer] of network.layers.entries()) {
    const {output} = at(checked.layers, i)
    if (layer.inputs.length !== 1 || layer.inputs[0] !== previous)
      throw bad(layer.name, `reads [${layer.inputs.join(", ")}], expected ${previous}`, "networks are chains for now")
    if (shapeName(layer.output) !== shapeName(output))
      throw bad(
        layer.name,
        `says its output is ${shapeName(layer.output)}, it is ${shapeName(output)}`,
        "correct the shape",
      )
    previous = layer.name
  }
}

/** checkNetwork, and every conv2d and dense has finite parameters of the right count. BAD_PARAMETERS names the layer. */
export function checkModel({network, parameters}: FloatModel): void {
  checkNetwork(network)
  let input = network.input
  for (const layer of network.layers) {
    if (layer.kind === "conv2d" || layer.kind === "dense") {
      const outputs = layer.kind === "conv2d" ? layer.filters : layer.units
      const taps = layer.kind === "conv2d" ? layer.kernel.height * layer.kernel.width * input.channels : elements(input)
      const own = Object.hasOwn(parameters, layer.name) ? parameters[layer.name] : undefined
      if (own?.weights.length !== outputs * taps || own.bias.length !== outputs)
        throw new TlastError({
          code: "BAD_PARAMETERS",
          where: `layer ${layer.name}`,
          message: `found ${own?.weights.length ?? 0} weights and ${own?.bias.length ?? 0} biases, expected ${outputs * taps} and ${outputs}`,
          hint: "use the parameters that were trained for this network",
        })
      const odd = [...own.weights, ...own.bias].findIndex((value) => !Number.isFinite(value))
      if (odd >= 0)
        throw new TlastError({
          code: "BAD_PARAMETERS",
          where: `layer ${layer.name}`,
          message: "a weight or bias is NaN or infinite",
          hint: "train again with a lower rate, or use an earlier checkpoint",
        })
    }
    input = layer.output
  }
}

/**
 * Everything later stages rely on in an integer network: names, links, shapes, formats, weights inside their bits,
 * shifts, fractions that agree, accumulators of at most 32 bits. BAD_NETWORK or ACCUMULATOR_TOO_WIDE name the layer.
 */
export function checkIntegerNetwork(network: IntegerNetwork): void {
  checkName("network", network.name)
  checkShape("input", network.input.shape)
  checkFormat("input", network.input.format, 8)
  if (network.layers.length === 0) throw bad(network.name, "has no layers", "give at least one")
  const known = new Map<string, IntegerNetwork["input"]>([["input", network.input]])
  for (const [index, layer] of network.layers.entries()) {
    checkName("layer", layer.name)
    if ([...known.keys()].some((name) => sameName(name, layer.name)))
      throw bad(layer.name, "its name is taken", "give each layer its own name; upper and lower case count as the same")
    const source = known.get(at(layer.inputs, 0))
    if (layer.inputs.length !== 1 || source === undefined)
      throw bad(layer.name, `reads [${layer.inputs.join(", ")}]`, "name one tensor that stands before it")
    const last = index === network.layers.length - 1
    checkShape(layer.name, layer.output.shape)
    checkFormat(layer.name, layer.output.format, last ? accumulatorBits : 16)
    checkLayer(layer, source, last)
    known.set(layer.name, layer.output)
  }
  checkLogits(network)
  checkAccumulators(network)
}

type Tensor = IntegerNetwork["input"]

function checkLayer(layer: IntegerLayer, source: Tensor, last: boolean): void {
  const expected = outputShape(layer, source.shape)
  if (shapeName(expected) !== shapeName(layer.output.shape))
    throw bad(
      layer.name,
      `its output is ${shapeName(layer.output.shape)}, expected ${shapeName(expected)} from ${shapeName(source.shape)}`,
      "correct the shape",
    )
  if (layer.kind === "conv2d" || layer.kind === "dense") checkLinear(layer, source, last)
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
      return {
        height: input.height - layer.kernel.height + 1,
        width: input.width - layer.kernel.width + 1,
        channels: layer.bias.length,
      }
    case "dense":
      return {height: 1, width: 1, channels: layer.bias.length}
    case "maxPool2d":
      return {
        height: Math.floor(input.height / layer.size.height),
        width: Math.floor(input.width / layer.size.width),
        channels: input.channels,
      }
    case "flatten":
      return {height: 1, width: 1, channels: elements(input)}
  }
}

function checkLinear(layer: LinearLayer, source: Tensor, last: boolean): void {
  const {name, weights, weightBits, weightFractions, bias, requantise} = layer
  const {shape} = source
  const taps = layer.kind === "conv2d" ? layer.kernel.height * layer.kernel.width * shape.channels : elements(shape)
  if (weights.length !== bias.length * taps)
    throw bad(name, `has ${weights.length} weights, expected ${bias.length} x ${taps}`, "correct the weights")
  if (!Number.isInteger(weightBits) || weightBits < 2 || weightBits > 8)
    throw bad(name, `has ${weightBits}-bit weights`, "use 2 to 8 bits")
  const {min, max} = formatRange({bits: weightBits, signed: true, fraction: 0})
  const wide = weights.find((weight) => weight < min || weight > max)
  if (wide !== undefined)
    throw bad(name, `weight ${wide} is outside ${min}..${max}`, `it has ${weightBits}-bit weights`)
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

function checkLogits({layers, logits8, name}: IntegerNetwork): void {
  if (logits8 === undefined) return
  const last = at(layers, layers.length - 1)
  if ((last.kind !== "conv2d" && last.kind !== "dense") || last.requantise !== undefined)
    throw bad(name, "has an int8 form of its logits, but its last layer sends no accumulators", "leave logits8 out")
  if (!Number.isInteger(logits8.shift) || logits8.shift < 0 || logits8.shift > 31)
    throw bad(name, `shifts its logits by ${logits8.shift}`, "shifts are 0 to 31")
}

function checkAccumulators(network: IntegerNetwork): void {
  const ranges: ReadonlyMap<string, Range> = tensorRanges(network)
  for (const layer of network.layers)
    if (layer.kind === "conv2d" || layer.kind === "dense")
      accumulatorRange(layer, ranges.get(at(layer.inputs, 0)) ?? formatRange(network.input.format))
}

function checkShape(where: string, shape: Shape): void {
  const sides = [shape.height, shape.width, shape.channels]
  if (sides.some((n) => !Number.isInteger(n) || n < 1) || elements(shape) > LARGEST_TENSOR)
    throw bad(
      where,
      `its shape is ${shapeName(shape)}`,
      `sides are whole, at least 1, at most ${LARGEST_TENSOR} elements`,
    )
}

function checkFormat(where: string, format: NumberFormat, most: number): void {
  const whole = Number.isInteger(format.bits) && Number.isInteger(format.fraction)
  if (!whole || format.bits < 1 || format.bits > most || Math.abs(format.fraction) > 64)
    throw bad(where, `its format is ${formatName(format)}`, `use 1 to ${most} bits and a fraction of -64 to 64`)
}

const bad = (where: string, message: string, hint: string): TlastError =>
  new TlastError({code: "BAD_NETWORK", where: where === "input" ? where : `layer ${where}`, message, hint})
