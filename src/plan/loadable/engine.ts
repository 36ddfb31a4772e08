import type {IntegerConv2d} from "../../graph/integer.ts"
import {biasBits} from "../../graph/packets.ts"
import * as cost from "../cost.ts"
import type {Folding} from "../fold.ts"
import {clocks, multipliers, packedLatency, type Work} from "../fold-loadable.ts"
import * as loadCost from "../loadable-cost.ts"
import type {Rate} from "../plan.ts"
import {lastVectors, pass, serveWindows, type Tokens} from "../schedule.ts"
import {queue, setDepth, type Walk} from "./walk.ts"

/** Window and hold, or queue, then PE x SIMD multipliers: the sums of a layer, PE at a time. */
export function engine(walk: Walk, work: Work, folding: Folding, isFirst: boolean): void {
  const {network, loadable, stages, steps} = walk
  const {layer, values, vectors} = work
  const service = folding.groups * folding.chunks
  const isConvolution = layer.kind === "conv2d"
  if (!isConvolution || !isFirst) queue(walk, layer.name, isConvolution ? undefined : service)
  const from = walk.rate
  if (isConvolution) window(walk, layer, isFirst, service)
  const input: Rate = isConvolution ? {...walk.rate, channels: values} : from
  const stored = loadable.biases ? biasBits(network, layer) : 0
  const accumulatorBits = biasBits(network, layer) + (loadable.biases ? 1 : 0)
  const latency = packedLatency(folding.simd)
  const words = (isConvolution ? 1 : vectors) * service
  const beats = isConvolution ? vectors * folding.groups : folding.groups
  const sum: Rate = {positions: 1, channels: folding.pe, bits: accumulatorBits, signed: true, beats}
  stages.push({
    kind: "folded",
    engine: "folded",
    name: `${layer.name}_folded`,
    layer: layer.name,
    input,
    output: sum,
    interval: clocks(work, folding),
    latency,
    ...folding,
    vectors: isConvolution ? 1 : vectors,
    outputs: layer.bias.length,
    accumulatorBits,
    weightBits: 8,
    multiplier: "dsp",
    memory: words > loadCost.SHALLOW ? "block" : "distributed",
    romWords: words,
    romBits: 8 * folding.pe * folding.simd,
    load: {packed: folding.pe > 1, biasBits: stored},
    resources: loadCost.engine({
      ...folding,
      vectors: isConvolution ? 1 : vectors,
      bits: input.bits,
      sumBits: accumulatorBits,
      biasBits: stored,
      words,
      multipliers: multipliers(folding),
    }),
  })
  steps.push((tokens) => (isConvolution ? everyVector : lastVectors)(tokens, folding.groups, folding.chunks, latency))
  walk.rate = sum
}

/** A vector's sums, group by group, for every vector. */
const everyVector = (done: Tokens, groups: number, chunks: number, latency: number): Tokens =>
  done.map((image) =>
    image.flatMap((token) =>
      Array.from({length: groups}, (_, group) => {
        const after = latency - (groups - 1 - group) * chunks
        return {...token, time: token.time + after, earliest: token.earliest + after, lane: 0}
      }),
    ),
  )

function window(walk: Walk, layer: IntegerConv2d, isFirst: boolean, service: number): void {
  const {rate, rows, columns, stages, steps} = walk
  const {kernel} = layer
  const out: Rate = {...rate, channels: kernel.height * kernel.width * rate.channels}
  stages.push({
    kind: "window",
    name: `${layer.name}_window`,
    layer: layer.name,
    input: rate,
    output: out,
    interval: rate.beats,
    latency: 1,
    kernel,
    size: {height: rows, width: columns},
    memory: "shift",
    held: true,
    resources: cost.window(rate.channels * rate.bits, 1, columns, kernel.height, kernel.width),
  })
  const complete = (position: number) =>
    Math.floor(position / columns) >= kernel.height - 1 && position % columns >= kernel.width - 1
  if (isFirst) {
    // The feeder leaves each window its time: the last step is `service` clocks after the beat.
    steps.push((tokens) => {
      const inside = Array.from({length: rows * columns}, (_, input) => ({input, lane: 0})).filter(({input}) =>
        complete(input),
      )
      return pass(tokens, service, inside)
    })
  } else {
    const index = stages.length - 2
    steps.push((tokens, settle) => {
      const {depth, done} = serveWindows(tokens, service, complete)
      if (settle) setDepth(walk, index, depth)
      return done
    })
  }
}
