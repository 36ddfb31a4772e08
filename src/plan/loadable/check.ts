import {TlastError} from "../../errors.ts"
import type {IntegerNetwork} from "../../graph/integer.ts"
import type {Loadable} from "../../graph/packets.ts"
import {uniform} from "../rounding.ts"

/** Throws UNSUPPORTED where a core with loadable weights cannot be built of the network. */
export function checkShape(network: IntegerNetwork, loadable: Loadable): void {
  const last = network.layers.at(-1)
  if (last?.kind !== "dense")
    throw unsupported(
      last?.name ?? network.name,
      "the last layer is not dense",
      "end the network in a dense layer: results are words of a class",
    )
  for (const [index, layer] of network.layers.entries()) {
    if (layer.inputs[0] !== (index === 0 ? "input" : network.layers[index - 1]?.name))
      throw unsupported(layer.name, "it does not read the layer before it", "build chains of layers only")
    const before = network.layers[index - 1]?.kind
    if (layer.kind === "maxPool2d" && before !== "conv2d" && before !== "maxPool2d")
      throw unsupported(layer.name, "a pool that follows no convolution", "pool what a convolution gives")
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
