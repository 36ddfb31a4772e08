import {relu as spec} from "../../graph/layers.ts"
import {type Judge, no, ok, shapes} from "./operator.ts"

/** A relu on its own. */
export const relu: Judge = ({from, to}) =>
  shapes(from, to) ??
  ok({specs: [spec()], integers: (holder, {output}) => holder.misfit(output, "a relu that is not fused")})

export const softmax: Judge = ({last}) =>
  last
    ? {status: "rewritten", note: "left out: outputs are logits, in the same order", step: {specs: []}}
    : no("is not at the end", "move the softmax to the end, or remove it")

/** QUANTIZE and DEQUANTIZE: at the ends they say what the file's numbers are, inside they would be layers of their own. */
export const quantize: Judge = ({operator, from, to, first, last}) => {
  if (first || last) return shapes(from, to) ?? ok({specs: []})
  const integers = [operator.inputs[0], operator.outputs[0]].every((tensor) => tensor?.type === "INT8")
  if (!integers) return no("is in the middle of the network", "quantise the whole network, or none of it")
  return (
    shapes(from, to) ??
    ok({specs: [], integers: (holder, {output}) => holder.misfit(output, "it is requantised between two layers")})
  )
}
