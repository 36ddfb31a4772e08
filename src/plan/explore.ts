import {at, TlastError} from "../errors.ts"
import type {IntegerNetwork} from "../graph/integer.ts"
import {devices} from "./devices.ts"
import type {Plan} from "./plan.ts"

/** How many times longer than its stream an image may take, where less than the rate of the stream is enough. */
export const stretches: readonly number[] = [2, 4, 8, 16, 32]

/** Draws up a plan in one greedy pass: lanes, clocks an image may take, weights as they are or another network's. */
export type Sketch = (lanes: number, interval?: number, network?: IntegerNetwork) => Plan

/** What would make a plan fit, and what it costs. */
export interface Change {
  readonly change: string
  /** In rate, accuracy or hardware. */
  readonly cost: string
  readonly imagesPerSecond: number
  readonly lut: number
}

/** Plans of every lane count, and slower ones of the fewest lanes: rate against resources. */
export function variants(sketch: Sketch, legal: readonly number[], beats: (lanes: number) => number): readonly Plan[] {
  const fewest = at(legal, 0)
  const slower = stretches.map((times) => sketch(fewest, beats(fewest) * times))
  return [...legal.flatMap((lanes) => (lanes === fewest ? [sketch(lanes)] : allowed(() => sketch(lanes)))), ...slower]
}

/** An override may need fewer lanes than were asked for by nobody: such a plan is left out. */
function allowed(draw: () => Plan): readonly Plan[] {
  try {
    return [draw()]
  } catch (error) {
    if (error instanceof TlastError && error.code === "PLAN_CONTRADICTION") return []
    throw error
  }
}

/** Those that nothing beats in both rate and LUTs, slowest first. */
export function pareto(plans: readonly Plan[]): readonly Plan[] {
  const beaten = (one: Plan) =>
    plans.some(
      (other) =>
        other !== one &&
        other.interval <= one.interval &&
        other.resources.lut <= one.resources.lut &&
        (other.interval < one.interval || other.resources.lut < one.resources.lut),
    )
  const kept = plans.filter((one) => !beaten(one)).sort((a, b) => b.interval - a.interval)
  return kept.filter((one, i) => i === 0 || one.interval !== kept[i - 1]?.interval)
}

/**
 * The smallest changes that make a plan fit: fewer lanes or more clocks an image (a cost in rate), fewer weight bits (in
 * accuracy, for `tlast quantize` to measure), a larger part (in money). Each was drawn up and fits.
 */
export function changesFor(
  chosen: Plan,
  sketch: Sketch,
  plans: readonly Plan[],
  network: IntegerNetwork,
): readonly Change[] {
  const changes: Change[] = []
  const found = (change: string, cost: string, plan: Plan) =>
    changes.push({change, cost, imagesPerSecond: plan.imagesPerSecond, lut: plan.resources.lut})
  const slower = plans.filter(({fits, interval}) => fits && interval > chosen.interval)
  const nearest = (list: readonly Plan[]) =>
    list.length === 0 ? undefined : list.reduce((a, b) => (b.interval < a.interval ? b : a))
  const fewer = nearest(slower.filter(({lanes}) => lanes < chosen.lanes))
  const rate = (plan: Plan) => `${plan.imagesPerSecond} images/s instead of ${chosen.imagesPerSecond}`
  if (fewer !== undefined) found(`--lanes ${fewer.lanes}`, rate(fewer), fewer)
  const longer = nearest(slower.filter(({lanes}) => lanes === at(plans, 0).lanes))
  if (longer !== undefined && longer !== fewer)
    found(`--rate ${longer.imagesPerSecond}`, `${rate(longer)}: layers take more clocks and fewer adders`, longer)
  const widest = Math.max(...network.layers.map((layer) => ("weightBits" in layer ? layer.weightBits : 0)))
  const narrower = mostThatFits({bits: widest, plan: chosen}, 2, (bits) =>
    sketch(chosen.lanes, chosen.interval, narrowed(network, bits)),
  )
  if (narrower !== undefined)
    found(
      `--weight-bits ${narrower.bits}`,
      `accuracy, which tlast quantize measures: ${widest} bits now`,
      narrower.plan,
    )
  for (const [name, resources] of Object.entries(devices)) {
    const holds = kinds.every((kind) => chosen.resources[kind] <= resources[kind])
    if (holds && name !== chosen.device.name) found(`a board with the ${name}`, "another board", chosen)
  }
  return changes
}

const kinds = ["lut", "ff", "dsp", "bram36"] as const

interface Bits {
  readonly bits: number
  readonly plan: Plan
}

/** A proposal a twelfth too large by the line between two others is not drawn up. */
const SURELY = 13 / 12

/**
 * The widest weights whose plan fits: what fits with some bits fits with fewer. The first guess is from how much is used with
 * too many, the second beside it unless the line through both says that it is too large, then by halves.
 */
function mostThatFits(tooMany: Bits, least: number, draw: (bits: number) => Plan): Bits | undefined {
  const used = ({margin}: Plan) => Math.max(...kinds.map((kind) => 1 - margin[kind]))
  const all = used(tooMany.plan)
  let best: Bits | undefined
  let [low, high] = [least, tooMany.bits - 1]
  let bits = Math.max(low, Math.min(high, Math.floor(tooMany.bits / all)))
  for (let tried = 1; low <= high; tried++) {
    const plan = draw(bits)
    if (plan.fits) {
      best = {bits, plan}
      low = bits + 1
      if (used(plan) + (all - used(plan)) / (tooMany.bits - bits) > SURELY) break
    } else high = bits - 1
    bits = tried > 1 ? Math.floor((low + high) / 2) : plan.fits ? low : high
  }
  return best
}

/** The same network with weights of at most so many bits: what quantising it again would come close to. */
function narrowed(network: IntegerNetwork, bits: number): IntegerNetwork {
  const most = bits === 2 ? 1 : 2 ** (bits - 1) - 1
  return {
    ...network,
    layers: network.layers.map((layer) => {
      if (!("weights" in layer) || layer.weightBits <= bits) return layer
      const largest = layer.weights.reduce((a, w) => Math.max(a, Math.abs(w)), 1)
      const scale = Math.min(1, most / largest)
      return {...layer, weightBits: bits, weights: layer.weights.map((w) => Math.round(w * scale))}
    }),
  }
}
