import {at, TlastError} from "../errors.ts"
import {checkName, sameName} from "./name.ts"
import type {Layer, Network} from "./network.ts"
import {elements, type Shape, type Size, shapeName} from "./shape.ts"

/** A layer as written down: its shapes follow when `network` puts it in a chain. */
export type LayerSpec = Named &
  (
    | {readonly kind: "conv2d"; readonly filters: number; readonly kernel: Size}
    | {readonly kind: "dense"; readonly units: number}
    | {readonly kind: "maxPool2d"; readonly size: Size}
    | {readonly kind: "relu"}
    | {readonly kind: "flatten"}
    | {readonly kind: "dropout"; readonly rate: number}
  )

interface Named {
  /** Letters, digits and _; by default the kind's short word and its number in the network: conv1, relu1, pool1. */
  readonly name?: string
}

/** Elements of one tensor, and weights of one layer, at most: 2^24. */
export const LARGEST_TENSOR = 2 ** 24

const SHORT = {
  conv2d: "conv",
  dense: "dense",
  maxPool2d: "pool",
  relu: "relu",
  flatten: "flatten",
  dropout: "dropout",
} as const

/** Convolution, stride 1, valid (no padding): HxWxC becomes (H-k+1)x(W-k+1)xfilters. A kernel of 5 is 5x5. */
export function conv2d({kernel, ...rest}: Named & {filters: number; kernel: number | Size}): LayerSpec {
  return {kind: "conv2d", ...rest, kernel: size(kernel)}
}

/** Largest of each size x size block; rows and columns that fill no block are dropped, as in TFLite's VALID. */
export function maxPool2d({size: pool, ...rest}: Named & {size: number | Size}): LayerSpec {
  return {kind: "maxPool2d", ...rest, size: size(pool)}
}

/** Fully connected: needs a vector, so put flatten() before the first one. */
export function dense(options: Named & {units: number}): LayerSpec {
  return {kind: "dense", ...options}
}

/** max(x, 0). */
export function relu(options: Named = {}): LayerSpec {
  return {kind: "relu", ...options}
}

/** HxWxC to a vector, in NHWC order. */
export function flatten(options: Named = {}): LayerSpec {
  return {kind: "flatten", ...options}
}

/** While training, drops each element with probability `rate` (0 <= rate < 1) and scales the others by 1 / (1 - rate). */
export function dropout(rate: number, options: Named = {}): LayerSpec {
  return {kind: "dropout", ...options, rate}
}

/**
 * A chain of layers with its shapes worked out. Errors name the layer, the shape it is given, the shape it needs and
 * what would fit: BAD_NAME, BAD_SHAPE, BAD_LAYER, SHAPE_MISMATCH.
 */
export function network(name: string, input: Shape, specs: readonly LayerSpec[]): Network {
  checkName("network", name)
  checkInput(name, input)
  if (specs.length === 0)
    throw badLayer(`network ${name}`, "has no layers", "give at least one, e.g. dense({units: 10})")
  if (specs.length > 256) {
    throw badLayer(`network ${name}`, `has ${specs.length} layers, at most 256 are taken`, "use fewer layers")
  }
  const layers: Layer[] = []
  const counts = new Map<string, number>()
  let previous = {name: "input", output: input}
  for (const spec of specs) {
    const short = Object.hasOwn(SHORT, spec.kind) ? SHORT[spec.kind] : undefined
    if (short === undefined) {
      const kinds = Object.keys(SHORT).join(", ")
      throw badLayer(`network ${name}`, `layer ${layers.length} is of kind "${String(spec.kind)}"`, `use ${kinds}`)
    }
    const count = (counts.get(short) ?? 0) + 1
    counts.set(short, count)
    const layerName = spec.name ?? `${short}${count}`
    checkName("layer", layerName)
    const twin = layers.find((other) => sameName(other.name, layerName))
    if (twin) {
      throw new TlastError({
        code: "BAD_NAME",
        where: `layer ${layerName}`,
        message: `its name is that of another layer of ${name}: "${twin.name}" (upper and lower case count as the same)`,
        hint: "give each layer its own name, or none: they are then numbered",
      })
    }
    const layer: Layer = {
      ...spec,
      name: layerName,
      inputs: [previous.name],
      output: outputShape(spec, layerName, previous.name, previous.output),
    }
    layers.push(layer)
    previous = layer
  }
  return {name, input: {height: input.height, width: input.width, channels: input.channels}, layers}
}

