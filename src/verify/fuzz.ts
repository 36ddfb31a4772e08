import {emit, library} from "../emit/emit.ts"
import {TlastError} from "../errors.ts"
import {checkIntegerNetwork} from "../graph/check.ts"
import type {IntegerNetwork} from "../graph/integer.ts"
import type {Host} from "../host/host.ts"
import {plan} from "../plan/make.ts"
import type {PlanOptions} from "../plan/options.ts"
import type {LayerChoice} from "../plan/plan.ts"
import type {Watch} from "../progress.ts"
import {eightBit} from "./eight-bit.ts"
import {imagesOf, networkOf} from "./network-of.ts"
import {randomRecipe} from "./random-network.ts"
import {isLinearRecipe, type LinearRecipe, type Recipe} from "./recipe.ts"
import {type VerifyOptions, verify} from "./verify.ts"
import {verifyPackets} from "./verify-packets.ts"

export interface FuzzOptions extends Watch {
  readonly host: Host
  /** Folder for Verilator's builds. */
  readonly out: string
  /** Networks seed, seed + 1, ... */
  readonly seed: number
  readonly count: number
  /**
   * Images a network (default 40, or more: in each of the embedded simulator's lanes five one after the other, and three more
   * than are in flight at once).
   */
  readonly images?: number
  /** Whether Verilator runs too; the embedded simulator always does. */
  readonly verilator: boolean
  /** LiteRT's integers against golden's, where the network has an int8 file: what differs. Every other network then has one. */
  readonly litert?: (network: IntegerNetwork, elements: Int32Array) => Promise<readonly string[]>
  /** Whether stall schedules, broken streams and resets are tried too (default true). */
  readonly thorough?: boolean
  /** Trials a failure may be shrunk with (default 60; 0 leaves it as it is). */
  readonly shrinkTrials?: number
}

/** What one network came to: `refused` by a typed error that says what to change, `failed` otherwise. */
export type Outcome =
  | {readonly kind: "equal"}
  | {readonly kind: "refused"; readonly code: string; readonly message: string}
  | {readonly kind: "failed"; readonly problems: readonly string[]}

export interface Failure {
  readonly recipe: Recipe
  readonly problems: readonly string[]
  /** The smallest recipe found that still fails, and how. */
  readonly smallest: Recipe
  readonly smallestProblems: readonly string[]
}

export interface FuzzReport {
  readonly seed: number
  readonly count: number
  readonly equal: number
  /** Networks refused, by error code. */
  readonly refused: Readonly<Record<string, number>>
  readonly failures: readonly Failure[]
}

/**
 * Random networks: golden == embedded simulation (== Verilator), predicted latency and interval == simulated, under every
 * stall schedule. A mismatch or an exception is a failure, shrunk to the smallest network that still fails.
 */
export async function fuzz(options: FuzzOptions): Promise<FuzzReport> {
  let equal = 0
  const refused: Record<string, number> = {}
  const failures: Failure[] = []
  for (let index = 0; index < options.count; index++) {
    const seed = options.seed + index
    const recipe = recipeOf(seed, options.litert !== undefined)
    const outcome = await tryRecipe(recipe, options)
    if (outcome.kind === "equal") equal++
    else if (outcome.kind === "refused") refused[outcome.code] = (refused[outcome.code] ?? 0) + 1
    else failures.push(await shrink(recipe, outcome.problems, options))
    options.onProgress?.({
      stage: "fuzz",
      done: index + 1,
      total: options.count,
      unit: "networks",
      detail: `${failures.length} failed, ${index + 1 - equal - failures.length} refused`,
    })
  }
  return {seed: options.seed, count: options.count, equal, refused, failures}
}

/** Of a network, at least. */
const IMAGES = 40

/** The network of a seed; beside LiteRT, odd seeds are in 8 bits. */
export const recipeOf = (seed: number, litert: boolean): Recipe =>
  litert && seed % 2 === 1 ? eightBit(randomRecipe(seed)) : randomRecipe(seed)

