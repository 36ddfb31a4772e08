import {windowed} from "../../graph/geometry.ts"
import {convolution} from "./conv-2d.ts"
import {constants, fused, hasRelu, type Judge, type LinearStep, no, shapes} from "./operator.ts"
import {isVerdict, windowsOf} from "./window.ts"

export const depthwiseConv2d: Judge = (site) => {
  const {operator, to} = site
  const [, weights, bias] = operator.inputs
  const wrong = constants(operator) ?? fused(operator)
  if (wrong !== undefined) return wrong
  if (weights === undefined || weights.shape.length !== 4 || weights.shape[0] !== 1)
    return no("has weights that are not [1, height, width, channels]", "export it again")
  const [, height = 0, width = 0, outputs = 0] = weights.shape
  const found = windowsOf(site, {height, width})
  if (isVerdict(found)) return found
  const {channels} = found.input
  // Over one channel, several filters are an ordinary convolution.
  const plain = channels === 1 && outputs > 1
  if (outputs !== channels && !plain)
    return no(
      `has ${outputs} filters for ${channels} channels`,
      "use a depth multiplier of 1, and a 1x1 convolution for more channels",
    )
  const linear: LinearStep = {
    weights,
    ...(bias === undefined ? {} : {bias}),
    relu: hasRelu(operator),
    outputs,
    dimension: 3,
  }
  return shapes(windowed(found.geometry, outputs), to) ?? convolution(!plain, found, linear, plain)
}
