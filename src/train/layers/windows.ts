import type {Geometry} from "../../graph/geometry.ts"
import type {Layer} from "../../graph/network.ts"
import {four, type Site, type Words} from "./operator.ts"

/** Words that conv2d and depthwiseConv2d share: the window, and one image's gradient with the border its own gradient needs. */
export function windowWords<L extends Layer>({step, input, output, slot, ...site}: Site<L>, window: Geometry): Words {
  if (!slot) throw new Error("a window layer has parameters")
  const {kernel, stride, top, left} = window
  const {height, width} = input.shape
  const pooled = {
    height: output.shape.height * step.pool.height,
    width: output.shape.width * step.pool.width,
  }
  // dx at row y is the sum of dz at rows (y + top - tap) / stride.
  const before = {
    height: Math.ceil(kernel.height / stride.height) - 1,
    width: Math.ceil(kernel.width / stride.width) - 1,
  }
  const after = {
    height: Math.max(0, Math.floor((height - 1 + top) / stride.height) - pooled.height + 1),
    width: Math.max(0, Math.floor((width - 1 + left) / stride.width) - pooled.width + 1),
  }
  const pixel = output.stride * 4
  const dzRow = (before.width + pooled.width + after.width) * pixel
  const dz = site.allocate((before.height + pooled.height + after.height) * dzRow)
  const weights = four(slot.outputs) * kernel.height * four(kernel.width * slot.stride)
  return {
    KERNEL_ROWS: kernel.height,
    KERNEL_COLUMNS: kernel.width,
    STRIDE_ROWS: stride.height,
    STRIDE_COLUMNS: stride.width,
    TOP: top,
    LEFT: left,
    WEIGHTS: site.parameter(slot.weights),
    BIAS: site.parameter(slot.bias),
    GRADIENT: site.gradient(slot.weights),
    BIAS_GRADIENT: site.gradient(slot.bias),
    PANELS: site.allocate(weights * 4),
    DX_PANELS: input.gradient ? site.allocate(weights * 4) : 0,
    SUMS: site.allocate(weights * 4),
    SCRATCH: site.allocate(window.output.height * window.output.width * pixel),
    WINDOW_COLUMNS: window.output.width,
    DZ: dz + before.height * dzRow + before.width * pixel,
    DZ_ROW: dzRow,
  }
}
