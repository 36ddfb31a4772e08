import {at, bug} from "../../errors.ts"
import type {Resources} from "../../graph/design.ts"
import type {IntegerLayer, IntegerNetwork} from "../../graph/integer.ts"
import {tensorRanges} from "../../graph/range.ts"
import {elements} from "../../graph/shape.ts"
import * as cost from "../cost.ts"
import {lastLayer} from "../last-layer.ts"
import type {PlanStage, Rate} from "../plan.ts"
import {resultWords} from "../results.ts"
import {feed, lastVectors, pass, serve, serveColumns, simulatedImages, type Tokens} from "../schedule.ts"
import {chooseClass} from "./class.ts"
import {buildLayer} from "./kinds.ts"
import {outputs as results} from "./outputs.ts"
import type {Choices, Draft, Place, Source, Step, Walk} from "./walk.ts"

/** Bits of a stream whose beats feed so much logic that it does not lie in one place. */
const WIDE = 32

/** Draws up the pipeline for so many lanes: stages, then the schedule, then what follows from it. */
export function build(given: IntegerNetwork, choices: Choices): Draft {
  const network = lastLayer(given)
  const {shape, format} = network.input
  const {lanes} = choices
  const elementBits = format.bits <= 1 ? 1 : format.bits <= 2 ? 2 : format.bits <= 4 ? 4 : 8
  const dataBits = Math.max(8, lanes * elementBits)
  const beats = (shape.height * shape.width * shape.channels) / lanes
  const collect = Math.max(1, shape.channels / lanes)
  const positions = Math.max(1, lanes / shape.channels)
  const ranges = tensorRanges(network)
  const outputs = elements(at(network.layers, network.layers.length - 1).output.shape)

  const stages: PlanStage[] = []
  const steps: Step[] = []
  const place: Place = {
    rate: {positions, channels: shape.channels, bits: format.bits, signed: format.signed, beats: beats / collect},
    rows: shape.height,
    columns: shape.width,
    slots: positions,
    order: [],
  }
  const fedBits = positions * shape.channels * format.bits
  const registers = dataBits >= WIDE ? 1 : 0
  const stream: Rate = {positions: lanes, channels: 1, bits: elementBits, signed: format.signed, beats}
  stages.push({
    kind: "skid",
    name: "in",
    input: stream,
    output: stream,
    interval: beats,
    latency: 1,
    resources: cost.skid(dataBits + dataBits / 8 + 1),
  })
  stages.push({
    kind: "feeder",
    name: "feeder",
    input: stream,
    output: place.rate,
    interval: beats,
    latency: 1 + registers,
    ...(registers > 0 && {registers}),
    resources: cost.add(cost.feeder(fedBits, beats), cost.registers(fedBits, registers)),
  })
  if (collect > 1 || registers > 0)
    steps.push({
      kind: "pass",
      latency: registers,
      outputs: (n) => Array.from({length: n / collect}, (_, i) => ({input: (i + 1) * collect - 1, lane: 0})),
    })

  const budget = Math.max(choices.interval ?? beats, beats, outputs)
  const tensors = new Map<string, Source>([["input", {place, stage: "feeder", step: steps.length - 1}]])
  for (const [index, layer] of network.layers.entries()) {
    const sources = layer.inputs.map((name) => {
      const source = tensors.get(name)
      if (source === undefined) throw bug("plan", `${layer.name} reads ${name}, which is not there`)
      return source
    })
    const source = at(sources, 0)
    if (layer.kind === "flatten") {
      tensors.set(layer.name, source)
      continue
    }
    const [firstStage, firstStep] = [stages.length, steps.length]
    const next = onlyReader(network, layer.name)
    const isLast = network.layers.slice(index + 1).every(({kind}) => kind === "flatten")
    const walk: Walk = {
      network,
      choices,
      ranges,
      stages,
      steps,
      budget,
      next,
      isLast,
      sources,
      place: {...source.place},
    }
    buildLayer(walk, layer)
    if (isLast && layer.kind !== "dense") results(walk)
    if (sources.length === 1) {
      const [stage, step] = [at(stages, firstStage), at(steps, firstStep)]
      if (at(stages, firstStage - 1).name !== source.stage) stages[firstStage] = {...stage, from: [source.stage]}
      if (firstStep - 1 !== source.step) steps[firstStep] = {...step, from: [source.step]}
    }
    tensors.set(layer.name, {place: walk.place, stage: at(stages, stages.length - 1).name, step: steps.length - 1})
  }
  const interval = Math.max(budget, ...stages.map((stage) => stage.interval))
  const limiting = stages.find((stage) => stage.interval === interval)
  const pace = {beat: Math.floor(interval / beats), image: 0}
  pace.image = interval - (beats - 1) * pace.beat
  if (choices.output === "class") chooseClass(outputs, stages, steps)
  const words = choices.output === "class" ? 1 : outputs
  const lastSum = at(stages, stages.length - 1)
  const pe = lastSum.output.channels
  const sumBits =
    lastSum.kind === "folded" ? lastSum.accumulatorBits : lastSum.output.bits + (lastSum.output.signed ? 0 : 1)

  const creditsOf = (images: number): number => {
    const {results: leaving, begins, ends} = run(steps, stages, beats, pace, images)
    const lastWord = resultWords(leaving, ends, words, pe).map((image) => at(image, words - 1))
    const life = Math.max(...lastWord.map((time, i) => time + 2 - at(begins, i)))
    return Math.max(1, Math.ceil(life / interval))
  }
  // A branch that waits for the other one holds every image in between: the queues are full only once the first has left.
  let images = simulatedImages
  let credits = creditsOf(images)
  while (images < credits + 2) {
    images = credits + 2
    credits = creditsOf(images)
  }
  const word: Rate = {positions: 1, channels: 1, bits: 32, signed: true, beats: words}
  stages.push({
    kind: "result",
    name: "results",
    input: lastSum.output,
    output: word,
    interval: words,
    latency: 2,
    pe,
    fifoDepth: 1,
    resources: cost.result(pe, sumBits, credits * words),
  })
  stages.push({
    kind: "skid",
    name: "out",
    input: word,
    output: word,
    interval: words,
    latency: 1,
    resources: cost.skid(Math.min(33, sumBits + 1)),
  })
  // A beat is accepted as soon as the skid, which holds two, has let the one before the last go.
  const final = beats - 1
  const accepted = final >= 2 ? (final - 2) * pace.beat : final - 2
  const alone = run(steps, stages, beats, {beat: pace.beat, image: 1e6})
  const latency = at(at(resultWords(alone.results, alone.ends, words, pe), 0), 0) + 1 - accepted
  const resources = stages.reduce<Resources>((sum, stage) => cost.add(sum, stage.resources), cost.none)
  return {
    lanes,
    stream: {
      input: {dataBits, elementBits, signed: format.signed, beatsPerImage: beats},
      output: {dataBits: 32, wordsPerImage: words, ...(choices.output === "class" && {kind: "class"})},
    },
    stages,
    interval,
    latency,
    credits,
    pace,
    limit:
      interval === beats
        ? "stream"
        : interval === outputs
          ? "results"
          : (limiting?.layer ?? (choices.interval === interval ? "the rate asked for" : "stream")),
    resources,
  }
}

