import {TlastError} from "../errors.ts"
import type {IntegerLayer, IntegerNetwork} from "../graph/integer.ts"
import type {Network} from "../graph/network.ts"
import {elements} from "../graph/shape.ts"
import {refuseUnsupported} from "../graph/support.ts"

/**
 * A network's integers before anybody trained it: 8-bit weights, all 0, no biases, activations of 8 bits, one shift a
 * layer. What a core with loadable weights can be built from when only the shape is known. Throws UNSUPPORTED.
 */
export function blankNetwork(network: Network): IntegerNetwork {
  refuseUnsupported(network.layers, "a core with loadable weights", [], "use weights: constant, or leave the layer out")
  const linear = network.layers.filter((layer) => layer.kind === "conv2d" || layer.kind === "dense")
  const last = linear.at(-1)
  let format = {bits: 8, signed: false, fraction: 8}
  let source = "input"
  let before = network.input
  const layers: IntegerLayer[] = []
  for (const [index, layer] of network.layers.entries()) {
    const {name, output} = layer
    if (layer.kind === "relu" || layer.kind === "dropout") continue
    if (layer.kind === "flatten" || layer.kind === "maxPool2d") {
      const shared = {name, inputs: [source], output: {shape: output, format}}
      layers.push(
        layer.kind === "flatten" ? {kind: "flatten", ...shared} : {kind: "maxPool2d", size: layer.size, ...shared},
      )
    } else if (layer.kind === "conv2d" || layer.kind === "dense") {
      const outputs = output.channels
      const taps =
        layer.kind === "conv2d" ? layer.kernel.height * layer.kernel.width * before.channels : elements(before)
      const relu = network.layers[index + 1]?.kind === "relu"
      const ends = layer === last
      const fraction = format.fraction + 7
      const of = <T>(value: T) => Array.from({length: outputs}, () => value)
      format = ends ? {bits: 32, signed: true, fraction} : {bits: 8, signed: !relu, fraction: fraction - SHIFT}
      const shared = {
        name,
        inputs: [source],
        weights: new Int8Array(outputs * taps),
        weightBits: 8,
        weightFractions: of(7),
        bias: new Int32Array(outputs),
        ...(ends
          ? {}
          : {requantise: {shifts: of(SHIFT), rounding: "tflite" as const, relu, overflow: "saturate" as const}}),
        output: {shape: output, format},
      }
      layers.push(
        layer.kind === "conv2d" ? {kind: "conv2d", kernel: layer.kernel, ...shared} : {kind: "dense", ...shared},
      )
    } else
      throw new TlastError({
        code: "UNSUPPORTED",
        where: `network ${network.name}`,
        message: "a layer that no loadable core is built of",
        hint: "use conv2d, maxPool2d, relu, flatten and dense",
      })
    source = name
    before = output
  }
  return {name: network.name, input: {shape: network.input, format: {bits: 8, signed: false, fraction: 8}}, layers}
}

/** A shift that suits most layers; the model that is loaded brings its own. */
const SHIFT = 8
