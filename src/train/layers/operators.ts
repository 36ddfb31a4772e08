import {batchNorm} from "./batch-norm.ts"
import {depthwise} from "./depthwise.ts"
import {linear} from "./linear.ts"
import type {Operator, Worked} from "./operator.ts"
import {add, dropout, relu} from "./pixelwise.ts"
import {avgPool, maxPool} from "./pools.ts"

const operators: {readonly [K in Worked["kind"]]: Operator<Extract<Worked, {kind: K}>>} = {
  conv2d: linear,
  dense: linear,
  depthwiseConv2d: depthwise,
  maxPool2d: maxPool,
  avgPool2d: avgPool,
  batchNorm,
  add,
  relu,
  dropout,
}

/** What the trainer knows of a layer's kind. */
export const operatorOf = (layer: Worked): Operator<Worked> => operators[layer.kind] as unknown as Operator<Worked>
