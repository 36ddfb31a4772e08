import type {NumberFormat, Rounding} from "../../graph/format.ts"
import type {IntegerLayer} from "../../graph/integer.ts"
import type {FormatOptions, Formats, LayerFormat} from "../formats.ts"
import type {LoweredLayer} from "../lower.ts"

/** What quantising knows of one kind of layer. A kind is one file in this folder. */
export interface QuantizeKind<L extends LoweredLayer> {
  /** Its outputs of one image in doubles, NHWC; what the integers come from and are measured against. */
  readonly forward: (layer: L, inputs: readonly Float64Array[]) => Float64Array
  /** The number formats that suit it best. Absent where it keeps the format it reads. */
  readonly format?: (layer: L, site: FormatSite) => LayerFormat
  /** The integer layer in formats that were chosen; `inputs` are those of the tensors it reads. */
  readonly integers: (layer: L, inputs: readonly NumberFormat[], formats: Formats) => IntegerLayer
}

/** What a layer's format depends on. */
export interface FormatSite {
  /** Of the tensors it reads. */
  readonly inputs: readonly NumberFormat[]
  /** Values of what it hands on, on the calibration images. */
  readonly values: ArrayLike<number>
  readonly weightBits: number
  readonly activationBits: number
  readonly rounding: Rounding
  /** Whether it is the last layer and its accumulators are the outputs. */
  readonly sends: boolean
  readonly options: FormatOptions
}

/** The format with a fraction that the shift, 0 to 31 from the accumulator's, can reach. */
export const reachable = (format: NumberFormat, accumulator: number): NumberFormat => ({
  ...format,
  fraction: Math.min(Math.max(format.fraction, accumulator - 31), accumulator),
})