/** Plans, emits and simulates one network, and compares. */
export async function tryRecipe(recipe: Recipe, options: Omit<FuzzOptions, "seed" | "count">): Promise<Outcome> {
  const {host, thorough = true} = options
  try {
    const network = networkOf(recipe)
    checkIntegerNetwork(network)
    const differences = (await options.litert?.(network, imagesOf(recipe, IMAGES))) ?? []
    if (differences.length > 0) return {kind: "failed", problems: differences}
    const {plan: planned} = plan(network, planOptions(recipe))
    const sources: Record<string, string> = {}
    for (const file of library) sources[file] = new TextDecoder().decode(await host.files.asset(`rtl/${file}`))
    const input = {
      network,
      design: emit(network, planned, sources),
      predicted: {interval: planned.interval, latency: planned.latency},
      elements: imagesOf(recipe, options.images ?? Math.max(IMAGES, 8 * (planned.credits + 3))),
    }
    const verifyOptions: VerifyOptions = {
      host,
      out: options.out,
      simulators: [{name: "embedded"}, ...(options.verilator ? [{name: "verilator" as const}] : [])],
      stallImages: thorough ? Math.max(24, 8 * Math.min(planned.credits + 1, 12)) : 0,
      malformed: thorough,
      seed: recipe.seed,
      worker: false,
      ...(options.signal && {signal: options.signal}),
    }
    const {kind} = planned.stream.output
    const {report} = planned.loadable
      ? await verifyPackets({...input, loadable: planned.loadable}, verifyOptions)
      : await verify(
          {...input, stream: {lanes: planned.lanes, ...planned.stream.input, ...(kind && {output: kind})}},
          verifyOptions,
        )
    return report.ok ? {kind: "equal"} : {kind: "failed", problems: report.problems}
  } catch (error) {
    if (error instanceof TlastError) {
      if (error.exitCode === 3 || error.exitCode === 4 || error.exitCode === 130) throw error
      const refusals = [
        "UNSUPPORTED",
        "UNSUPPORTED_LAYER",
        "ACCUMULATOR_TOO_WIDE",
        "LANES_DO_NOT_DIVIDE",
        "BAD_NETWORK",
      ]
      // Rows too short for block RAM are no contradiction that a recipe could know of: how many come in a beat is the plan's.
      const short = error.code === "PLAN_CONTRADICTION" && /^layers\.\w+\.rows: /.test(error.message)
      if (short || refusals.includes(error.code)) return {kind: "refused", code: error.code, message: error.message}
    }
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
    return {kind: "failed", problems: [text.split("\n").slice(0, 3).join("\n")]}
  }
}

/** The choices of a recipe. Adders are searched for in a quarter of the time a build takes. */
function planOptions(recipe: Recipe): PlanOptions {
  const last = recipe.layers.at(-1)
  const results = last && "output" in last && last.output ? 16 : 32
  if (recipe.weights) return {weights: "loadable", packets: "header", results}
  return {
    lanes: recipe.lanes,
    layers: choices(recipe),
    effort: 0.25,
    ...(recipe.output && {output: recipe.output}),
  }
}

/** What the recipe wants built otherwise than the planner would. */
const choices = ({layers}: Recipe): Readonly<Record<string, LayerChoice>> =>
  Object.fromEntries(
    layers.flatMap((layer, index) =>
      !isLinearRecipe(layer)
        ? []
        : [
            [
              `layer${index}`,
              {
                ...(layer.addersPerStage !== undefined && {addersPerStage: layer.addersPerStage}),
                ...(layer.engine !== undefined && {engine: layer.engine}),
                ...(layer.multiplier !== undefined && {multiplier: layer.multiplier}),
                ...(layer.rows !== undefined && {rows: layer.rows}),
              },
            ],
          ],
    ),
  )

/** The smallest recipe that still fails, by trying ever smaller ones (`smaller`) until none of them does. */
export async function shrink(
  recipe: Recipe,
  problems: readonly string[],
  options: Omit<FuzzOptions, "seed" | "count">,
): Promise<Failure> {
  let smallest = recipe
  let smallestProblems = problems
  let trials = options.shrinkTrials ?? 60
  if (trials === 0) return {recipe, problems, smallest, smallestProblems}
  // Most failures need no stalls: their trials are four times faster without.
  const thorough = (await tryRecipe(recipe, {...options, thorough: false})).kind !== "failed"
  for (let found = true; found; ) {
    found = false
    for (const candidate of smaller(smallest)) {
      if (trials-- <= 0) break
      const outcome = await tryRecipe(candidate, {...options, thorough})
      if (outcome.kind !== "failed") continue
      smallest = candidate
      smallestProblems = outcome.problems
      found = true
      break
    }
  }
  return {recipe, problems, smallest, smallestProblems}
}

