import type {NumberFormat, Range} from "../graph/format.ts"
import type {Formats} from "./formats.ts"

/** One layer's part of what the trainer's `fakeQuantize` option takes. */
export interface FakeLayer {
  /** Of 0 to 0 where a layer has none: avgPool2d and add. */
  readonly weights: Range
  readonly weightFractions: readonly number[]
  /** Weights are the sign alone: -1 or +1 times 2^-fraction. */
  readonly binary?: true
  readonly activation?: NumberFormat
  readonly rounding?: "nearest" | "floor"
}

/** What the trainer's `fakeQuantize` option takes to train for these formats (src/train/options.ts). */
export function fakeQuantizeOf(formats: Formats) {
  const rounding: "nearest" | "floor" = formats.rounding === "floor" ? "floor" : "nearest"
  const layers = Object.entries(formats.layers).map(([name, {weights, output}]) => {
    const layer: FakeLayer = {
      weights: weights?.range ?? {min: 0, max: 0},
      weightFractions: weights?.fractions ?? [],
      ...(weights?.bits === 1 ? {binary: true} : {}),
      ...(output === undefined ? {} : {activation: output, rounding}),
    }
    return [name, layer] as const
  })
  return {input: formats.input, layers: Object.fromEntries(layers) as Readonly<Record<string, FakeLayer>>}
}
