import {at, TlastError} from "../errors.ts"
import {addKind} from "./kinds/add.ts"
import {avgPool2dKind} from "./kinds/avg-pool2d.ts"
import {batchNormKind} from "./kinds/batch-norm.ts"
import {conv2dKind} from "./kinds/conv2d.ts"
import {denseKind} from "./kinds/dense.ts"
import {depthwiseConv2dKind} from "./kinds/depthwise-conv2d.ts"
import {dropoutKind} from "./kinds/dropout.ts"
import {flattenKind} from "./kinds/flatten.ts"
import {badLayer, count, type Kind, LARGEST_TENSOR, type Site} from "./kinds/kind.ts"
import {maxPool2dKind} from "./kinds/max-pool2d.ts"
import {reluKind} from "./kinds/relu.ts"
import type {Spec} from "./kinds/specs.ts"
import {checkName, sameName} from "./name.ts"
import type {
  Add,
  AvgPool2d,
  BatchNorm,
  Conv2d,
  Dense,
  DepthwiseConv2d,
  Dropout,
  Flatten,
  FloatLinear,
  Layer,
  MaxPool2d,
  Network,
  Relu,
} from "./network.ts"
import type {Shape} from "./shape.ts"

export {add} from "./kinds/add.ts"
export {avgPool2d, globalAvgPool2d} from "./kinds/avg-pool2d.ts"
export {batchNorm} from "./kinds/batch-norm.ts"
export {conv2d} from "./kinds/conv2d.ts"
export {dense} from "./kinds/dense.ts"
export {depthwiseConv2d} from "./kinds/depthwise-conv2d.ts"
export {dropout} from "./kinds/dropout.ts"
export {flatten} from "./kinds/flatten.ts"
export {LARGEST_TENSOR} from "./kinds/kind.ts"
export {maxPool2d} from "./kinds/max-pool2d.ts"
export {relu} from "./kinds/relu.ts"

/** A layer as written down: its shapes follow when `network` puts it among the others. */
export type LayerSpec =
  | Spec<Conv2d>
  | Spec<DepthwiseConv2d>
  | Spec<Dense>
  | Spec<MaxPool2d>
  | Spec<AvgPool2d>
  | Spec<BatchNorm>
  | Spec<Add>
  | Spec<Relu>
  | Spec<Flatten>
  | Spec<Dropout>

const KINDS: {readonly [K in Layer["kind"]]: Kind<Spec<Extract<Layer, {kind: K}>>>} = {
  conv2d: conv2dKind,
  depthwiseConv2d: depthwiseConv2dKind,
  dense: denseKind,
  maxPool2d: maxPool2dKind,
  avgPool2d: avgPool2dKind,
  batchNorm: batchNormKind,
  add: addKind,
  relu: reluKind,
  flatten: flattenKind,
  dropout: dropoutKind,
}

/** What the graph knows of a layer's kind. */
const kindOf = (layer: LayerSpec | Layer): Kind<LayerSpec> => KINDS[layer.kind] as Kind<LayerSpec>

/**
 * Layers with their shapes worked out; each reads the one before it unless it says what it reads. Errors name the layer,
 * the shape it is given, the shape it needs and what would fit: BAD_NAME, BAD_SHAPE, BAD_LAYER, SHAPE_MISMATCH.
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
  for (const spec of specs) {
    if (!Object.hasOwn(KINDS, spec.kind)) {
      const kinds = Object.keys(KINDS).join(", ")
      throw badLayer(`network ${name}`, `layer ${layers.length} is of kind "${String(spec.kind)}"`, `use ${kinds}`)
    }
    const {short} = kindOf(spec)
    const number = (counts.get(short) ?? 0) + 1
    counts.set(short, number)
    const layerName = spec.name ?? `${short}${number}`
    checkLayerName(name, layerName, layers)
    const site = siteOf(spec, layerName, input, layers)
    layers.push({...spec, name: layerName, inputs: site.from, output: kindOf(spec).output(spec, site)})
  }
  checkReached(layers)
  return {name, input: {height: input.height, width: input.width, channels: input.channels}, layers}
}

/** The network's last output. */
export const outputOf = ({layers}: Network): Shape => at(layers, layers.length - 1).output

/** Elements of a layer's weights (0 for those without), of the shape it reads. */
export const weightCount = (layer: Layer | LayerSpec, input: Shape): number =>
  kindOf(layer).weights?.(layer, input) ?? 0

/** What a kind's default names count up from: conv, pool. */
export const shortName = (kind: Layer["kind"]): string => KINDS[kind].short

/** Whether a layer has parameters: weights and a bias an output channel. */
export const hasParameters = (layer: Layer | LayerSpec): boolean => kindOf(layer).weights !== undefined

/** Whether a layer's outputs are weighted sums of what it reads. */
export const isLinear = (layer: Layer): layer is FloatLinear =>
  layer.kind === "conv2d" || layer.kind === "depthwiseConv2d" || layer.kind === "dense"

/** The shape a layer of a network reads first. */
export const inputShape = (network: Network, layer: Layer): Shape => inputShapes(network, layer)[0] ?? network.input

/** The shapes a layer of a network reads. */
export const inputShapes = ({input, layers}: Network, layer: Layer): readonly Shape[] =>
  layer.inputs.map((source) => layers.find(({name}) => name === source)?.output ?? input)

function siteOf(spec: LayerSpec, name: string, input: Shape, layers: readonly Layer[]): Site {
  const where = `layer ${name} (${spec.kind})`
  const from = spec.inputs ?? [layers.at(-1)?.name ?? "input"]
  const {reads} = kindOf(spec)
  if (from.length !== reads)
    throw badLayer(
      where,
      `reads [${from.join(", ")}], expected ${reads} ${reads === 1 ? "tensor" : "tensors"}`,
      "name them in `inputs`",
    )
  const inputs = from.map((source) => {
    if (source === "input") return input
    const found = layers.find((layer) => layer.name === source)
    if (found) return found.output
    throw badLayer(
      where,
      `reads "${source.slice(0, 80)}", which is no layer before it`,
      'name "input" or a layer that stands before it',
    )
  })
  return {where, name, from, inputs}
}

function checkLayerName(network: string, layerName: string, layers: readonly Layer[]): void {
  checkName("layer", layerName)
  const twin = layers.find((other) => sameName(other.name, layerName))
  if (twin)
    throw new TlastError({
      code: "BAD_NAME",
      where: `layer ${layerName}`,
      message: `its name is that of another layer of ${network}: "${twin.name}" (upper and lower case count as the same)`,
      hint: "give each layer its own name, or none: they are then numbered",
    })
}

/** Only the last layer may go unread: a branch that leads nowhere is a mistake. */
function checkReached(layers: readonly Layer[]): void {
  const read = new Set(layers.flatMap(({inputs}) => inputs))
  const lost = layers.slice(0, -1).find(({name}) => !read.has(name))
  if (lost)
    throw badLayer(`layer ${lost.name} (${lost.kind})`, "is read by no other layer", "join it with add(), or remove it")
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
