import {at, bug, TlastError} from "../errors.ts"
import {checkModel} from "../graph/check.ts"
import {foldBatchNorm} from "../graph/fold-batch-norm.ts"
import {averaged} from "../graph/kinds/avg-pool2d.ts"
import type {Add, AvgPool2d, Flatten, FloatLinear, FloatModel, Layer, MaxPool2d} from "../graph/network.ts"
import type {Shape, Size} from "../graph/shape.ts"

interface Reads {
  /** The shape it reads; of an add, both. */
  readonly input: Shape
}
interface Narrows extends Reads {
  /** Whether a relu follows, whose zero is then the least it sends. */
  readonly relu: boolean
}

/** A conv2d, depthwiseConv2d or dense with the relu that follows it and its parameters. */
export type LoweredLinear = FloatLinear & Narrows & {readonly weights: Float32Array; readonly bias: Float32Array}
export type LoweredAvgPool2d = Omit<AvgPool2d, "size"> & Narrows & {readonly size: Size}
export type LoweredAdd = Add & Narrows
export type LoweredPassing = (MaxPool2d | Flatten) & Reads
/** A layer that computes new numbers, and so sends a number format of its own. */
export type LoweredNarrowing = LoweredLinear | LoweredAvgPool2d | LoweredAdd
export type LoweredLayer = LoweredNarrowing | LoweredPassing

/** A float network in the layers integers have: relu fused, batchNorm folded, dropout gone. Its outputs are the float network's. */
export interface Lowered {
  readonly name: string
  readonly input: Shape
  readonly layers: readonly LoweredLayer[]
}

/**
 * Folds batchNorm, fuses each relu into the layer before it that can hold one, also across maxPool2d and flatten (the largest
 * of relus is the relu of the largest), and leaves dropout out. Throws BAD_ORDER naming a relu that no layer can hold.
 */
export function lower(given: FloatModel): Lowered {
  checkModel(given)
  const {network, parameters} = foldBatchNorm(given)
  const layers: LoweredLayer[] = []
  /** The lowered tensor that each of the network's tensors is. */
  const names = new Map([["input", "input"]])
  const shapes = new Map([["input", network.input]])
  for (const layer of network.layers) {
    const inputs = layer.inputs.map((source) => names.get(source) ?? source)
    const input = shapes.get(at(layer.inputs, 0)) ?? network.input
    names.set(layer.name, layer.name)
    shapes.set(layer.name, layer.output)
    switch (layer.kind) {
      case "conv2d":
      case "depthwiseConv2d":
      case "dense": {
        const {weights, bias} = parameters[layer.name] ?? missing(layer)
        layers.push({...layer, inputs, input, relu: false, weights, bias})
        break
      }
      case "avgPool2d":
        layers.push({...layer, inputs, input, relu: false, size: averaged(layer.size, input)})
        break
      case "add":
        layers.push({...layer, inputs, input, relu: false})
        break
      case "maxPool2d":
      case "flatten":
        layers.push({...layer, inputs, input})
        break
      case "relu":
        fuse(layers, network.layers, layer)
        names.set(layer.name, at(inputs, 0))
        break
      case "dropout":
        names.set(layer.name, at(inputs, 0))
        break
      case "batchNorm":
        throw bug("lower", `${layer.name} is not folded`)
    }
  }
  if (layers.length === 0)
    throw new TlastError({
      code: "BAD_ORDER",
      where: `network ${network.name}`,
      message: "nothing is left of it without dropout",
      hint: "add a conv2d or dense layer",
    })
  return {name: network.name, input: network.input, layers}
}

/** Walks up from a relu to the layer that computes what it cuts; nobody on the way may want the numbers below zero. */
function fuse(lowered: LoweredLayer[], layers: readonly Layer[], relu: Layer): void {
  let below: Layer = relu
  for (;;) {
    const layer = layers.find(({name}) => name === below.inputs[0])
    if (layer === undefined)
      throw badOrder(
        relu,
        "found no layer with sums before it; pixels are never negative",
        "remove this relu, or move it after a conv2d, depthwiseConv2d, dense, avgPool2d or add",
      )
    const other = layers.find(
      (reader) => reader !== below && reader.kind !== "relu" && reader.inputs.includes(layer.name),
    )
    if (other !== undefined)
      throw badOrder(
        relu,
        `${layer.name} is read without it by ${other.name} too, so the relu is no part of ${layer.name}`,
        `let ${other.name} read ${relu.name}, or move the relu behind the join`,
      )
    if (layer.kind === "relu") return
    const index = lowered.findIndex(({name}) => name === layer.name)
    const found = lowered[index]
    if (found !== undefined && narrows(found)) {
      lowered[index] = {...found, relu: true}
      return
    }
    below = layer
  }
}

export const isLinear = (layer: LoweredLayer): layer is LoweredLinear =>
  layer.kind === "conv2d" || layer.kind === "depthwiseConv2d" || layer.kind === "dense"

/** Whether a layer sends numbers of a format of its own. */
export const narrows = (layer: LoweredLayer): layer is LoweredNarrowing =>
  isLinear(layer) || layer.kind === "avgPool2d" || layer.kind === "add"

const badOrder = (relu: Layer, message: string, hint: string): TlastError =>
  new TlastError({code: "BAD_ORDER", where: `layer ${relu.name} (relu)`, message, hint})

const missing = ({name}: Layer): never => {
  throw bug("lower", `${name} has no parameters`)
}
