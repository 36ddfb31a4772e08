import type {IntegerLayer} from "../../graph/integer.ts"
import {addition} from "./add.ts"
import {average} from "./average.ts"
import {convolution} from "./convolution.ts"
import {denseLayer} from "./dense.ts"
import {depthwise} from "./depthwise.ts"
import {pooling} from "./pooling.ts"
import {unsupported, type Walk} from "./walk.ts"

type Kind = Exclude<IntegerLayer["kind"], "flatten">
type Builder<K extends Kind> = (walk: Walk, layer: Extract<IntegerLayer, {readonly kind: K}>) => void

/** How each kind of layer becomes blocks: a file a kind, in this folder. ARCHITECTURE.md shows how to add one. */
const builders: {readonly [K in Kind]?: Builder<K>} = {
  add: addition,
  avgPool2d: average,
  conv2d: convolution,
  depthwiseConv2d: depthwise,
  dense: denseLayer,
  maxPool2d: pooling,
}

/** Pushes a layer's stages and steps. UNSUPPORTED where nothing builds its kind. */
export function buildLayer(walk: Walk, layer: Extract<IntegerLayer, {readonly kind: Kind}>): void {
  const builder = builders[layer.kind] as ((walk: Walk, layer: IntegerLayer) => void) | undefined
  if (builder === undefined) throw unsupported(layer.name, `nothing builds a ${layer.kind} yet`, "leave the layer out")
  builder(walk, layer)
}
