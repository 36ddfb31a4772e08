import {at, TlastError} from "../errors.ts"
import type {Resources} from "../graph/design.ts"
import type {IntegerNetwork} from "../graph/integer.ts"
import {refuseUnsupported} from "../graph/support.ts"
import {build} from "./blocks/build.ts"
import {nothingFound} from "./blocks/found.ts"
import type {Choices, Draft} from "./blocks/walk.ts"
import {checkChoices, contradiction} from "./choices.ts"
import {device} from "./devices.ts"
import {type Change, changesFor, pareto, type Sketch, variants} from "./explore.ts"
import {buildLoadable, type LoadableDraft} from "./loadable.ts"
import type {PlanOptions, PlanReport} from "./options.ts"
import type {Plan} from "./plan.ts"

/** Bits of the widest stream: one high performance port of a Zynq. */
export const portBits = 64
const laneCounts = [1, 2, 4, 8, 16]
/** More than a design of this family is clocked at. */
const fastestMhz = 400

/**
 * Chooses the architecture. Pure: the same network and options give the same plan. Errors: UNKNOWN_DEVICE,
 * LANES_DO_NOT_DIVIDE (with those that do), RATE_NOT_REACHED (with the nearest), PLAN_CONTRADICTION, UNSUPPORTED.
 */
export function plan(
  network: IntegerNetwork,
  options: PlanOptions = {},
): {readonly plan: Plan; readonly report: PlanReport} {
  refuseUnsupported(
    network.layers,
    "the planner",
    ["stride", "same", "depthwiseConv2d", "avgPool2d", "add", "branches", "binary"],
    "use stride 1, no padding and a chain of conv2d, maxPool2d and dense",
  )
  const target = options.board
    ? {name: device(options.board.part).name, resources: options.board.resources}
    : device(options.device ?? "xc7z020")
  const clockHz = options.clockHz ?? 100e6
  if (!(clockHz > 0 && clockHz <= 1e9))
    throw contradiction("clockHz", `${clockHz} is not a clock a device of this family can have`, "use 1e6 to 1e9")
  checkChoices(network, options)
  if (options.weights === "loadable" || options.packets === "header")
    return planLoadable(network, options, target, clockHz)
  const legal = laneCounts.filter((lanes) => objection(network, lanes) === undefined)
  const found = nothingFound()
  const drawn = (
    lanes: number,
    interval?: number,
    {effort = options.effort, of = network, sketch = false} = {},
  ): Plan => {
    const choices: Choices = {
      found,
      sketch,
      lanes,
      interval,
      layers: options.layers ?? {},
      ...(options.output !== undefined && {output: options.output}),
      ...(effort !== undefined && {effort}),
    }
    const made = (more: Partial<Choices> = {}) => finish(of, build(of, {...choices, ...more}), target, clockHz, options)
    const first = made()
    if (first.margin.dsp >= 0) return first
    // DSPs are short: two products to each, or none, where that is enough.
    const fewer = [made({short: "packed"}), made({short: "lut"})]
    return fewer.find(({fits}) => fits) ?? first
  }
  const draw: Draw = (lanes, interval) => drawn(lanes, interval)
  const sketch: Sketch = (lanes, interval, of = network) => drawn(lanes, interval, {effort: 0, of, sketch: true})
  const beats = (lanes: number) => beatsOf(network, lanes)
  if (legal.length === 0) throw badLanes(network, options.lanes ?? 1, legal)

  const wanted = options.imagesPerSecond
  const known = options.target === undefined ? undefined : variants(sketch, legal, beats)
  const chosen =
    wanted !== undefined
      ? reaching(network, wanted, clockHz, legal, draw)
      : options.target !== undefined && known !== undefined
        ? aimed(options.target, known, draw)
        : draw(options.lanes === undefined ? at(legal, 0) : lanesOf(network, options.lanes, legal))
  // After what was chosen, whose sums sketches take as they are.
  const all = known ?? (options.explore || !chosen.fits ? variants(sketch, legal, beats) : [])
  const changes = chosen.fits ? [] : changesFor(chosen, sketch, all, network)
  const others = all.filter(({lanes, interval}) => lanes !== chosen.lanes || interval !== chosen.interval)
  return {plan: chosen, report: summary(chosen, pareto([chosen, ...others]), changes)}
}

type Draw = (lanes: number, interval?: number) => Plan

