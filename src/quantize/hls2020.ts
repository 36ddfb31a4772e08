import {TlastError} from "../errors.ts"
import type {NumberFormat} from "../graph/format.ts"
import type {IntegerLayer, IntegerNetwork} from "../graph/integer.ts"
import type {FloatModel} from "../graph/network.ts"
import {isLinear, type LoweredLinear, lower} from "./lower.ts"

const byte: NumberFormat = {bits: 8, signed: true, fraction: 7}
const word: NumberFormat = {bits: 16, signed: true, fraction: 7}

/** The right shift after a convolution of that design. */
const CONV_SHIFT = 3

/**
 * `arithmetic: "hls-2020"`: the integers of the HLS design this project grew out of, bit for bit (docs/numbers.md).
 * Weights are trunc(w x weightScale); pixels bytes / 2, floored; no biases; every requantise floors and wraps. Throws
 * HLS2020_BIAS where the model has biases (that design has none), HLS2020_WEIGHT where a weight leaves 8 bits. Its
 * relu follows every convolution and dense layer, also the last, whatever the model says.
 */
export function hls2020(model: FloatModel, weightScale = 127): IntegerNetwork {
  const lowered = lower(model)
  const lastLinear = lowered.layers.findLastIndex(isLinear)
  let format = byte
  const layers = lowered.layers.map((layer, index): IntegerLayer => {
    const base = {name: layer.name, inputs: layer.inputs}
    if (!isLinear(layer)) {
      const output = {shape: layer.output, format}
      return layer.kind === "flatten"
        ? {...base, kind: "flatten", output}
        : {...base, kind: "maxPool2d", size: layer.size, output}
    }
    if (index === lastLinear) format = word
    const shift = layer.kind === "conv2d" ? CONV_SHIFT : 0
    const linear = {
      ...base,
      weights: truncated(layer, weightScale),
      weightBits: 8,
      weightFractions: Array.from(layer.bias, () => 7),
      bias: new Int32Array(layer.bias.length),
      // Words are 16 bits there, and the next layer takes the low 8 of them as signed: the same as wrapping to 8 at once.
      requantise: {
        shifts: Array.from(layer.bias, () => shift),
        rounding: "floor" as const,
        relu: true,
        overflow: "wrap" as const,
      },
      output: {shape: layer.output, format},
    }
    return layer.kind === "conv2d" ? {...linear, kind: "conv2d", kernel: layer.kernel} : {...linear, kind: "dense"}
  })
  return {name: lowered.name, input: {shape: lowered.input, format: byte}, layers}
}

function truncated({name, weights, bias}: LoweredLinear, scale: number): Int8Array {
  const biased = bias.findIndex((value) => value !== 0)
  if (biased >= 0)
    throw new TlastError({
      code: "HLS2020_BIAS",
      where: `layer ${name}`,
      message: `output ${biased} has a bias of ${bias[biased]}, and hls-2020 arithmetic has none`,
      hint: "use the default arithmetic, or a model trained without biases",
    })
  return Int8Array.from(weights, (weight) => {
    const integer = Math.trunc(weight * scale)
    if (integer >= -128 && integer <= 127) return integer
    throw new TlastError({
      code: "HLS2020_WEIGHT",
      where: `layer ${name}`,
      message: `weight ${weight} times ${scale} is ${integer}, outside -128..127`,
      hint: "use a smaller --weight-scale",
    })
  })
}
