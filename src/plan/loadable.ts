import {at, TlastError} from "../errors.ts"
import type {Resources} from "../graph/design.ts"
import type {IntegerConv2d, IntegerMaxPool2d, IntegerNetwork, LinearLayer} from "../graph/integer.ts"
import {biasBits, type Loadable, resultWords} from "../graph/packets.ts"
import {refuseUnsupported} from "../graph/support.ts"
import * as cost from "./cost.ts"
import type {Folding} from "./fold.ts"
import {clocks, type FoldTarget, foldLayers, multipliers, type Work, works} from "./fold-loadable.ts"
import * as loadCost from "./loadable-cost.ts"
import type {Plan, PlanStage, Rate, RequantiseStage} from "./plan.ts"
import {uniform} from "./rounding.ts"
import {feedWindows, lastVectors, pass, serve, serveWindows, type Tokens, type WindowPace} from "./schedule.ts"

/** What is decided for a core whose weights come over the stream. */
export type LoadableDraft = Pick<
  Plan,
  "lanes" | "stream" | "stages" | "interval" | "latency" | "credits" | "pace" | "limit" | "resources" | "loadable"
>

interface Walk {
  readonly network: IntegerNetwork
  readonly loadable: Loadable
  readonly stages: PlanStage[]
  /** Each moves the tokens on, and may fill in a queue's depth. */
  readonly steps: ((tokens: Tokens, settle: boolean) => Tokens)[]
  rate: Rate
  rows: number
  columns: number
}

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
  const position: Rate = {
    positions: 1,
    channels: shape.channels,
    bits: format.bits,
    signed: format.signed,
    beats: beats / shape.channels,
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
  const edge = {interval: beats, input: stream, output: stream, layer: undefined}
  walk.stages.push(
    {kind: "skid", name: "in", ...drop(edge), latency: 1, resources: cost.skid(WORD + 1)},
    {
      kind: "feeder",
      name: "feeder",
      ...drop(edge),
      output: position,
      latency: 1,
      resources: cost.feeder(shape.channels * format.bits, beats),
    },
  )
  const collect = shape.channels
  if (collect > 1)
    walk.steps.push((tokens) =>
      pass(
        tokens,
        0,
        Array.from({length: beats / collect}, (_, i) => ({input: (i + 1) * collect - 1, lane: 0})),
      ),
    )

  const first = at(work, 0)
  const least = Math.max(beats, outputWords, ...work.map((one, i) => clocks(one, at(folded, i))))
  const interval = Math.max(least, options.interval ?? 0)
  const pace = paceOf(first, at(folded, 0), beats, collect, interval)

  let linear = 0
  for (const [index, layer] of network.layers.entries()) {
    if (layer.inputs[0] !== (index === 0 ? "input" : at(network.layers, index - 1).name))
      throw unsupported(layer.name, "it does not read the layer before it", "build chains of layers only")
    if (layer.kind === "maxPool2d") pool(walk, layer)
    else if (layer.kind !== "flatten") {
      engine(walk, at(work, linear), at(folded, linear), linear === 0)
      linear++
    }
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

/** Window and hold, or queue, then PE x SIMD multipliers, then requantise. */
function engine(walk: Walk, work: Work, folding: Folding, isFirst: boolean): void {
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
  const levels = Math.ceil(Math.log2(folding.simd))
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
    latency: 4 + levels,
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
      values,
      bits: input.bits,
      sumBits: accumulatorBits,
      biasBits: stored,
      words,
      multipliers: multipliers(folding),
    }),
  })
  const latency = 4 + levels
  steps.push((tokens) => (isConvolution ? everyVector : lastVectors)(tokens, folding.groups, folding.chunks, latency))
  walk.rate = sum
  if (layer.requantise !== undefined) requantise(walk, layer, folding)
  walk.rows = layer.output.shape.height
  walk.columns = layer.output.shape.width
}

