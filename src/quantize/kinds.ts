import {add} from "./kinds/add.ts"
import {avgPool2d} from "./kinds/avg-pool2d.ts"
import {conv2d} from "./kinds/conv2d.ts"
import {dense} from "./kinds/dense.ts"
import {depthwiseConv2d} from "./kinds/depthwise-conv2d.ts"
import {flatten} from "./kinds/flatten.ts"
import type {QuantizeKind} from "./kinds/kind.ts"
import {maxPool2d} from "./kinds/max-pool2d.ts"
import type {LoweredLayer} from "./lower.ts"

const KINDS: {readonly [K in LoweredLayer["kind"]]: QuantizeKind<Extract<LoweredLayer, {kind: K}>>} = {
  conv2d,
  depthwiseConv2d,
  dense,
  maxPool2d,
  avgPool2d,
  add,
  flatten,
}

/** What quantising knows of a layer's kind. */
export const kindOf = (layer: LoweredLayer): QuantizeKind<LoweredLayer> =>
  KINDS[layer.kind] as QuantizeKind<LoweredLayer>
