import {at} from "../errors.ts"
import type {Resources} from "../graph/design.ts"
import type {IntegerMaxPool2d, IntegerNetwork, LinearLayer} from "../graph/integer.ts"
import {type Loadable, resultWords} from "../graph/packets.ts"
import {refuseUnsupported} from "../graph/support.ts"
import * as cost from "./cost.ts"
import type {Folding} from "./fold.ts"
import {clocks, type FoldTarget, foldLayers, inParts, partOf, type Work, works} from "./fold-loadable.ts"
import {checkShape} from "./loadable/check.ts"
import {engine} from "./loadable/engine.ts"
import {narrow, requantise} from "./loadable/narrow.ts"
import type {Walk} from "./loadable/walk.ts"
import * as loadCost from "./loadable-cost.ts"
import type {Plan, Rate} from "./plan.ts"
import {feedWindows, pass, type WindowPace} from "./schedule.ts"

/** What is decided for a core whose weights come over the stream. */
export type LoadableDraft = Pick<
  Plan,
  "lanes" | "stream" | "stages" | "interval" | "latency" | "credits" | "pace" | "limit" | "resources" | "loadable"
>

const WORD = 16

/**
 * Draws up a core of folded layers with writable weights behind header packets: elements and results are 16-bit words, one
 * a clock. Every layer's requantise has one shift. Errors: UNSUPPORTED, PLAN_CONTRADICTION.
 */
export function buildLoadable(network: IntegerNetwork, loadable: Loadable, options: FoldTarget): LoadableDraft {
  refuseUnsupported(network.layers, "a core with loadable weights", [], "use weights: constant, or leave the layer out")
  checkShape(network, loadable)
  const {shape, format} = network.input
  const work = works(network)
  const folded = foldLayers(network, options)
  const beats = shape.height * shape.width * shape.channels
  const outputWords = resultWords(network, loadable)
  const first = at(work, 0)
  // A convolution reads whole positions, a dense layer as few elements as its steps can.
  const collect = first.layer.kind === "dense" ? partOf(first, at(folded, 0), 1) : shape.channels
  const position: Rate = {
    positions: 1,
    channels: collect,
    bits: format.bits,
    signed: format.signed,
    beats: beats / collect,
  }
  const stream: Rate = {positions: 1, channels: 1, bits: WORD, signed: true, beats}
  const walk: Walk = {
    network,
    loadable,
    stages: [],
    steps: [],
    rate: position,
    rows: shape.height,
    columns: shape.width,
  }
  const edge = {interval: beats, input: stream, output: stream}
  walk.stages.push(
    {kind: "skid", name: "in", ...edge, latency: 1, resources: cost.skid(WORD + 1)},
    {
      kind: "feeder",
      name: "feeder",
      ...edge,
      output: position,
      latency: 1,
      resources: cost.feeder(collect * format.bits, beats),
    },
  )
  if (collect > 1)
    walk.steps.push((tokens) =>
      pass(
        tokens,
        0,
        Array.from({length: beats / collect}, (_, i) => ({input: (i + 1) * collect - 1, lane: 0})),
      ),
    )

  const least = Math.max(beats, outputWords, ...work.map((one, i) => clocks(one, at(folded, i))))
  const interval = Math.max(least, options.interval ?? 0)
  const pace = paceOf(first, at(folded, 0), beats, collect, interval)

  for (const [index, one] of work.entries()) {
    const folding = at(folded, index)
    if (one.layer.kind === "dense") {
      engine(walk, ...inParts(one, folding, walk.rate.channels), index === 0)
      // Results go on one by one.
      requantise(walk, one.layer, {units: 1, part: 1, held: false})
      continue
    }
    engine(walk, one, folding, index === 0)
    const {height, width} = one.layer.output.shape
    Object.assign(walk, {rows: height, columns: width})
    const next = work[index + 1]
    narrow(walk, one.layer, poolsAfter(network, one.layer), folding, (least) =>
      next?.layer.kind === "dense" ? partOf(next, at(folded, index + 1), least) : folding.pe * folding.groups,
    )
  }

  const {results, begins} = run(walk, beats, pace, true)
  // result_out: in_valid at t; the first word leaves in t + 2, the last of an image's when all before it have.
  const perBeat = walk.rate.channels
  const values = at(network.layers, network.layers.length - 1).output.shape.channels
  const perWord = loadable.results / 16
  const lastWord = results.map(
    (image) =>
      at(image, image.length - 1).time + 2 + (values - 1 - (image.length - 1) * perBeat) + (perWord - 1) * values,
  )
  const life = Math.max(...lastWord.map((time, i) => time + 2 - at(begins, i)))
  const credits = Math.max(2, Math.ceil(life / interval))
  const lastStage = at(walk.stages, walk.stages.length - 1)
  const sumBits = walk.rate.bits + (walk.rate.signed ? 0 : 1)
  const word: Rate = {positions: 1, channels: 1, bits: WORD, signed: true, beats: outputWords}
  walk.stages.push(
    {
      kind: "result",
      name: "results",
      input: lastStage.output,
      output: {...word, bits: 32, beats: values},
      interval: outputWords,
      latency: 2,
      pe: perBeat,
      fifoDepth: 1,
      resources: cost.result(perBeat, sumBits, credits * values),
    },
    {
      kind: "skid",
      name: "out",
      input: word,
      output: word,
      interval: outputWords,
      latency: 1,
      resources: cost.skid(WORD + 1),
    },
  )
  const alone = run(walk, beats, pace, false)
  const at0 = (beat: number) => (beat < 0 ? beat : at(at(alone.feed, 0), beat).time)
  // A word is accepted as soon as the skid, which holds two, has let the one before the last go. The answer's seven header
  // words leave from the clock in which the image is whole at the feeder.
  const accepted = at0(beats - 3)
  const latency = Math.max(at(at(alone.results, 0), 0).time + 2, at0(beats - 1) + 7) + 1 - accepted
  const resources = [
    ...walk.stages.map((stage) => stage.resources),
    loadCost.packets(network, loadable),
  ].reduce<Resources>(cost.add, cost.none)
  const slowest = work.find((one, i) => clocks(one, at(folded, i)) === interval)
  return {
    lanes: 1,
    stream: {
      input: {dataBits: WORD, elementBits: WORD, signed: format.signed, beatsPerImage: beats},
      output: {dataBits: WORD, wordsPerImage: outputWords},
    },
    stages: walk.stages,
    interval,
    latency,
    credits,
    pace,
    limit:
      slowest?.layer.name ??
      (interval === beats
        ? "stream"
        : interval === outputWords
          ? "results"
          : interval === least
            ? first.layer.name
            : "the rate asked for"),
    resources,
    loadable,
  }
}