function run(
  steps: readonly Step[],
  stages: PlanStage[],
  beats: number,
  pace: {readonly beat: number; readonly image: number},
  images?: number,
): {results: Tokens; begins: readonly number[]; ends: readonly number[]} {
  const fed = feed(beats, pace, images)
  const begins = fed.map((image) => at(image, 0).time - 1)
  const ends = fed.map((image) => at(image, image.length - 1).time)
  const results: Tokens[] = []
  // An image alone needs no more of a queue than images back to back.
  const fill = (index: number, depth: number): void => {
    const stage = at(stages, index)
    if (stage.kind === "lines") {
      const {
        rate: {channels, bits},
        size,
        rows,
        ports,
      } = {...stage, rate: stage.input}
      const resources = cost.lines(channels * bits, size, rows, ports, depth)
      if (pace.image < 1e6) stages[index] = {...stage, depth, resources}
      return
    }
    if (stage.kind !== "fifo") throw bug("plan", "not a queue")
    const resources = cost.queue(stage.output.channels * stage.output.bits, stage.lanes, depth)
    if (pace.image < 1e6) stages[index] = {...stage, fifoDepth: depth, resources}
  }
  for (const [index, step] of steps.entries()) {
    const read = (step.from ?? [index - 1]).map((one) => (one < 0 ? fed : at(results, one)))
    let tokens = at(read, 0)
    if (step.kind === "pass") {
      tokens = pass(tokens, step.latency, step.outputs(at(tokens, 0).length))
    } else if (step.kind === "own") {
      const {done, depths} = step.run(read)
      for (const {stage, depth} of depths) fill(stage, depth)
      tokens = done
    } else if (step.kind === "groups") {
      tokens = lastVectors(tokens, step.groups, step.chunks, step.latency)
    } else {
      const {depth, done} =
        step.kind === "serve" ? serve(tokens, step.service) : serveColumns(tokens, step.frame, step.complete)
      fill(step.stage, depth)
      tokens = done
    }
    results.push(tokens)
  }
  return {results: results.at(-1) ?? fed, begins, ends}
}

/** The one layer that reads a tensor, through flattens; none at a fork. */
function onlyReader({layers}: Pick<IntegerNetwork, "layers">, name: string): IntegerLayer | undefined {
  const readers = layers.flatMap((layer) => layer.inputs.filter((input) => input === name).map(() => layer))
  const reader = readers.length === 1 ? readers[0] : undefined
  return reader?.kind === "flatten" ? onlyReader({layers}, reader.name) : reader
}
