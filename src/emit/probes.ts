import type {Probe} from "../graph/design.ts"
import type {IntegerNetwork} from "../graph/integer.ts"
import {readerOf, sourcesOf} from "../plan/links.ts"
import type {Plan} from "../plan/plan.ts"

/**
 * Where each layer's integers can be watched in the emitted core, in stream order: behind its requantise units or its pool, or
 * at its sums where they are the results. A raster pool's convolution has none: which of its lanes are in the image is known
 * to the pool alone.
 */
export function probesOf(plan: Plan, network: IntegerNetwork): readonly Probe[] {
  const signal = (name: string) => `u_core.${name}`
  return plan.stages.flatMap((stage): Probe[] => {
    const {name, layer, output} = stage
    const known = network.layers.find((one) => one.name === layer)
    if (layer === undefined || known === undefined) return []
    const {positions, channels, bits, signed} = output
    const shared = {layer, valid: signal(`${name}_valid`), data: signal(`${name}_data`), channels, bits, signed}
    // A pool of sums has none: what it says is behind the requantise units after it.
    if (stage.kind === "pool" && readerOf(plan.stages, stage)?.kind === "requantise") return []
    if (stage.kind === "pool") return [{...shared, positions: stage.slots.length}]
    if (stage.kind === "mean" || stage.kind === "add") return [{...shared, positions}]
    if (stage.kind === "folded")
      return "requantise" in known && known.requantise !== undefined ? [] : [{...shared, positions}]
    if (stage.kind === "collect") return [{...shared, positions}]
    if (stage.kind !== "requantise") return []
    const next = readerOf(plan.stages, stage)
    // Its parts are gathered first.
    if (next?.kind === "collect") return []
    if (next?.kind === "pool" && next.form === "raster") return []
    // Sums of windows come with windows that hang over the edge; those of a queue are all in the image.
    const source = sourcesOf(plan.stages, stage)[0]
    if (source?.kind === "pool" && source.layer !== undefined) return [{...shared, layer: source.layer, positions}]
    const windows = source?.kind === "sums"
    return [{...shared, positions, ...(windows ? {inside: signal(`${name}_inside`)} : {})}]
  })
}