/** The network's last output. */
export const outputOf = ({layers}: Network): Shape => at(layers, layers.length - 1).output

/** Elements of a layer's weights (0 for those without), of the shape it reads. */
export function weightCount(layer: Layer | LayerSpec, input: Shape): number {
  switch (layer.kind) {
    case "conv2d":
      return layer.filters * layer.kernel.height * layer.kernel.width * input.channels
    case "dense":
      return layer.units * elements(input)
    default:
      return 0
  }
}

/** The shape a layer of a network reads. */
export function inputShape({input, layers}: Network, layer: Layer): Shape {
  const source = layer.inputs[0]
  return layers.find(({name}) => name === source)?.output ?? input
}

function outputShape(spec: LayerSpec, name: string, from: string, input: Shape): Shape {
  const where = `layer ${name} (${spec.kind})`
  const reads = `reads ${shapeName(input)} from ${from}`
  const mismatch = (message: string, hint: string) => new TlastError({code: "SHAPE_MISMATCH", where, message, hint})
  switch (spec.kind) {
    case "conv2d": {
      count(where, "filters", spec.filters)
      const {height, width} = window(where, "kernel", spec.kernel)
      if (height > input.height || width > input.width) {
        throw mismatch(
          `${reads}, but its ${height}x${width} kernel needs at least ${height}x${width}`,
          `use a kernel of at most ${input.height}x${input.width}, or pool less before it`,
        )
      }
      return bounded(where, spec, input, {
        height: input.height - height + 1,
        width: input.width - width + 1,
        channels: spec.filters,
      })
    }
    case "maxPool2d": {
      const {height, width} = window(where, "size", spec.size)
      if (height > input.height || width > input.width) {
        throw mismatch(
          `${reads}, but its ${height}x${width} blocks need at least ${height}x${width}`,
          `use a size of at most ${input.height}x${input.width}`,
        )
      }
      return {
        height: Math.floor(input.height / height),
        width: Math.floor(input.width / width),
        channels: input.channels,
      }
    }
    case "dense": {
      count(where, "units", spec.units)
      if (input.height !== 1 || input.width !== 1) {
        throw mismatch(
          `${reads}, but needs a vector (of ${elements(input)})`,
          `put flatten() between ${from} and ${name}`,
        )
      }
      return bounded(where, spec, input, {height: 1, width: 1, channels: spec.units})
    }
    case "flatten":
      return {height: 1, width: 1, channels: elements(input)}
    case "dropout":
      if (!(spec.rate >= 0 && spec.rate < 1)) {
        throw badLayer(where, `its rate is ${spec.rate}`, "give the share to drop: 0 or more, less than 1")
      }
      return input
    case "relu":
      return input
  }
}

function checkInput(name: string, {height, width, channels}: Shape): void {
  for (const [word, value] of Object.entries({height, width, channels})) count(`network ${name}, input`, word, value)
  if (height * width * channels > LARGEST_TENSOR) {
    throw new TlastError({
      code: "BAD_SHAPE",
      where: `network ${name}, input`,
      message: `${height}x${width}x${channels} is more than ${LARGEST_TENSOR} elements`,
      hint: "scale the images down before they reach the network",
    })
  }
}

function bounded(where: string, spec: LayerSpec, input: Shape, output: Shape): Shape {
  const weights = weightCount(spec, input)
  if (weights > LARGEST_TENSOR || elements(output) > LARGEST_TENSOR) {
    throw new TlastError({
      code: "BAD_SHAPE",
      where,
      message: `has ${weights} weights and ${elements(output)} outputs, at most ${LARGEST_TENSOR} of each are taken`,
      hint: "use fewer filters or units, or pool before it",
    })
  }
  return output
}

const size = (given: number | Size): Size => (typeof given === "number" ? {height: given, width: given} : given)

function window(where: string, word: string, given: Size): Size {
  count(where, `${word} height`, given.height)
  count(where, `${word} width`, given.width)
  return given
}

function count(where: string, word: string, value: number): void {
  if (Number.isInteger(value) && value >= 1 && value <= LARGEST_TENSOR) return
  throw badLayer(
    where,
    `its ${word} is ${String(value)}`,
    `give a whole number of 1 or more (at most ${LARGEST_TENSOR})`,
  )
}

const badLayer = (where: string, message: string, hint: string) =>
  new TlastError({code: "BAD_LAYER", where, message, hint})
