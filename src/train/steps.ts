import {at, TlastError} from "../errors.ts"
import {inputShape} from "../graph/layers.ts"
import type {Network} from "../graph/network.ts"
import type {Shape} from "../graph/shape.ts"
import {shapeName} from "../graph/shape.ts"
import {type Border, four, type Norm, type Slot, type Step, type Worked} from "./layers/operator.ts"
import {operatorOf} from "./layers/operators.ts"

/** A step's output as it lies in memory. */
export interface Laid {
  readonly shape: Shape
  readonly stride: number
  readonly border: Border
  /** Whether a layer with parameters stands before it: only then a gradient is of use. */
  readonly trained: boolean
}

/** A network as steps of the kernels, with the places of its parameters. */
export interface Steps {
  readonly steps: readonly Step[]
  readonly image: Laid
  /** One a step. */
  readonly outputs: readonly Laid[]
  readonly slots: readonly Slot[]
  readonly norms: readonly Norm[]
  /** Parameters that Adam moves, and all of them: f32 elements, multiples of 4. */
  readonly moved: number
  readonly count: number
}

/**
 * Shards a batch is cut into, whatever the threads: each is summed alone. Few where each pass over the weights is long, or where
 * a shard's images give a batchNorm its mean and variance.
 */
export const shardsOf = ({count, norms}: Steps): number => (norms.length > 0 || count > 8192 ? 4 : 16)

/**
 * Layers as steps: a layer's kernels take the relu, and those of a convolution or dense the first pooling, that follow it
 * and alone read it. Throws NOT_TRAINABLE where a layer needs the elements of a flattened image in their new order.
 */
export function stepsOf(network: Network): Steps {
  const steps = group(network)
  const used = new Set(steps.flatMap(({layer, reads}) => (operatorOf(layer).vectors ? reads : [])))
  const {channels} = network.input
  const image = {shape: network.input, stride: used.has(-1) ? four(channels) : channels, trained: false}
  const bare: Omit<Laid, "border">[] = []
  const slots: Slot[] = []
  const norms: Norm[] = []
  let end = 0
  for (const {layer, reads, pool} of steps) {
    const operator = operatorOf(layer)
    const input = bare[at(reads, 0)] ?? image
    const logical = inputShape(network, layer)
    // A vector may lie as the image it was flattened from.
    const vector = logical.height * logical.width === 1 && input.shape.height * input.shape.width > 1
    if (vector) checkVector(layer, input.shape)
    for (const other of reads.slice(1)) checkTwin(layer, input.shape, (bare[other] ?? image).shape)
    const place = operator.slot?.(layer, input.shape, vector, input.stride)
    if (place) {
      const run4 = four(place.kernel.width * place.stride)
      const weights = place.outputs * place.kernel.height * run4
      const sources = sourcesOf(steps, at(reads, 0))
      slots.push({name: layer.name, ...place, run4, weights: end, bias: end + weights, sources})
      end += weights + four(place.outputs)
    }
    const made = operator.output(layer, input.shape, vector)
    const shape = {
      height: Math.floor(made.height / pool.height),
      width: Math.floor(made.width / pool.width),
      channels: made.channels,
    }
    if (layer.kind === "batchNorm") {
      const length = four(shape.channels)
      norms.push({name: layer.name, channels: shape.channels, gamma: end, beta: end + length, mean: 0, variance: 0})
      end += 2 * length
    }
    const trained = place !== undefined || layer.kind === "batchNorm" || reads.some((index) => bare[index]?.trained)
    bare.push({shape, stride: four(shape.channels), trained})
  }
  const moved = end
  const placed = norms.map((norm) => {
    const length = four(norm.channels)
    end += 2 * length
    return {...norm, mean: end - 2 * length, variance: end - length}
  })
  const border = (index: number, shape: Shape): Border => widest(steps, index, shape)
  return {
    steps,
    image: {...image, border: border(-1, image.shape)},
    outputs: bare.map((laid, index) => ({...laid, border: border(index, laid.shape)})),
    slots,
    norms: placed,
    moved,
    count: end,
  }
}

function group(network: Network): Step[] {
  const steps: Step[] = []
  // Which step a layer's output is that of, and the last layer that is part of it.
  const made = new Map<string, number>([["input", -1]])
  const readers = (name: string): number =>
    network.layers
      .filter(({inputs}) => inputs.includes(name))
      .reduce((sum, layer) => sum + (layer.kind === "flatten" ? readers(layer.name) : 1), 0)
  const root = (name: string): string => {
    const layer = network.layers.find((other) => other.name === name)
    return layer?.kind === "flatten" ? root(at(layer.inputs, 0)) : name
  }
  for (const layer of network.layers) {
    const reads = layer.inputs.map((name) => made.get(name) ?? -1)
    const from = at(reads, 0)
    const open = from >= 0 && readers(root(at(layer.inputs, 0))) === 1 ? steps[from] : undefined
    const takes = open === undefined ? undefined : operatorOf(open.layer)
    const pooled = open !== undefined && open.pool.height * open.pool.width > 1
    let index = from
    if (layer.kind === "flatten") index = from
    else if (layer.kind === "relu" && open && takes?.takesRelu) open.relu = true
    // After flatten the shape is a vector, and a pool of it can only be 1x1.
    else if (layer.kind === "maxPool2d" && layer.size.height * layer.size.width === 1) index = from
    else if (layer.kind === "maxPool2d" && open && takes?.takesPool && !pooled) open.pool = layer.size
    else {
      const pool = layer.kind === "maxPool2d" ? layer.size : {height: 1, width: 1}
      index = steps.push({layer, reads, relu: false, pool}) - 1
    }
    made.set(layer.name, index)
  }
  return steps
}

/** The widest border that any reader of a step's output needs. */
function widest(steps: readonly Step[], index: number, shape: Shape): Border {
  const borders = steps
    .filter(({reads}) => reads.includes(index))
    .map(({layer}) => operatorOf(layer).border?.(layer, shape))
  const most = (side: keyof Border) => Math.max(0, ...borders.map((border) => border?.[side] ?? 0))
  return {top: most("top"), left: most("left"), bottom: most("bottom"), right: most("right")}
}

/** Layers that may have given a tensor its number format: pools, relus and dropout leave it as it was. */
function sourcesOf(steps: readonly Step[], index: number): string[] {
  const step = steps[index]
  if (!step) return ["input"]
  const {layer, reads} = step
  if (layer.kind === "conv2d" || layer.kind === "dense" || layer.kind === "depthwiseConv2d" || layer.kind === "add")
    return [layer.name]
  return [layer.name, ...sourcesOf(steps, at(reads, 0))]
}

function checkVector(layer: Worked, lies: Shape): void {
  const operator = operatorOf(layer)
  const one = layer.kind !== "conv2d" || layer.kernel.height * layer.kernel.width === 1
  if (operator.takesVectors && one) return
  throw new TlastError({
    code: "NOT_TRAINABLE",
    where: `layer ${layer.name} (${layer.kind})`,
    message: `it reads a vector that was flattened from ${shapeName(lies)}, which training keeps as it lay`,
    hint: "put this layer before the flatten()",
  })
}

function checkTwin(layer: Worked, one: Shape, other: Shape): void {
  if (one.height === other.height && one.width === other.width && one.channels === other.channels) return
  throw new TlastError({
    code: "NOT_TRAINABLE",
    where: `layer ${layer.name} (${layer.kind})`,
    message: `it joins vectors of which one lies as ${shapeName(one)}, the other as ${shapeName(other)}`,
    hint: "join them before they are flattened, or read a dense layer in both branches",
  })
}
