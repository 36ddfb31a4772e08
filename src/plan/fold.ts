import {TlastError} from "../errors.ts"
import type {IntegerConv2d, IntegerDense} from "../graph/integer.ts"
import {uniform} from "./rounding.ts"

export interface Folding {
  readonly pe: number
  readonly simd: number
  readonly groups: number
  readonly chunks: number
}

export interface FoldRequest {
  readonly layer: IntegerDense | IntegerConv2d
  /** Inputs of a vector, and vectors of an image: a convolution's are its windows. */
  readonly values: number
  readonly vectors: number
  /** Clocks an image may take here. */
  readonly budget: number
  readonly isLast: boolean
  readonly pe?: number
  readonly simd?: number
}

/** The fewest multipliers that keep the budget; of those the fewest passes. Where none keeps it, the fastest there is. */
export function fold({layer, values, vectors, budget, isLast, pe, simd}: FoldRequest): Folding {
  const outputs = layer.bias.length
  let best: (Folding & {readonly clocks: number}) | undefined
  for (let p = 1; p <= outputs; p++) {
    if (pe !== undefined && p !== pe) continue
    const groups = Math.ceil(outputs / p)
    // Requantised sums go on as vectors of PE: whole ones, all with the same constants in the unit of a place.
    if (layer.requantise !== undefined && (outputs % p !== 0 || (groups > 1 && !uniform(layer.requantise.shifts))))
      continue
    for (let s = 1; s <= values; s++) {
      if (simd !== undefined && s !== simd) continue
      const chunks = Math.ceil(values / s)
      if (simd === undefined && Math.ceil(values / (s - 1)) === chunks) continue
      // result_out needs a clock a word before the next group comes.
      if (isLast && groups > 1 && chunks < p) continue
      // All classes in one pass, unless they are many: the latency of the last vectors is an image's latency.
      if (isLast && pe === undefined && outputs <= 32 && groups > 1) continue
      const clocks = vectors * groups * chunks
      const next = {pe: p, simd: s, groups, chunks, clocks}
      if (best === undefined || better(next, best, budget)) best = next
    }
  }
  if (best === undefined)
    throw new TlastError({
      code: "PLAN_CONTRADICTION",
      where: `layer ${layer.name}`,
      message: `no folding of ${values} inputs and ${outputs} outputs has ${[pe === undefined ? "" : `pe ${pe}`, simd === undefined ? "" : `simd ${simd}`].filter(Boolean).join(" and ")}`,
      hint: `${peHint(layer, outputs, isLast)}, simd from 1 to ${values}`,
    })
  const {clocks: _, ...folding} = best
  return folding
}

function peHint({requantise}: FoldRequest["layer"], outputs: number, isLast: boolean): string {
  if (requantise !== undefined && !uniform(requantise.shifts))
    return `pe ${outputs}: channels with shifts of their own go at once (perChannel: false gives all one)`
  if (requantise !== undefined) return `pe a divisor of ${outputs}, as its results go on to another layer`
  return `pe from 1 to ${outputs}${isLast ? `, below ${outputs} only where it is at most inputs / simd` : ""}`
}

type Candidate = Folding & {readonly clocks: number}

function better(a: Candidate, b: Candidate, budget: number): boolean {
  const meets = (c: Candidate) => c.clocks <= budget
  if (meets(a) !== meets(b)) return meets(a)
  if (!meets(a)) return a.clocks < b.clocks
  const multipliers = (c: Candidate) => c.pe * c.simd
  if (multipliers(a) !== multipliers(b)) return multipliers(a) < multipliers(b)
  return a.groups !== b.groups ? a.groups < b.groups : a.clocks < b.clocks
}
