import {dense, flatten, relu} from "../../graph/layers.ts"
import {elements} from "../../graph/shape.ts"
import {constants, fused, hasRelu, isVector, type Judge, type LinearStep, no, ok, shapes} from "./operator.ts"

export const fullyConnected: Judge = ({operator, sources, from, to}) => {
  const [, weights, bias] = operator.inputs
  const wrong = constants(operator) ?? fused(operator)
  if (wrong !== undefined) return wrong
  if (weights === undefined || weights.shape.length !== 2)
    return no("has weights that are not a matrix", "export it again")
  if ((operator.options?.weightsFormat ?? 0) !== 0)
    return no("has shuffled weights", "export it with the default format")
  const [units = 0, inputs = 0] = weights.shape
  if (inputs !== elements(from))
    return no(`has ${inputs} weights an output, its input ${elements(from)} elements`, "flatten first")
  if ((sources[0]?.shape.length ?? 0) > 2 && operator.options?.keepNumDims === true)
    return no("works on rows of an image", "flatten before the dense layer")
  const linear: LinearStep = {
    weights,
    ...(bias === undefined ? {} : {bias}),
    relu: hasRelu(operator),
    outputs: units,
    dimension: 0,
  }
  return (
    shapes({height: 1, width: 1, channels: units}, to) ??
    ok({
      specs: [...(isVector(from) ? [] : [flatten()]), dense({units}), ...(linear.relu ? [relu()] : [])],
      linear,
      integers(holder, site) {
        const flat = holder.flatten(site)
        holder.add("dense", (name) => ({kind: "dense", ...holder.linear(linear, {...site, sources: [flat]}, name)}))
      },
    })
  )
}
