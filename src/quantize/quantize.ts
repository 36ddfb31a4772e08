import type {IntegerNetwork} from "../graph/integer.ts"
import type {FloatModel} from "../graph/network.ts"
import type {Watch} from "../progress.ts"
import {applyFormats} from "./apply.ts"
import {chooseFormats, type FormatOptions, type Formats} from "./formats.ts"
import {lower} from "./lower.ts"
import {type LabelledImages, measure, type QuantizeReport} from "./report.ts"

export interface QuantizeOptions extends FormatOptions {
  /** Formats chosen before, as after quantisation-aware training; the other options are then not read. */
  readonly formats?: Formats
  /** The float network that accuracy is compared with: what `model` was before it was trained for its formats. Default `model`. */
  readonly before?: FloatModel
  /** Images with labels to measure accuracy on, before and after. */
  readonly test?: LabelledImages
}

export interface Quantized {
  readonly network: IntegerNetwork
  readonly formats: Formats
  readonly report: QuantizeReport
}

/**
 * A float network in integers: power-of-two scales of least squared error, biases on the accumulators' grid. `pixels` are
 * calibration images (bytes, whole images). Throws BAD_BITS, BAD_ORDER, NO_CALIBRATION, ACCUMULATOR_TOO_WIDE.
 */
export function quantize(
  model: FloatModel,
  pixels: Uint8Array,
  options: QuantizeOptions = {},
  watch: Watch = {},
): Quantized {
  const lowered = lower(model)
  const formats = options.formats ?? chooseFormats(lowered, pixels, options)
  const network = applyFormats(lowered, formats)
  const test = options.test && {...options.test, before: options.before ? lower(options.before) : lowered}
  return {network, formats, report: measure(lowered, network, formats, pixels, test, watch)}
}
