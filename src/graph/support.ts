import {TlastError} from "../errors.ts"
import {isPlain} from "./geometry.ts"
import type {IntegerLayer} from "./integer.ts"
import type {Layer} from "./network.ts"
import type {Size} from "./shape.ts"

/** What a stage takes besides plain chains of conv2d, dense, maxPool2d, relu, flatten and dropout. */
export type Feature = "stride" | "same" | "depthwiseConv2d" | "avgPool2d" | "batchNorm" | "add" | "branches" | "binary"

/** What a layer asks of a stage beyond the plain ones. `previous` is the layer written before it. */
function asks(layer: Layer | IntegerLayer, previous: string): readonly Feature[] {
  const windows: {stride?: Size; padding?: "same"} =
    layer.kind === "conv2d" || layer.kind === "depthwiseConv2d" ? layer : {}
  const kind = layer.kind
  return [
    ...(kind === "depthwiseConv2d" || kind === "avgPool2d" || kind === "batchNorm" || kind === "add" ? [kind] : []),
    ...(windows.padding === "same" ? (["same"] as const) : []),
    ...(isPlain(windows.stride === undefined ? {} : {stride: windows.stride}) ? [] : (["stride"] as const)),
    ...("weightBits" in layer && layer.weightBits === 1 ? (["binary"] as const) : []),
    ...(layer.inputs.some((name) => name !== previous) && kind !== "add" ? (["branches"] as const) : []),
  ]
}

/**
 * UNSUPPORTED_LAYER where a network needs what a stage does not take: nothing is ever skipped. `stage` begins the
 * sentence ("the HLS backend"), `taken` lists what it takes, `hint` says what to do instead.
 */
export function refuseUnsupported(
  layers: readonly (Layer | IntegerLayer)[],
  stage: string,
  taken: readonly Feature[],
  hint: string,
): void {
  let previous = "input"
  for (const layer of layers) {
    const missing = asks(layer, previous).find((feature) => !taken.includes(feature))
    if (missing !== undefined)
      throw new TlastError({
        code: "UNSUPPORTED_LAYER",
        where: `layer ${layer.name} (${layer.kind})`,
        message: `${stage} does not take ${NAMES[missing]}`,
        hint,
      })
    previous = layer.name
  }
}

const NAMES: Readonly<Record<Feature, string>> = {
  stride: "a stride other than 1",
  same: 'padding "same"',
  depthwiseConv2d: "depthwise convolutions",
  avgPool2d: "averages",
  batchNorm: "batch normalisation",
  add: "sums of two tensors",
  branches: "a layer that reads any but the one before it",
  binary: "1-bit weights",
}