/** A linear layer, less of it in one respect. */
function* simplerLinear(layer: LinearRecipe): Generator<LinearRecipe> {
  const [h, w] = layer.kernel
  if (layer.units > 1) {
    yield {...layer, units: Math.ceil(layer.units / 2)}
    yield {...layer, units: layer.units - 1}
  }
  if (layer.kind === "depthwiseConv2d") yield {...layer, kind: "conv2d"}
  if (layer.padding !== undefined) {
    const {padding: _, ...valid} = layer
    yield valid
  }
  if (layer.stride !== undefined) {
    const {stride, ...unit} = layer
    yield unit
    if (stride[0] > 1) yield {...layer, stride: [stride[0] - 1, stride[1]]}
    if (stride[1] > 1) yield {...layer, stride: [stride[0], stride[1] - 1]}
  }
  if (h > 1) yield {...layer, kernel: [h - 1, w]}
  if (w > 1) yield {...layer, kernel: [h, w - 1]}
  if (layer.weightBits !== 2) yield {...layer, weightBits: 2}
  if (layer.engine !== undefined) {
    const {engine: _, multiplier: __, rows, ...free} = layer
    yield free
    if (rows !== undefined) yield {...free, engine: layer.engine}
  }
  if (layer.addersPerStage === 2) yield {...layer, addersPerStage: 1}
}

/** Recipes one step smaller, the biggest steps first. Some may not fit together any more: those are refused, not failures. */
export function* smaller(recipe: Recipe): Generator<Recipe> {
  const {layers, input, lanes, output: sent, weights, normalised, ...rest} = recipe
  const plain: Recipe = {layers, input, lanes, ...rest}
  if (normalised) yield {...plain, ...(sent && {output: sent})}
  if (sent || weights) yield {...plain, ...(normalised && {normalised})}
  const last = layers.length - 1
  const put = (index: number, layer: Recipe["layers"][number]): Recipe => ({
    ...recipe,
    layers: layers.map((old, i) => (i === index ? layer : old)),
  })
  for (let i = 0; i < last; i++) yield {...recipe, layers: layers.filter((_, j) => j !== i)}
  if (lanes > 1) yield {...recipe, lanes: lanes / 2}
  const {height, width, channels} = input.shape
  for (const shape of [
    {height: Math.ceil(height / 2), width: Math.ceil(width / 2), channels},
    {height: height - 1, width, channels},
    {height, width: width - 1, channels},
    {height, width, channels: channels - 1},
  ]) {
    const same = shape.height === height && shape.width === width && shape.channels === channels
    if (!same && shape.height > 0 && shape.width > 0 && shape.channels > 0) yield {...recipe, input: {...input, shape}}
  }
  for (const [i, layer] of layers.entries()) {
    if (layer.kind === "add") {
      if (layer.back > 1) yield put(i, {...layer, back: layer.back - 1})
    } else if (!isLinearRecipe(layer)) {
      const [h, w] = layer.size
      if (h > 1) yield put(i, {...layer, size: [h - 1, w]})
      if (w > 1) yield put(i, {...layer, size: [h, w - 1]})
    } else {
      for (const simpler of simplerLinear(layer)) yield put(i, simpler)
    }
    if (layer.kind === "maxPool2d" || layer.output === undefined) continue
    const {output} = layer
    if (output.perChannel) yield put(i, {...layer, output: {...output, perChannel: false}})
    if (output.rounding !== "floor") yield put(i, {...layer, output: {...output, rounding: "floor"}})
    if (output.overflow !== "saturate") yield put(i, {...layer, output: {...output, overflow: "saturate"}})
    if (output.signed) yield put(i, {...layer, output: {...output, signed: false}})
  }
  if (input.signed) yield {...recipe, input: {...input, signed: false}}
}
