import {at, TlastError} from "../errors.ts"
import {signedBits} from "../graph/format.ts"
import type {IntegerNetwork} from "../graph/integer.ts"
import {accumulatorRange, tensorRanges} from "../graph/range.ts"

/** Bits of a result behind header packets. */
const RESULT_BITS = 16

/**
 * The network with its last layer requantised to 16 bits, saturating: what one stream word holds. The shift is the least
 * with which none of its own results saturates, rounded half up. A network whose results are requantised stays as it is.
 */
export function saturatedResults(network: IntegerNetwork): IntegerNetwork {
  const last = at(network.layers, network.layers.length - 1)
  if (last.kind !== "dense")
    throw new TlastError({
      code: "UNSUPPORTED",
      where: `layer ${last.name}`,
      message: "the last layer is not dense",
      hint: "end the network in a dense layer: results are words of a class",
    })
  if (last.requantise !== undefined) return network
  const range = tensorRanges(network).get(at(last.inputs, 0)) ?? {min: 0, max: 0}
  const bits = Math.max(...accumulatorRange(last, range).map(signedBits))
  const shift = Math.max(0, bits - RESULT_BITS)
  const {format, shape} = last.output
  const {logits8: _, ...rest} = network
  return {
    ...rest,
    layers: network.layers.with(-1, {
      ...last,
      requantise: {
        shifts: last.weightFractions.map(() => shift),
        rounding: "half-up",
        relu: false,
        overflow: "saturate",
      },
      output: {shape, format: {bits: RESULT_BITS, signed: true, fraction: format.fraction - shift}},
    }),
  }
}