/** The fewest lanes that reach a rate, with engines that leave no more clocks unused than they must. */
function reaching(
  network: IntegerNetwork,
  wanted: number,
  clockHz: number,
  legal: readonly number[],
  draw: Draw,
): Plan {
  const floor = Math.floor(clockHz / wanted)
  const tried: Plan[] = []
  for (const lanes of legal) {
    if (beatsOf(network, lanes) > floor && lanes !== at(legal, legal.length - 1)) continue
    const made = draw(lanes, floor)
    tried.push(made)
    if (made.interval <= floor) return made
  }
  const nearest = tried.reduce((a, b) => (b.interval < a.interval ? b : a))
  const most = Math.floor(clockHz / nearest.interval)
  const needed = Math.ceil((wanted * nearest.interval) / 1e6)
  throw new TlastError({
    code: "RATE_NOT_REACHED",
    where: network.name,
    message: `${wanted} images/s at ${clockHz / 1e6} MHz is an image in ${floor} clocks; the nearest plan takes ${nearest.interval} (${most} images/s, limited by ${nearest.limit})`,
    hint: [
      `ask for at most ${most} images/s`,
      ...(needed <= fastestMhz ? [`raise the clock to ${needed} MHz`] : []),
      "use fewer input bits",
    ].join(", or "),
    exitCode: 1,
  })
}

/** The fastest of the sketches that fits, or the one of fewest LUTs; drawn again with the whole search. */
function aimed(aim: "fastest" | "smallest", known: readonly Plan[], draw: Draw): Plan {
  const fitting = known.filter(({fits}) => fits)
  const candidates = fitting.length > 0 ? fitting : known
  const best = candidates.reduce((a, b) => {
    const faster = b.interval - a.interval
    const smaller = b.resources.lut - a.resources.lut
    const order = aim === "fastest" ? faster || smaller : smaller || faster
    return order < 0 ? b : a
  })
  return draw(best.lanes, best.interval)
}

function lanesOf(network: IntegerNetwork, lanes: number, legal: readonly number[]): number {
  if (!legal.includes(lanes)) throw badLanes(network, lanes, legal)
  return lanes
}

/** Folded engines behind header packets. Results of 16 bits need a last requantise: quantize/results.ts. */
function planLoadable(
  network: IntegerNetwork,
  options: PlanOptions,
  target: {readonly name: string; readonly resources: Resources},
  clockHz: number,
): {readonly plan: Plan; readonly report: PlanReport} {
  if (options.weights !== "loadable" || options.packets !== "header")
    throw contradiction(
      "weights, packets",
      `${options.weights ?? "constant"} weights and ${options.packets ?? "raw"} packets do not go together`,
      "weights are loaded by header packets: --weights loadable --packets header, or neither",
    )
  if (options.lanes !== undefined && options.lanes !== 1)
    throw contradiction(
      "lanes",
      `header packets carry one element a word, and ${options.lanes} were asked for`,
      "drop lanes",
    )
  const last = network.layers.at(-1)
  const results = options.results ?? 16
  const fits = last?.kind === "dense" && last.requantise !== undefined
  if ((results === 16) !== fits)
    throw contradiction(
      "results",
      fits ? "the last layer's results are requantised already" : "the last layer's results are wider than 16 bits",
      fits ? "use results 16" : "use results 32, or requantise the last layer to 16 bits (saturatedResults)",
    )
  const own = options.arithmetic !== "hls-2020"
  const wanted = options.imagesPerSecond
  const interval = wanted === undefined ? undefined : Math.floor(clockHz / wanted)
  const draft = buildLoadable(
    network,
    {results, biases: own, shifts: own},
    {
      device: target.resources,
      layers: options.layers ?? {},
      ...(interval !== undefined && {interval}),
      ...(options.target !== undefined && {target: options.target}),
    },
  )
  if (interval !== undefined && draft.interval > interval)
    throw new TlastError({
      code: "RATE_NOT_REACHED",
      where: network.name,
      message: `${wanted} images/s at ${clockHz / 1e6} MHz is an image in ${interval} clocks; the nearest plan takes ${draft.interval} (${Math.floor(clockHz / draft.interval)} images/s, limited by ${draft.limit})`,
      hint: `ask for at most ${Math.floor(clockHz / draft.interval)} images/s, or raise the clock`,
      exitCode: 1,
    })
  const made: Plan = {...finish(network, draft, target, clockHz, options), packets: "header", weights: "loadable"}
  return {plan: made, report: summary(made, [made])}
}

