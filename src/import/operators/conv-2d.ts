import {windowed} from "../../graph/geometry.ts"
import {conv2d as conv2dSpec, depthwiseConv2d as depthwiseSpec, relu} from "../../graph/layers.ts"
import {constants, fused, hasRelu, type Judge, type LinearStep, no, shapes, type Verdict} from "./operator.ts"
import {type FileWindows, isVerdict, windowsOf} from "./window.ts"

export const conv2d: Judge = (site) => {
  const {operator, to} = site
  const [, weights, bias] = operator.inputs
  const wrong = constants(operator) ?? fused(operator)
  if (wrong !== undefined) return wrong
  if (weights === undefined || weights.shape.length !== 4)
    return no("has weights that are not 4-dimensional", "export it again")
  const [filters = 0, height = 0, width = 0, channels = 0] = weights.shape
  const found = windowsOf(site, {height, width})
  if (isVerdict(found)) return found
  // A group a channel is a depthwise convolution, whose weights lie alike.
  const depthwise = channels === 1 && found.input.channels > 1 && filters === found.input.channels
  if (channels !== found.input.channels && !depthwise)
    return no(`has weights for ${channels} channels, its input has ${found.input.channels}`, "use groups of 1")
  const linear: LinearStep = {
    weights,
    ...(bias === undefined ? {} : {bias}),
    relu: hasRelu(operator),
    outputs: filters,
    dimension: 0,
  }
  return shapes(windowed(found.geometry, filters), to) ?? convolution(depthwise, found, linear, depthwise)
}

/** The verdict on a convolution that fits; `rewritten` where the file has it as the other kind. */
export function convolution(
  depthwise: boolean,
  {windows}: FileWindows,
  linear: LinearStep,
  rewritten: boolean,
): Verdict {
  const relus = linear.relu ? [relu()] : []
  const specs = depthwise ? [depthwiseSpec(windows)] : [conv2dSpec({...windows, filters: linear.outputs})]
  const kind = depthwise ? "depthwiseConv2d" : "conv2d"
  return {
    ...(rewritten ? {status: "rewritten", note: `is a ${kind}`} : {status: "ok"}),
    step: {
      specs: [...specs, ...relus],
      linear,
      integers: (holder, site) =>
        holder.add(kind, (name) => ({kind, ...windows, ...holder.linear(linear, site, name)})),
    },
  }
}
