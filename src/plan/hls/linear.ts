import {at, bug} from "../../errors.ts"
import {signedBits} from "../../graph/format.ts"
import type {LinearLayer, Requantise} from "../../graph/integer.ts"
import {accumulatorRange, tensorRanges} from "../../graph/range.ts"
import {elements} from "../../graph/shape.ts"
import type {HlsLinear} from "./architecture.ts"
import {divisorFrom, divisors} from "./divisors.ts"
import {addProcess, type Draft, packFifo, type Wire} from "./draft.ts"
import {loadStream, roundingName} from "./names.ts"
import type {HlsFolding} from "./options.ts"
import {every, where} from "./schedule.ts"
import {resize, window} from "./supply.ts"

/** conv2d.h or dense.h with what it needs before it (windows, other packs) and after it (requantise.h). */
export function linearLayer(draft: Draft, layer: LinearLayer, wire: Wire): Wire {
  const {shape} = layer.output
  const folded = fold(draft, layer)
  const {vectors, folds, pe, beats, simd, loads} = folded
  draft.linear.push(folded)
  const supply = layer.kind === "dense" ? resize(draft, layer.name, wire, simd) : window(draft, layer, wire, simd)
  const sumType = `${layer.name}_sum_t`
  const sums = packFifo(draft, `${layer.name}_sums`, sumType, pe)
  const own = loads.filter(({target}) => target.kind !== "shift").map(({target}) => loadStream(target))
  const plain = `tlast::${layer.kind === "dense" ? "dense" : `conv2d<${vectors}>`}`
  const steps = vectors * beats * folds
  const taken = `${simd} of ${simd * beats} inputs a step`
  addProcess(
    draft,
    {
      name: layer.name,
      header: layer.kind === "dense" ? "dense.h" : "conv2d.h",
      callee: own.length > 0 ? `${layer.name}_layer` : plain,
      arguments:
        own.length > 0 ? [...own, supply, sums] : [supply, sums, `${layer.name}_weights`, `${layer.name}_bias`],
      cycles: steps,
      comment: `${vectors === 1 ? "" : `${vectors} positions, `}${pe} of ${shape.channels} outputs x ${taken}`,
    },
    {...first(own, steps), [supply]: where(steps, (step) => step % folds === 0)},
    {[sums]: where(steps, (step) => Math.floor(step / folds) % beats === beats - 1)},
  )
  if (layer.requantise === undefined) return {stream: sums, type: sumType, pack: pe, shape}
  return requantise(draft, folded, layer.requantise, sums)
}

function requantise(
  draft: Draft,
  {layer, loads, pe, folds, vectors}: HlsLinear,
  {rounding, relu, overflow}: Requantise,
  sums: string,
): Wire {
  const {name, output} = layer
  const type = `${name}_t`
  draft.tensors.push({type, format: output.format})
  const values = packFifo(draft, `${name}_values`, type, pe)
  const shift = loads.filter(({target}) => target.kind === "shift").map(({target}) => loadStream(target))
  const steps = vectors * folds
  addProcess(
    draft,
    {
      name: `${name} requantise`,
      header: "requantise.h",
      callee:
        shift.length > 0
          ? `${name}_requantise`
          : `tlast::requantise<${vectors}, ${roundingName(rounding, layer.kind)}, ${relu}, tlast::${overflow.toUpperCase()}>`,
      arguments: shift.length > 0 ? [...shift, sums, values] : [sums, values, `${name}_shifts`],
      cycles: steps,
      comment: `${rounding}${relu ? ", relu" : ""}, ${overflow} to ${output.format.bits} bits`,
    },
    {...first(shift, steps), [sums]: every(steps)},
    {[values]: every(steps)},
  )
  return {stream: values, type, pack: pe, shape: output.shape}
}

/** Before each image a layer reads whether a load comes first. */
const first = (streams: readonly string[], steps: number): Readonly<Record<string, Uint8Array>> =>
  Object.fromEntries(streams.map((stream) => [stream, where(steps, (step) => step === 0)]))

function fold({network, options, targets}: Draft, layer: LinearLayer): HlsLinear {
  const outputs = layer.output.shape.channels
  const taps = layer.weights.length / outputs
  const vectors = layer.kind === "dense" ? 1 : elements(layer.output.shape) / outputs
  const budget = Math.max(elements(network.input.shape), vectors)
  const asked = options.folding[layer.name] ?? cheapest(budget, vectors, outputs, taps)
  const pe = divisorFrom(outputs, asked.pe)
  const simd = divisorFrom(taps, asked.simd)
  const range = tensorRanges(network).get(at(layer.inputs, 0))
  if (range === undefined) throw bug("hls", `${layer.name} reads an unknown tensor`)
  const exact = accumulatorRange(layer, range).map(signedBits)
  return {
    layer,
    vectors,
    folds: outputs / pe,
    pe,
    beats: taps / simd,
    simd,
    // Loaded weights are unknown here, so their sums get all that golden gives them.
    sumBits: options.weights === "loadable" ? 32 : Math.max(...exact, 2),
    loads: targets.flatMap((target, index) => (target.layer === layer ? [{target, number: index + 1}] : [])),
  }
}

/** The fewest multipliers that take no more than `budget` steps an image: no longer than the pixels do, one a clock. */
function cheapest(budget: number, vectors: number, outputs: number, taps: number): HlsFolding {
  let best = {pe: outputs, simd: taps}
  for (const pe of divisors(outputs))
    for (const simd of divisors(taps)) {
      const steps = (vectors * outputs * taps) / (pe * simd)
      const [cost, least] = [pe * simd, best.pe * best.simd]
      // Of equal cost the narrower input: the packs before it are split, not gathered.
      if (steps <= budget && (cost < least || (cost === least && simd < best.simd))) best = {pe, simd}
    }
  return best
}