function finish(
  network: IntegerNetwork,
  draft: Draft | LoadableDraft,
  target: {readonly name: string; readonly resources: Resources},
  clockHz: number,
  options: PlanOptions,
): Plan {
  const {resources} = draft
  const share = (have: number, used: number) => Math.round((1 - used / have) * 1000) / 1000
  const margin = {
    lut: share(target.resources.lut, resources.lut),
    ff: share(target.resources.ff, resources.ff),
    dsp: share(target.resources.dsp, resources.dsp),
    bram36: share(target.resources.bram36, resources.bram36),
  }
  return {
    name: network.name,
    modelHash: options.modelHash ?? "unnamed",
    device: target,
    ...(options.board && {board: options.board.name}),
    clockHz,
    packets: "raw",
    weights: "constant",
    ...draft,
    imagesPerSecond: Math.floor(clockHz / draft.interval),
    margin,
    fits: Object.values(margin).every((left) => left >= 0),
  }
}

function summary(chosen: Plan, others: readonly Plan[], found: readonly Change[] = []): PlanReport {
  const {name, lanes, clockHz, interval, latency, imagesPerSecond, limit, fits, resources, margin} = chosen
  const over = (["lut", "ff", "dsp", "bram36"] as const).filter((kind) => margin[kind] < 0)
  const reasons = over.map((kind) => {
    const most = chosen.stages.reduce((a, b) => (b.resources[kind] > a.resources[kind] ? b : a))
    return `${kind} ${resources[kind]} of ${chosen.device.resources[kind]}: most are in ${most.name} (${most.resources[kind]})`
  })
  const lengthened = chosen.stages.flatMap((stage) =>
    stage.kind === "serial" && stage.lengthened > 0
      ? [
          `${stage.layer} takes ${stage.frame} clocks a window, ${stage.lengthened} more than the rate leaves, for accumulators of ${stage.accumulatorBits} bits: ${stage.interval} clocks an image`,
        ]
      : [],
  )
  const changes = [
    ...lengthened,
    ...reasons,
    ...found.map(({change, cost, lut}) => `fits with ${change} (${lut} LUT); it costs ${cost}`),
  ]
  return {
    name,
    device: chosen.device.name,
    lanes,
    clockHz,
    interval,
    latency,
    imagesPerSecond,
    limit,
    fits,
    resources,
    margin,
    stages: chosen.stages.map((stage) => ({
      name: stage.name,
      kind: stage.kind,
      ...(stage.layer !== undefined && {layer: stage.layer}),
      ...("engine" in stage && {engine: stage.engine}),
      interval: stage.interval,
      latency: stage.latency,
      ...("fifoDepth" in stage && {fifoDepth: stage.fifoDepth}),
      resources: stage.resources,
    })),
    alternatives: others.map((other) => ({
      lanes: other.lanes,
      interval: other.interval,
      imagesPerSecond: other.imagesPerSecond,
      fits: other.fits,
      resources: other.resources,
    })),
    changes,
  }
}

/** Bits an element takes in the stream. */
export const slotBits = (bits: number): number => (bits <= 1 ? 1 : bits <= 2 ? 2 : bits <= 4 ? 4 : 8)

const beatsOf = ({input: {shape}}: IntegerNetwork, lanes: number): number =>
  (shape.height * shape.width * shape.channels) / lanes

/** Why a network cannot have so many lanes, if it cannot. */
function objection({input: {shape, format}}: IntegerNetwork, lanes: number): string | undefined {
  const count = shape.height * shape.width * shape.channels
  if (!laneCounts.includes(lanes)) return `lanes are one of ${laneCounts.join(", ")}`
  if (count % lanes !== 0) return `an image of ${count} elements is not a whole number of beats of ${lanes}`
  if (lanes * slotBits(format.bits) > portBits)
    return `${lanes} elements of ${slotBits(format.bits)} bits do not fit the ${portBits}-bit port`
  if (lanes % shape.channels !== 0 && shape.channels % lanes !== 0)
    return `beats of ${lanes} elements and pixels of ${shape.channels} channels do not divide one another`
  if (lanes / shape.channels > shape.width && shape.height > 1)
    return `a beat of ${lanes} elements is longer than a row of ${shape.width} pixels`
  const pixels = Math.max(1, lanes / shape.channels)
  if ((pixels & (pixels - 1)) !== 0) return `${pixels} pixels a beat are not a power of two`
  return undefined
}

function badLanes(network: IntegerNetwork, lanes: number, legal: readonly number[]): TlastError {
  return new TlastError({
    code: "LANES_DO_NOT_DIVIDE",
    where: `lanes ${lanes}`,
    message: objection(network, lanes) ?? "no such plan",
    hint: legal.length > 0 ? `lane counts that work: ${legal.join(", ")}` : "change the input's shape",
  })
}
