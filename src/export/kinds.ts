import {add} from "./kinds/add.ts"
import {avgPool2d} from "./kinds/avg-pool2d.ts"
import {conv2d} from "./kinds/conv2d.ts"
import {dense} from "./kinds/dense.ts"
import {depthwiseConv2d} from "./kinds/depthwise-conv2d.ts"
import {flatten} from "./kinds/flatten.ts"
import type {ExportKind, Written} from "./kinds/kind.ts"
import {maxPool2d} from "./kinds/max-pool2d.ts"

const KINDS: {readonly [K in Written["kind"]]: ExportKind<K>} = {
  conv2d,
  depthwiseConv2d,
  dense,
  maxPool2d,
  avgPool2d,
  add,
  flatten,
}

/** How a kind of layer is written. */
export const kindOf = <K extends Written["kind"]>(kind: K): ExportKind<K> => KINDS[kind] as ExportKind<K>
