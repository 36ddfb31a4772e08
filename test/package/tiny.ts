import type {IntegerNetwork} from "../../src/graph/integer.ts"
import {elements} from "../../src/graph/shape.ts"
import {conv2d, dense, flatten, maxPool2d, random, unsigned8} from "../golden/networks.ts"

/** 12 x 12 pixels, conv 4@3x3, pool 2, dense 10: quick on Icarus. */
export function tiny(seed: number): IntegerNetwork {
  const next = random(seed)
  const image = {height: 12, width: 12, channels: 1}
  const format = unsigned8(5)
  const requantise = {shifts: [8, 8, 8, 8], rounding: "half-up", relu: true, overflow: "saturate"} as const
  const conv = conv2d("conv", "input", image, 4, {height: 3, width: 3}, format, requantise, next)
  const pool = maxPool2d("pool", "conv", conv.output.shape, 2, format)
  const flat = flatten("flatten", "pool", pool.output.shape, format)
  const last = dense(
    "dense",
    "flatten",
    elements(flat.output.shape),
    10,
    {bits: 32, signed: true, fraction: 12},
    undefined,
    next,
  )
  return {name: "tiny12", input: {shape: image, format: unsigned8(8)}, layers: [conv, pool, flat, last]}
}
