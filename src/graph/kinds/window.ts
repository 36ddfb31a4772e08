import {type Geometry, geometry, poolGeometry} from "../geometry.ts"
import type {Size} from "../shape.ts"
import {badLayer, mismatch, only, reads, type Site, sides, size} from "./kind.ts"

/** How conv2d and depthwiseConv2d are asked for: a kernel of 5 is 5x5, a stride of 2 is 2x2. */
export interface WindowOptions {
  readonly kernel: number | Size
  readonly stride?: number | Size
  /** `same` surrounds the image with zeros so that stride 1 keeps its size (TensorFlow's rule); `valid` adds none. */
  readonly padding?: "valid" | "same"
}

/** WindowOptions taken apart: what was left out is undefined. */
type Given = {readonly [Key in keyof WindowOptions]: WindowOptions[Key] | undefined} & Pick<WindowOptions, "kernel">

interface WindowSpec {
  readonly kernel: Size
  readonly stride?: Size
  readonly padding?: "same"
}

/** Options as the layer keeps them: what is the default is left out, so that equal networks are equal files. */
export function windowSpec({kernel, stride = 1, padding}: Given): WindowSpec {
  const step = size(stride)
  return {
    kernel: size(kernel),
    ...(step.height === 1 && step.width === 1 ? {} : {stride: step}),
    ...(padding === undefined || padding === "valid" ? {} : {padding}),
  }
}

/** A window layer's geometry on the shape it reads. Throws BAD_LAYER or SHAPE_MISMATCH. */
export function windowGeometry(spec: WindowSpec, site: Site): Geometry {
  const {where} = site
  const {height, width} = sides(where, "kernel", spec.kernel)
  if (spec.stride) sides(where, "stride", spec.stride)
  // A file may say anything.
  if (spec.padding !== undefined && spec.padding !== "same")
    throw badLayer(where, `its padding is "${String(spec.padding)}"`, 'use "same", or leave it out for none')
  const input = only(site)
  if (spec.padding === undefined && (height > input.height || width > input.width))
    throw mismatch(
      site,
      `${reads(site)}, but its ${height}x${width} kernel needs at least ${height}x${width}`,
      `use a kernel of at most ${input.height}x${input.width}, or pool less before it`,
    )
  if (spec.padding === "same" && (height >= 2 * input.height + 1 || width >= 2 * input.width + 1))
    throw mismatch(
      site,
      `${reads(site)}, but its ${height}x${width} kernel sees more padding than image`,
      `use a kernel of at most ${2 * input.height}x${2 * input.width}`,
    )
  return geometry(spec, input)
}

/** A pool's geometry on the shape it reads. Throws BAD_LAYER or SHAPE_MISMATCH. */
export function blockGeometry(given: Size, site: Site): Geometry {
  const {height, width} = sides(site.where, "size", given)
  const input = only(site)
  if (height > input.height || width > input.width)
    throw mismatch(
      site,
      `${reads(site)}, but its ${height}x${width} blocks need at least ${height}x${width}`,
      `use a size of at most ${input.height}x${input.width}`,
    )
  return poolGeometry(given, input)
}
