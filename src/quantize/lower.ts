import {at, bug, TlastError} from "../errors.ts"
import {checkModel} from "../graph/check.ts"
import type {Conv2d, Dense, Flatten, FloatModel, Layer, MaxPool2d} from "../graph/network.ts"
import type {Shape} from "../graph/shape.ts"

/** A conv2d or dense with the relu that follows it and its parameters; `input` is the shape it reads. */
export type LoweredLinear = (Conv2d | Dense) & {
  readonly input: Shape
  readonly relu: boolean
  readonly weights: Float32Array
  readonly bias: Float32Array
}
export type LoweredLayer = LoweredLinear | ((MaxPool2d | Flatten) & {readonly input: Shape})

/** A float network in the layers integers have: relu fused, dropout gone. Its outputs are the float network's. */
export interface Lowered {
  readonly name: string
  readonly input: Shape
  readonly layers: readonly LoweredLayer[]
}

/**
 * Fuses each relu into the linear layer before it, also across maxPool2d and flatten (the largest of relus is the relu of
 * the largest), and leaves dropout out. Throws BAD_ORDER naming a relu with no linear layer to join.
 */
export function lower(model: FloatModel): Lowered {
  checkModel(model)
  const {network, parameters} = model
  const layers: LoweredLayer[] = []
  let input = network.input
  for (const layer of network.layers) {
    const inputs = [layers.at(-1)?.name ?? "input"]
    switch (layer.kind) {
      case "conv2d":
      case "dense": {
        const own = parameters[layer.name]
        if (own === undefined) throw bug("lower", `${layer.name} has no parameters`)
        layers.push({...layer, inputs, input, relu: false, weights: own.weights, bias: own.bias})
        break
      }
      case "maxPool2d":
      case "flatten":
        layers.push({...layer, inputs, input})
        break
      case "relu":
        fuse(layers, layer)
        break
      case "dropout":
        break
    }
    input = layer.output
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

function fuse(layers: LoweredLayer[], relu: Layer): void {
  const index = layers.findLastIndex((layer) => layer.kind === "conv2d" || layer.kind === "dense")
  if (index < 0)
    throw new TlastError({
      code: "BAD_ORDER",
      where: `layer ${relu.name} (relu)`,
      message: "found no conv2d or dense before it; pixels are never negative",
      hint: "remove this relu, or move it after a conv2d or dense",
    })
  layers[index] = {...(at(layers, index) as LoweredLinear), relu: true}
}

export const isLinear = (layer: LoweredLayer): layer is LoweredLinear =>
  layer.kind === "conv2d" || layer.kind === "dense"