/** A vector's sums, group by group, for every vector. */
const everyVector = (done: Tokens, groups: number, chunks: number, latency: number): Tokens =>
  done.map((image) =>
    image.flatMap(({time, earliest, beat}) =>
      Array.from({length: groups}, (_, group) => {
        const after = latency - (groups - 1 - group) * chunks
        return {time: time + after, earliest: earliest + after, lane: 0, beat}
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

function queue(walk: Walk, layer: string, service: number | undefined): void {
  const {rate, stages, steps} = walk
  stages.push({
    kind: "fifo",
    name: `${layer}_queue`,
    layer,
    input: rate,
    output: rate,
    interval: rate.beats * (service ?? 1),
    latency: 1,
    fifoDepth: 0,
    lanes: 1,
    order: [0, 0, 0],
    resources: cost.none,
  })
  const index = stages.length - 1
  if (service === undefined) return
  steps.push((tokens, settle) => {
    const {depth, done} = serve(tokens, service)
    if (settle) setDepth(walk, index, depth)
    return done
  })
}

function setDepth({stages}: Walk, index: number, fifoDepth: number): void {
  const stage = at(stages, index)
  if (stage.kind === "fifo")
    stages[index] = {
      ...stage,
      fifoDepth,
      resources: cost.queue(stage.output.channels * stage.output.bits, 1, fifoDepth),
    }
}

/** As few units as the clocks between two groups allow; one for a dense layer, whose results go on one by one. */
function requantise(walk: Walk, layer: LinearLayer, {pe, groups, chunks}: Folding): void {
  const rule = layer.requantise
  if (rule === undefined) return
  const {loadable, rate, stages, steps} = walk
  const {format} = layer.output
  const loaded = loadable.shifts
  const units = layer.kind === "dense" ? 1 : loaded ? smallestDivisor(pe, Math.ceil(pe / chunks)) : pe
  const share = pe / units
  const gather = layer.kind === "conv2d" ? groups : 0
  const latency = (share === 1 ? 2 : 3) + (gather * share > 1 ? 1 : 0)
  const out: Rate = {
    positions: 1,
    channels: gather === 0 ? units : groups * pe,
    bits: format.bits,
    signed: format.signed,
    beats: gather === 0 ? rate.beats * share : rate.beats / groups,
  }
  const stage: RequantiseStage = {
    kind: "requantise",
    name: `${layer.name}_requantise`,
    layer: layer.name,
    input: rate,
    output: out,
    interval: rate.beats * share,
    latency,
    rounding: rule.rounding,
    overflow: rule.overflow,
    relu: rule.relu,
    accumulatorBits: rate.bits,
    bias: false,
    shared: {units, gather, loaded, shift: at(rule.shifts, 0)},
    resources: loadCost.requantise({
      pe,
      units,
      gather,
      groups,
      bits: rate.bits,
      outBits: format.bits,
      loaded,
      wraps: rule.overflow === "wrap",
    }),
  }
  stages.push(stage)
  steps.push((tokens) =>
    tokens.map((image) =>
      gather === 0
        ? image.flatMap(({time, earliest, beat}) =>
            Array.from({length: share}, (_, k) => ({
              beat,
              time: time + latency + k,
              earliest: earliest + latency + k,
              lane: 0,
            })),
          )
        : image
            .filter((_, i) => i % groups === groups - 1)
            .map(({time, earliest, beat}) => ({
              beat,
              time: time + latency + share - 1,
              earliest: earliest + latency + share - 1,
              lane: 0,
            })),
    ),
  )
  walk.rate = out
}

const smallestDivisor = (of: number, least: number): number => {
  for (let n = least; n < of; n++) if (of % n === 0) return n
  return of
}

function pool(walk: Walk, layer: IntegerMaxPool2d): void {
  const {rate, rows, columns, stages, steps} = walk
  const {size} = layer
  const {shape} = layer.output
  const outputs = Array.from({length: shape.height * shape.width}, (_, i) => ({
    input:
      (Math.floor(i / shape.width) * size.height + size.height - 1) * columns +
      (i % shape.width) * size.width +
      size.width -
      1,
    lane: 0,
  }))
  const out: Rate = {...rate, beats: outputs.length}
  stages.push({
    kind: "pool",
    name: layer.name,
    layer: layer.name,
    input: rate,
    output: out,
    interval: rate.beats,
    latency: 2,
    size,
    of: {height: rows, width: columns},
    slots: [0],
    form: "lines",
    pitch: columns,
    rows,
    origin: {row: 0, column: 0},
    resources: cost.pool(rate.channels * rate.bits, rate.bits, 1, shape.width),
  })
  steps.push((tokens) => pass(tokens, 2, outputs))
  walk.rate = out
  walk.rows = shape.height
  walk.columns = shape.width
}

const drop = ({interval, input, output}: {interval: number; input: Rate; output: Rate}) => ({interval, input, output})

function checkShape(network: IntegerNetwork, loadable: Loadable): void {
  const last = network.layers.at(-1)
  if (last?.kind !== "dense")
    throw unsupported(
      last?.name ?? network.name,
      "the last layer is not dense",
      "end the network in a dense layer: results are words of a class",
    )
  for (const layer of network.layers) {
    if (layer.kind !== "conv2d" && layer.kind !== "dense") continue
    if (layer.requantise !== undefined && !uniform(layer.requantise.shifts))
      throw unsupported(
        layer.name,
        `its channels are shifted by ${[...new Set(layer.requantise.shifts)].sort((a, b) => a - b).join(", ")}, and a loadable core has one shift a layer`,
        "quantise with one scale a layer: perChannel false",
      )
    const rounds = layer.requantise !== undefined && layer.requantise.rounding !== "floor"
    if ((!loadable.shifts && rounds) || (!loadable.biases && layer.bias.some((bias) => bias !== 0)))
      throw unsupported(
        layer.name,
        "hls-2020 has no biases and rounds down",
        "use quantizeHls2020, or the default arithmetic",
      )
    if (layer.kind === "conv2d" && layer.requantise === undefined)
      throw unsupported(layer.name, "a convolution without requantise", "requantise it, and end in a dense layer")
  }
}

const unsupported = (where: string, message: string, hint: string): TlastError =>
  new TlastError({code: "UNSUPPORTED", where: `layer ${where}`, message, hint})
