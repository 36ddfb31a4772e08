import {type Geometry, geometry, type Windowed} from "../../graph/geometry.ts"
import {type Shape, type Size, shapeName} from "../../graph/shape.ts"
import {paddings} from "../../tflite/schema.ts"
import {shapeOf} from "../file.ts"
import {no, numbers, type Site, type Verdict} from "./operator.ts"
import {padsOf} from "./pad.ts"

/** Windows of a convolution in the file, over the image before a PAD that is part of them. */
export interface FileWindows {
  readonly windows: Windowed
  readonly geometry: Geometry
  readonly input: Shape
}

/** The windows of a CONV_2D or DEPTHWISE_CONV_2D of the given kernel, or the verdict on what they cannot be. */
export function windowsOf(site: Site, kernel: Size): FileWindows | Verdict {
  const {strideW = 0, strideH = 0, dilationWFactor, dilationHFactor, padding} = numbers(site.operator)
  if (strideW < 1 || strideH < 1) return no(`has stride ${strideH}x${strideW}`, "use strides of 1 or more")
  if (dilationWFactor !== 1 || dilationHFactor !== 1) return no("is dilated", "use dilation 1")
  const stride = strideW === 1 && strideH === 1 ? {} : {stride: {height: strideH, width: strideW}}
  const same: Windowed = {kernel, ...stride, padding: "same"}
  if (padding === paddings.SAME && (kernel.height > 2 * site.from.height || kernel.width > 2 * site.from.width))
    return no(
      `has a ${kernel.height}x${kernel.width} kernel, which sees more padding than its ${shapeName(site.from)} image`,
      `use a kernel of at most ${2 * site.from.height}x${2 * site.from.width}`,
    )
  if (padding === paddings.SAME)
    return {windows: tidy(same, site.from), geometry: geometry(same, site.from), input: site.from}
  const padded = site.graph.operators.find(({name, outputs}) => name === "PAD" && outputs[0] === site.sources[0])
  const valid: Windowed = {kernel, ...stride}
  const plain = geometry(valid, site.from)
  if (padded === undefined) return {windows: valid, geometry: plain, input: site.from}
  const input = shapeOf(padded.inputs[0])
  const pads = padsOf(padded)
  if (input === undefined || pads === undefined) return no("reads a PAD that is not taken", "use padding 'same'")
  const wanted = geometry(same, input)
  const equal =
    pads.top === wanted.top &&
    pads.left === wanted.left &&
    plain.output.height === wanted.output.height &&
    plain.output.width === wanted.output.width
  if (equal) return {windows: same, geometry: wanted, input}
  return no(
    `reads an image padded by ${pads.top} above, ${pads.bottom} below, ${pads.left} left and ${pads.right} right; padding 'same' is ${wanted.top}, ${wanted.bottom}, ${wanted.left} and ${wanted.right}`,
    "use padding 'same' instead of the pad before it",
  )
}

/** Padding that adds nothing is none: equal layers are written alike. */
function tidy(same: Windowed, input: Size): Windowed {
  const {top, left, bottom, right} = geometry(same, input)
  const {padding: _, ...valid} = same
  return top + left + bottom + right === 0 && fits(same, input) ? valid : same
}

function fits({kernel}: Windowed, input: Size): boolean {
  return kernel.height <= input.height && kernel.width <= input.width
}

export const isVerdict = (found: FileWindows | Verdict): found is Verdict => "status" in found
