import type {Geometry} from "../../graph/geometry.ts"
import type {Shape} from "../../graph/shape.ts"

/** The windows of an image, each [ky][kx][channel], in the order of the outputs; what lies outside is 0. The array is reused. */
export function* patches(windows: Geometry, input: Shape, image: Int32Array): Generator<Int32Array> {
  const {kernel, stride, top, left, output} = windows
  const {channels} = input
  const row = kernel.width * channels
  const patch = new Int32Array(kernel.height * row)
  for (let y = 0; y < output.height; y++)
    for (let x = 0; x < output.width; x++) {
      const firstColumn = x * stride.width - left
      const skipped = Math.max(0, -firstColumn) * channels
      const end = Math.min(kernel.width, input.width - firstColumn) * channels
      for (let ky = 0; ky < kernel.height; ky++) {
        const imageRow = y * stride.height - top + ky
        const inside = imageRow >= 0 && imageRow < input.height
        const start = (imageRow * input.width + firstColumn) * channels
        for (let i = 0; i < row; i++)
          patch[ky * row + i] = inside && i >= skipped && i < end ? (image[start + i] as number) : 0
      }
      yield patch
    }
}
