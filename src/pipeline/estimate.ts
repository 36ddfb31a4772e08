import type {IntegerNetwork} from "../graph/integer.ts"
import {inputShape, isLinear, weightCount} from "../graph/layers.ts"
import type {FloatModel, Network, Parameters} from "../graph/network.ts"
import {elements} from "../graph/shape.ts"
import type {Host} from "../host/host.ts"
import {loadBoard} from "../package/board.ts"
import {plan} from "../plan/make.ts"
import type {EstimateReport} from "../report/stages.ts"
import {wordOf} from "../train/random.ts"
import {openOutputs} from "./outputs.ts"
import {isBuilt} from "./run.ts"
import type {Settings} from "./settings.ts"
import {planOptions} from "./steps/plan.ts"
import {inIntegers} from "./steps/quantize.ts"

/** Images of noise that activations are calibrated on where there is nothing better. */
const NOISE_IMAGES = 16

/**
 * Whether it fits, how fast it will be and what limits it, without running a stage: from the weights of a finished build or
 * of a model file, else from assumed ones, on which only LUT and FF depend. One greedy pass instead of a search. Errors:
 * those of plan(), loadBoard() and the quantiser.
 */
export async function estimate(host: Host, settings: Settings): Promise<EstimateReport> {
  const {name, part, resources} = await loadBoard(settings.config.board, host)
  const {network, weights} = await integers(host, settings)
  const {report} = plan(network, {
    ...planOptions(settings),
    board: {name, part, resources},
    effort: 0,
    explore: true,
  })
  return {stage: "estimate", passed: report.fits, weights, ...report}
}

async function integers(
  host: Host,
  settings: Settings,
): Promise<{readonly network: IntegerNetwork; readonly weights: EstimateReport["weights"]}> {
  const {source, network, config} = settings
  if (await isBuilt({host, settings}, "quantize"))
    return {network: await openOutputs(host, settings).integer(), weights: {from: "build", what: settings.out}}
  const noise = Uint8Array.from(
    {length: NOISE_IMAGES * elements(network.input)},
    (_, i) => wordOf(config.seed, i) >>> 24,
  )
  if (source.kind === "model")
    return {network: inIntegers(settings, source.model, noise), weights: {from: "file", what: source.file}}
  const model: FloatModel = {network, parameters: assumedParameters(network, config.seed)}
  return {network: inIntegers(settings, model, noise), weights: {from: "assumed", what: DISTRIBUTION}}
}

const DISTRIBUTION = "bell-shaped, variance 2 / inputs, biases 0"

/** What training tends to leave: sums of four uniform numbers, of He's variance. The same seed gives the same numbers. */
function assumedParameters(network: Network, seed: number): Record<string, Parameters> {
  const parameters: Record<string, Parameters> = {}
  for (const [index, layer] of network.layers.entries()) {
    const {channels} = layer.output
    const filled = (value: number) => new Float32Array(channels).fill(value)
    if (layer.kind === "batchNorm") {
      parameters[layer.name] = {weights: filled(1), bias: filled(0), mean: filled(0), variance: filled(1)}
      continue
    }
    if (!isLinear(layer)) continue
    const count = weightCount(layer, inputShape(network, layer))
    const stream = wordOf(seed, 0x20000 + index)
    const uniform = (i: number) => wordOf(stream, i) / 2 ** 32 - 0.5
    // Each uniform number has variance 1/12.
    const scale = Math.sqrt((2 / (count / channels)) * (12 / 4))
    const bell = (i: number) => (uniform(4 * i) + uniform(4 * i + 1) + uniform(4 * i + 2) + uniform(4 * i + 3)) * scale
    parameters[layer.name] = {weights: Float32Array.from({length: count}, (_, i) => bell(i)), bias: filled(0)}
  }
  return parameters
}
