import {at, TlastError} from "../errors.ts"
import type {Resources} from "../graph/design.ts"
import type {IntegerNetwork, LinearLayer} from "../graph/integer.ts"
import {linearLayers} from "../graph/packets.ts"
import {elements} from "../graph/shape.ts"
import type {Folding} from "./fold.ts"
import type {LayerChoice} from "./plan.ts"

/** A loadable layer's work: vectors of `values` inputs an image, each for all outputs. */
export interface Work {
  readonly layer: LinearLayer
  readonly values: number
  readonly vectors: number
  /** Beats that pass in a clock because they complete no window. */
  readonly idle: number
  /** Results go out a word at a time. */
  readonly last: boolean
}

/** What each linear layer has to do, where elements come one a clock. */
export function works(network: IntegerNetwork): readonly Work[] {
  const linear = linearLayers(network)
  const channels = network.input.shape.channels
  return linear.map((layer, index) => {
    const last = index === linear.length - 1
    const taps = layer.weights.length / layer.output.shape.channels
    if (layer.kind === "conv2d") {
      const {height, width} = layer.output.shape
      const {kernel} = layer
      const positions = (height + kernel.height - 1) * (width + kernel.width - 1)
      const beats = index === 0 ? channels : 1
      return {layer, values: taps, vectors: height * width, idle: beats * (positions - height * width), last}
    }
    const before = linear[index - 1]
    // A dense layer's results go on one by one.
    const values = before === undefined ? channels : before.kind === "dense" ? 1 : before.output.shape.channels
    return {layer, values, vectors: taps / values, idle: 0, last}
  })
}

/** Multipliers: one for two outputs that share an input. */
export const multipliers = ({pe, simd}: {readonly pe: number; readonly simd: number}): number =>
  Math.ceil(pe / 2) * simd

/** Of rtl/folded_load.sv, from a group's last step to its sums: pairs of inputs take two clocks more, a level of the tree one. */
export const packedLatency = (simd: number): number => (simd === 1 ? 4 : 6 + Math.ceil(Math.log2(Math.ceil(simd / 2))))

export const clocks = ({vectors, idle}: Work, {groups, chunks}: Folding): number => idle + vectors * groups * chunks

/** The same work where a dense layer's inputs come so many at a time: smaller vectors, as many steps. */
export const inParts = (work: Work, folding: Folding, part: number): readonly [Work, Folding] =>
  part === work.values
    ? [work, folding]
    : [
        {...work, values: part, vectors: (work.vectors * work.values) / part},
        {...folding, chunks: part / folding.simd},
      ]

/**
 * The fewest channels of a position that a dense layer can read at a time, a multiple of `least`: whole steps, and as many
 * as keep the results of two groups apart.
 */
export function partOf({values}: Work, {pe, simd, groups}: Folding, least: number): number {
  for (let part = least; part < values; part += least)
    if (values % part === 0 && part % simd === 0 && (groups === 1 || part / simd >= pe)) return part
  return values
}

/** Foldings of a layer that the hardware can have, fewest multipliers first. Throws PLAN_CONTRADICTION where overrides allow none. */
export function foldings(work: Work, {pe, simd}: LayerChoice = {}): readonly Folding[] {
  const {layer, values, last} = work
  const outputs = layer.output.shape.channels
  const list: Folding[] = []
  for (let p = 1; p <= outputs; p++) {
    if ((pe !== undefined && p !== pe) || (outputs % p !== 0 && !(last && layer.requantise === undefined))) continue
    const groups = Math.ceil(outputs / p)
    for (let s = 1; s <= values; s++) {
      const chunks = Math.ceil(values / s)
      if (simd !== undefined ? s !== simd : s > 1 && Math.ceil(values / (s - 1)) === chunks) continue
      // Results of a dense layer leave one a clock: the next group must not come sooner.
      if (layer.kind === "dense" && groups > 1 && chunks < p) continue
      list.push({pe: p, simd: s, groups, chunks})
    }
  }
  if (list.length === 0)
    throw new TlastError({
      code: "PLAN_CONTRADICTION",
      where: `layer ${layer.name}`,
      message: `no folding of ${values} inputs and ${outputs} outputs has ${[pe === undefined ? "" : `pe ${pe}`, simd === undefined ? "" : `simd ${simd}`].filter(Boolean).join(" and ")}`,
      hint: `use a pe that divides ${outputs}, and a simd from 1 to ${values}: a layer of a loadable core reads a position at a time`,
    })
  return list.sort((a, b) => multipliers(a) - multipliers(b) || a.groups - b.groups || a.chunks - b.chunks)
}

export interface FoldTarget {
  /** Clocks an image may take. */
  readonly interval?: number
  /** "fastest" whose multipliers the device has, "smallest" there is; default the fastest that leaves it two thirds. */
  readonly target?: "fastest" | "smallest"
  readonly device: Resources
  readonly layers: Readonly<Record<string, LayerChoice>>
}

/** A folding a layer: the fewest multipliers that keep the interval, which is the one asked for or the least the target allows. */
export function foldLayers(network: IntegerNetwork, options: FoldTarget): readonly Folding[] {
  const work = works(network)
  const choices = work.map((one) => foldings(one, options.layers[one.layer.name]))
  const least = elements(network.input.shape)
  const settle = (interval: number): readonly Folding[] =>
    work.map((one, i) => {
      const fitting = at(choices, i).find((folding) => clocks(one, folding) <= interval)
      return fitting ?? at(choices, i).reduce((a, b) => (clocks(one, b) < clocks(one, a) ? b : a))
    })
  const worst = (folded: readonly Folding[]) => Math.max(least, ...work.map((one, i) => clocks(one, at(folded, i))))
  if (options.interval !== undefined) return settle(options.interval)
  const intervals = [...new Set(work.flatMap((one, i) => at(choices, i).map((folding) => clocks(one, folding))))]
    .map((interval) => Math.max(least, interval))
    .sort((a, b) => a - b)
  if (options.target === "smallest") return settle(at(intervals, intervals.length - 1))
  const most = options.device.dsp * (options.target === "fastest" ? 1 : 1 / 3)
  for (const interval of intervals) {
    const folded = settle(interval)
    if (worst(folded) <= interval && folded.reduce((sum, folding) => sum + multipliers(folding), 0) <= most)
      return folded
  }
  return settle(at(intervals, intervals.length - 1))
}
