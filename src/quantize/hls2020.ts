import {bug, TlastError} from "../errors.ts"
import {checkIntegerNetwork} from "../graph/check.ts"
import type {NumberFormat} from "../graph/format.ts"
import type {IntegerLayer, IntegerNetwork, Requantise} from "../graph/integer.ts"
import type {FloatModel} from "../graph/network.ts"
import {refuseUnsupported} from "../graph/support.ts"
import {gridValue} from "./kinds/linear.ts"
import {isLinear, type LoweredLinear, lower} from "./lower.ts"

export interface Hls2020 {
  readonly network: IntegerNetwork
  readonly report: {
    readonly network: string
    readonly weightScale: number
    readonly layers: readonly {
      readonly name: string
      readonly weights: number
      readonly saturatedWeights: number
      /** That arithmetic has no biases: the largest magnitude that was left out. */
      readonly droppedBias: number
    }[]
  }
}

/**
 * The arithmetic of the design this project grew out of, bit for bit: bytes / 2, weights trunc(w x weightScale) in 8 bits,
 * convolutions >> 3 and relu, their low 8 bits taken as signed, dense sums and relu, the last one's low 16 bits. No biases.
 */
export function quantizeHls2020(model: FloatModel, options: {readonly weightScale?: number} = {}): Hls2020 {
  const {weightScale = 128} = options
  if (!(weightScale > 0 && weightScale <= 2 ** 16))
    throw new TlastError({
      code: "BAD_BITS",
      where: "option weightScale",
      message: `is ${weightScale}`,
      hint: "use a scale above 0 and at most 65,536, such as 128",
    })
  const lowered = lower(model)
  refuseUnsupported(model.network.layers, "hls-2020 arithmetic", ["batchNorm"], "use the default arithmetic")
  const weightFraction = Math.round(Math.log2(weightScale))
  const last = lowered.layers.findLast(isLinear)
  const layers: IntegerLayer[] = []
  const report: Hls2020["report"]["layers"][number][] = []
  let format: NumberFormat = {bits: 7, signed: false, fraction: 7}
  for (const layer of lowered.layers) {
    const {name, inputs, kind} = layer
    if (!isLinear(layer)) {
      if (kind !== "flatten" && kind !== "maxPool2d") throw bug("quantizeHls2020", `took a ${kind}`)
      const output = {shape: layer.output, format}
      layers.push(kind === "flatten" ? {kind, name, inputs, output} : {kind, name, inputs, size: layer.size, output})
      continue
    }
    const shift = layer.kind === "conv2d" ? 3 : 0
    const bits = layer === last ? 16 : 8
    format = {bits, signed: true, fraction: format.fraction + weightFraction - shift}
    const filters = layer.bias.length
    const requantise: Requantise = {
      shifts: Array<number>(filters).fill(shift),
      rounding: "floor",
      relu: true,
      overflow: "wrap",
    }
    const common = {
      name,
      inputs,
      output: {shape: layer.output, format},
      weights: truncated(layer, weightScale),
      weightBits: 8,
      weightFractions: Array<number>(filters).fill(weightFraction),
      bias: new Int32Array(filters),
      requantise,
    }
    layers.push(
      layer.kind === "conv2d" ? {kind: "conv2d", kernel: layer.kernel, ...common} : {kind: "dense", ...common},
    )
    report.push({
      name,
      weights: layer.weights.length,
      saturatedWeights: layer.weights.filter((weight) => outside(gridValue(weight, 0, weightScale))).length,
      droppedBias: layer.bias.reduce((most, bias) => Math.max(most, Math.abs(bias)), 0),
    })
  }
  const network = {
    name: lowered.name,
    input: {shape: lowered.input, format: {bits: 7, signed: false, fraction: 7}},
    layers,
  }
  checkIntegerNetwork(network)
  return {network, report: {network: network.name, weightScale, layers: report}}
}

const outside = (value: number): boolean => value < -128 || value > 127

const truncated = ({weights}: LoweredLinear, weightScale: number): Int8Array =>
  Int8Array.from(weights, (weight) => Math.min(Math.max(gridValue(weight, 0, weightScale), -128), 127))
