import type {NumberFormat} from "../../graph/format.ts"
import type {Requantise} from "../../graph/integer.ts"
import type {Shape} from "../../graph/shape.ts"
import type {Formats} from "../formats.ts"
import type {LoweredAdd, LoweredAvgPool2d} from "../lower.ts"

/** A layer without weights in integers: accumulators of the given fraction, all shifted alike to its format. */
export function narrowed(
  {name, inputs, output, relu}: LoweredAdd | LoweredAvgPool2d,
  {layers, rounding, overflow}: Formats,
  fallback: NumberFormat,
  accumulator: number,
): {
  readonly name: string
  readonly inputs: readonly string[]
  readonly output: {readonly shape: Shape; readonly format: NumberFormat}
  readonly requantise: Requantise
} {
  const format = layers[name]?.output ?? fallback
  const shifts = Array<number>(output.channels).fill(accumulator - format.fraction)
  return {name, inputs, output: {shape: output, format}, requantise: {shifts, rounding, relu, overflow}}
}
