import {at} from "../../errors.ts"
import type {IntegerMaxPool2d, LinearLayer} from "../../graph/integer.ts"
import type {Folding} from "../fold.ts"
import * as loadCost from "../loadable-cost.ts"
import type {Rate} from "../plan.ts"
import {collect, delayed, smallestDivisor, split, type Walk} from "./walk.ts"

/** What the layer after a convolution reads at a time, given the least that leaves the convolution at a time. */
export type Reader = (least: number) => number

/**
 * From the sums of a convolution to what the next layer reads: requantise and, where one follows, pool. A pool goes first
 * where that changes nothing: rounding, relu and saturation keep order, so the largest sum gives the largest activation, and
 * one of so many positions is requantised. Wrapping does not keep it.
 */
export function narrow(
  walk: Walk,
  layer: LinearLayer,
  pools: readonly IntegerMaxPool2d[],
  {pe, groups, chunks}: Folding,
  reader: Reader,
): void {
  const {shifts} = walk.loadable
  const total = pe * groups
  // As few units as the clocks between two groups allow.
  const shared = smallestDivisor(pe, Math.ceil(pe / chunks))
  const units = shifts ? shared : pe
  const poolAll = (first: number, part: number) => {
    for (const [index, pool] of pools.entries()) {
      const last = index === pools.length - 1
      largest(walk, pool, {units: shared, groups: index === 0 ? first : total / shared, part: last ? part : shared})
    }
  }
  if (pools.length === 0) {
    requantise(walk, layer, {units, part: reader(units), held: false})
  } else if (shifts && layer.requantise?.overflow === "saturate") {
    // Clocks from a window's largest sums to the next one's, and from the first of them to the last.
    const between = pools.reduce((product, {size}) => product * size.width, groups * chunks)
    const span = (groups - 1) * chunks + pe / shared - 1
    const fewest = smallestDivisor(total, Math.ceil(total / between))
    poolAll(groups, total)
    requantise(walk, layer, {units: fewest, part: reader(fewest), held: total / fewest < between - span})
  } else {
    requantise(walk, layer, {units, part: units, held: false})
    poolAll(total / units, reader(shared))
  }
}

/** `units` units; `part` results leave at a time. */
export function requantise(
  walk: Walk,
  layer: LinearLayer,
  {units, part, held}: {readonly units: number; readonly part: number; readonly held: boolean},
): void {
  const rule = layer.requantise
  if (rule === undefined) return
  const {loadable, rate, stages, steps} = walk
  const {format} = layer.output
  const share = rate.channels / units
  const pieces = part / units
  const out: Rate = {
    positions: 1,
    channels: part,
    bits: format.bits,
    signed: format.signed,
    beats: (rate.beats * rate.channels) / part,
  }
  const shared = {units, pieces, held, loaded: loadable.shifts, shift: at(rule.shifts, 0)}
  stages.push({
    kind: "requantise",
    name: `${layer.name}_requantise`,
    layer: layer.name,
    input: rate,
    output: out,
    interval: rate.beats * share,
    latency: (share === 1 ? 2 : 3) + (pieces > 1 ? pieces : 0),
    rounding: rule.rounding,
    overflow: rule.overflow,
    relu: rule.relu,
    accumulatorBits: rate.bits,
    bias: false,
    shared,
    resources: loadCost.requantise({
      ...shared,
      channels: rate.channels,
      bits: rate.bits,
      outBits: format.bits,
      signed: format.signed,
      relu: rule.relu,
      rounding: rule.rounding,
      wraps: rule.overflow === "wrap",
    }),
  })
  steps.push((tokens) => {
    const results = delayed(split(tokens, share), 2)
    return pieces > 1 ? collect(results, pieces) : results
  })
  walk.rate = out
}

/** The largest of each window, `units` channels a clock; a position comes in `groups`, and `part` channels leave at a time. */
function largest(
  walk: Walk,
  layer: IntegerMaxPool2d,
  {units, groups, part}: {readonly units: number; readonly groups: number; readonly part: number},
): void {
  const {rate, rows, columns, stages, steps} = walk
  const {size} = layer
  const {shape} = layer.output
  const share = rate.channels / units
  const pieces = part / units
  const out: Rate = {...rate, channels: part, beats: (shape.height * shape.width * groups * rate.channels) / part}
  stages.push({
    kind: "pool",
    name: layer.name,
    layer: layer.name,
    input: rate,
    output: out,
    interval: rate.beats * share,
    latency: (share === 1 ? 0 : 1) + pieces,
    size,
    of: {height: rows, width: columns},
    slots: [0],
    form: "shared",
    shared: {units, groups, pieces},
    pitch: columns,
    rows,
    origin: {row: 0, column: 0},
    resources: loadCost.pool({
      channels: rate.channels,
      units,
      groups,
      pieces,
      bits: rate.bits,
      windows: shape.width,
    }),
  })
  const completes = (part: number): boolean => {
    const position = Math.floor(part / (groups * share))
    const [row, column] = [Math.floor(position / columns), position % columns]
    return (
      row % size.height === size.height - 1 &&
      column % size.width === size.width - 1 &&
      row < shape.height * size.height &&
      column < shape.width * size.width
    )
  }
  steps.push((tokens) =>
    collect(
      split(tokens, share).map((image) => image.filter((_, i) => completes(i))),
      pieces,
    ),
  )
  walk.rate = out
  walk.rows = shape.height
  walk.columns = shape.width
}
