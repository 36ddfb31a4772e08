import {at, TlastError} from "../errors.ts"
import {bad, checkLayer} from "./check-layer.ts"
import {formatName, formatRange, type NumberFormat, type Range} from "./format.ts"
import {type IntegerNetwork, isLinearLayer} from "./integer.ts"
import {hasParameters, inputShape, LARGEST_TENSOR, network as rebuild, weightCount} from "./layers.ts"
import {checkName, sameName} from "./name.ts"
import type {FloatModel, Network} from "./network.ts"
import {accumulatorBits, accumulatorRange, addRange, addShifts, averageRange, tensorRanges} from "./range.ts"
import {elements, type Shape, shapeName} from "./shape.ts"

/** Shapes and links are what layers.ts would have worked out. Throws its errors, or BAD_NETWORK where they differ. */
export function checkNetwork(network: Network): void {
  const checked = rebuild(network.name, network.input, network.layers)
  for (const [i, layer] of network.layers.entries()) {
    const {output} = at(checked.layers, i)
    if (shapeName(layer.output) !== shapeName(output))
      throw bad(
        layer.name,
        `says its output is ${shapeName(layer.output)}, it is ${shapeName(output)}`,
        "correct the shape",
      )
  }
}

/** checkNetwork, and every layer with parameters has finite ones of the right count. BAD_PARAMETERS names the layer. */
export function checkModel({network, parameters}: FloatModel): void {
  checkNetwork(network)
  for (const layer of network.layers) {
    if (!hasParameters(layer)) continue
    const own = Object.hasOwn(parameters, layer.name) ? parameters[layer.name] : undefined
    const outputs = layer.output.channels
    const weights = weightCount(layer, inputShape(network, layer))
    const bad = (message: string, hint: string) =>
      new TlastError({code: "BAD_PARAMETERS", where: `layer ${layer.name}`, message, hint})
    if (own?.weights.length !== weights || own.bias.length !== outputs)
      throw bad(
        `found ${own?.weights.length ?? 0} weights and ${own?.bias.length ?? 0} biases, expected ${weights} and ${outputs}`,
        "use the parameters that were trained for this network",
      )
    const {mean, variance} = own
    if (layer.kind === "batchNorm" && (mean?.length !== outputs || variance?.length !== outputs))
      throw bad(
        `found ${mean?.length ?? 0} means and ${variance?.length ?? 0} variances, expected ${outputs} of each`,
        "use the parameters that were trained for this network",
      )
    const all = [...own.weights, ...own.bias, ...(mean ?? []), ...(variance ?? [])]
    if (!all.every(Number.isFinite) || variance?.some((value) => value < 0))
      throw bad(
        "a parameter is NaN or infinite, or a variance negative",
        "train again with a lower rate, or use an earlier checkpoint",
      )
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
    const sources = layer.inputs.map((name) => known.get(name)).filter((tensor) => tensor !== undefined)
    const reads = layer.kind === "add" ? 2 : 1
    if (layer.inputs.length !== reads || sources.length !== reads)
      throw bad(
        layer.name,
        `reads [${layer.inputs.join(", ")}]`,
        `name ${reads === 1 ? "one tensor that stands" : "two tensors that stand"} before it`,
      )
    const last = index === network.layers.length - 1
    checkShape(layer.name, layer.output.shape)
    checkFormat(layer.name, layer.output.format, last ? accumulatorBits : 16)
    checkLayer(layer, sources, last)
    known.set(layer.name, layer.output)
  }
  const read = new Set(network.layers.flatMap(({inputs}) => inputs))
  const lost = network.layers.slice(0, -1).find(({name}) => !read.has(name))
  if (lost) throw bad(lost.name, "is read by no other layer", "join it with an add, or remove it")
  checkLogits(network)
  checkAccumulators(network)
}

function checkLogits({layers, logits8, name}: IntegerNetwork): void {
  if (logits8 === undefined) return
  const last = at(layers, layers.length - 1)
  if (!isLinearLayer(last) || last.requantise !== undefined)
    throw bad(name, "has an int8 form of its logits, but its last layer sends no accumulators", "leave logits8 out")
  if (!Number.isInteger(logits8.shift) || logits8.shift < 0 || logits8.shift > 31)
    throw bad(name, `shifts its logits by ${logits8.shift}`, "shifts are 0 to 31")
}

function checkAccumulators(network: IntegerNetwork): void {
  const ranges: ReadonlyMap<string, Range> = tensorRanges(network)
  const formats = new Map([
    ["input", network.input.format],
    ...network.layers.map((l) => [l.name, l.output.format] as const),
  ])
  for (const layer of network.layers) {
    const sources = layer.inputs.map((name) => ranges.get(name) ?? formatRange(network.input.format))
    if (isLinearLayer(layer)) accumulatorRange(layer, at(sources, 0))
    if (layer.kind === "avgPool2d") averageRange(layer, at(sources, 0))
    if (layer.kind === "add") {
      const [left, right] = layer.inputs.map((name) => formats.get(name) ?? network.input.format)
      if (left && right) addRange(layer, sources, addShifts(left, right))
    }
  }
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