function poolsAfter({layers}: IntegerNetwork, layer: LinearLayer): readonly IntegerMaxPool2d[] {
  const pools: IntegerMaxPool2d[] = []
  for (const one of layers.slice(layers.indexOf(layer) + 1)) {
    if (one.kind !== "maxPool2d") break
    pools.push(one)
  }
  return pools
}

/** Clocks after each beat: enough for the first layer's work; what is left is spread over the windows. */
function paceOf(work: Work, folding: Folding, beats: number, collect: number, interval: number): WindowPace {
  const {layer} = work
  if (layer.kind === "dense") {
    const beat = Math.floor(interval / beats)
    return {beat, image: interval - (beats - 1) * beat}
  }
  // The other beats of the next position come while this window's sums are begun.
  const least = Math.max(1, folding.groups * folding.chunks - (collect - 1))
  const others = beats - work.vectors
  const window = least + Math.max(0, Math.floor((interval - others - work.vectors * least) / work.vectors))
  const {height, width} = layer.kernel
  const columns = layer.output.shape.width + width - 1
  return {
    beat: 1,
    window,
    image: interval - others - (work.vectors - 1) * window,
    kernel: {height, width},
    columns,
    collect,
  }
}

function run(walk: Walk, beats: number, pace: WindowPace, settle: boolean) {
  const feed = feedWindows(beats, settle ? pace : {...pace, image: 1e6})
  const begins = feed.map((image) => at(image, 0).time - 1)
  let tokens = feed
  for (const step of walk.steps) tokens = step(tokens, settle)
  return {feed, begins, results: tokens}
}
