import type {Shape, Size} from "./shape.ts"

/** How a window layer is written down, float or integer: a stride of 1 and no padding where they are left out. */
export interface Windowed {
  readonly kernel: Size
  readonly stride?: Size
  readonly padding?: "same"
}

/** Where a layer's windows lie on the image they read, in elements. */
export interface Geometry {
  readonly kernel: Size
  readonly stride: Size
  /** Rows and columns of zeros around the image; bottom and right count only what windows really reach. */
  readonly top: number
  readonly left: number
  readonly bottom: number
  readonly right: number
  /** Windows down and across. */
  readonly output: Size
}

/**
 * Windows of a conv2d or depthwiseConv2d over an image. `same` is TensorFlow's: ceil(input / stride) windows, the odd row
 * of padding at the bottom. Without padding the last rows and columns may be reached by no window.
 */
export function geometry({kernel, stride = UNIT, padding}: Windowed, input: Size): Geometry {
  const rows = axis(input.height, kernel.height, stride.height, padding === "same")
  const columns = axis(input.width, kernel.width, stride.width, padding === "same")
  return {
    kernel,
    stride,
    top: rows.before,
    bottom: rows.after,
    left: columns.before,
    right: columns.after,
    output: {height: rows.output, width: columns.output},
  }
}

/** Windows of a pool: side by side; rows and columns that fill none are dropped. */
export const poolGeometry = (size: Size, input: Size): Geometry => geometry({kernel: size, stride: size}, input)

/** Whether a layer's windows lie at every place and wholly inside: what stages that know no stride or padding take. */
export const isPlain = ({stride = UNIT, padding}: {readonly stride?: Size; readonly padding?: "same"}): boolean =>
  stride.height === 1 && stride.width === 1 && padding === undefined

const UNIT: Size = {height: 1, width: 1}

function axis(input: number, kernel: number, stride: number, same: boolean) {
  const output = same ? Math.ceil(input / stride) : Math.floor((input - kernel) / stride) + 1
  const total = same ? Math.max((output - 1) * stride + kernel - input, 0) : 0
  const before = Math.floor(total / 2)
  return {output, before, after: total - before}
}

/** The image's shape with its channels replaced by `channels`, after the windows. */
export const windowed = ({output}: Geometry, channels: number): Shape => ({...output, channels})
