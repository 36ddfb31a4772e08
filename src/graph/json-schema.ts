import * as v from "valibot"

/** What the two files say they are. */
export const FLOAT = "tlast float model"
export const INTEGER = "tlast integer network"
export const VERSION = 1

const Count = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(2 ** 24))
const Bounded = (min: number, max: number) => v.pipe(v.number(), v.integer(), v.minValue(min), v.maxValue(max))
const Name = v.pipe(v.string(), v.maxLength(64))
const ShapeFile = v.strictObject({height: Count, width: Count, channels: Count})
const SizeFile = v.strictObject({height: Count, width: Count})
const Format = v.strictObject({bits: Bounded(1, 32), signed: v.boolean(), fraction: Bounded(-64, 64)})
const Rounding = v.picklist(["floor", "half-up", "half-even", "tflite"])
const Shifts = v.array(Bounded(0, 31))

const Inputs = v.pipe(v.array(Name), v.minLength(1), v.maxLength(16))
/** `inputs` is left out where a layer reads the one before it. */
const named = {name: Name, inputs: v.exactOptional(Inputs)}
const windowed = {
  kernel: SizeFile,
  stride: v.exactOptional(SizeFile),
  padding: v.exactOptional(v.literal("same")),
}

const LayerFile = v.variant("kind", [
  v.strictObject({kind: v.literal("conv2d"), ...named, ...windowed, filters: Count}),
  v.strictObject({kind: v.literal("depthwiseConv2d"), ...named, ...windowed}),
  v.strictObject({kind: v.literal("dense"), ...named, units: Count}),
  v.strictObject({kind: v.literal("maxPool2d"), ...named, size: SizeFile}),
  v.strictObject({kind: v.literal("avgPool2d"), ...named, size: v.union([SizeFile, v.literal("global")])}),
  v.strictObject({kind: v.literal("batchNorm"), ...named, epsilon: v.number()}),
  v.strictObject({kind: v.literal("add"), ...named}),
  v.strictObject({kind: v.literal("relu"), ...named}),
  v.strictObject({kind: v.literal("flatten"), ...named}),
  v.strictObject({kind: v.literal("dropout"), ...named, rate: v.number()}),
])

// A map, since a key of a hostile file may be "__proto__".
const ParametersFile = v.pipe(
  v.custom<Record<string, unknown>>((given) => typeof given === "object" && given !== null && !Array.isArray(given)),
  v.transform((given) => new Map(Object.entries(given))),
  v.map(
    v.string(),
    v.strictObject({
      weights: v.string(),
      bias: v.string(),
      mean: v.exactOptional(v.string()),
      variance: v.exactOptional(v.string()),
    }),
  ),
)

export const FloatFile = v.strictObject({
  format: v.literal(FLOAT),
  version: v.literal(VERSION),
  network: v.strictObject({name: Name, input: ShapeFile, layers: v.pipe(v.array(LayerFile), v.maxLength(256))}),
  parameters: ParametersFile,
})

const integerBase = {
  name: Name,
  inputs: Inputs,
  output: v.strictObject({shape: ShapeFile, format: Format}),
}
const RequantiseFile = v.strictObject({
  shifts: Shifts,
  rounding: Rounding,
  relu: v.boolean(),
  overflow: v.picklist(["saturate", "wrap"]),
})
const linear = {
  ...integerBase,
  weights: v.array(Bounded(-128, 127)),
  weightBits: Bounded(1, 8),
  weightFractions: v.array(Bounded(-64, 64)),
  bias: v.array(Bounded(-(2 ** 31), 2 ** 31 - 1)),
  requantise: v.exactOptional(RequantiseFile),
}

export const IntegerFile = v.strictObject({
  format: v.literal(INTEGER),
  version: v.literal(VERSION),
  name: Name,
  input: v.strictObject({shape: ShapeFile, format: Format}),
  logits8: v.exactOptional(v.strictObject({shift: Bounded(0, 31), rounding: Rounding})),
  layers: v.pipe(
    v.array(
      v.variant("kind", [
        v.strictObject({kind: v.literal("conv2d"), ...linear, ...windowed}),
        v.strictObject({kind: v.literal("depthwiseConv2d"), ...linear, ...windowed}),
        v.strictObject({kind: v.literal("dense"), ...linear}),
        v.strictObject({kind: v.literal("maxPool2d"), ...integerBase, size: SizeFile}),
        v.strictObject({kind: v.literal("avgPool2d"), ...integerBase, size: SizeFile, requantise: RequantiseFile}),
        v.strictObject({kind: v.literal("add"), ...integerBase, requantise: RequantiseFile}),
        v.strictObject({kind: v.literal("flatten"), ...integerBase}),
      ]),
    ),
    v.minLength(1),
    v.maxLength(256),
  ),
})
