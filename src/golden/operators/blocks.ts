import type {Geometry} from "../../graph/geometry.ts"
import type {Shape} from "../../graph/shape.ts"

/** One value a block and channel, NHWC: `start` joined with each of its elements in turn. Blocks lie wholly inside. */
export function blocks(
  {kernel, stride, output}: Geometry,
  input: Shape,
  image: Int32Array,
  start: number,
  join: (sofar: number, value: number) => number,
): Int32Array {
  const {channels} = input
  const results = new Int32Array(output.height * output.width * channels)
  let next = 0
  for (let y = 0; y < output.height; y++)
    for (let x = 0; x < output.width; x++)
      for (let c = 0; c < channels; c++) {
        let result = start
        for (let ky = 0; ky < kernel.height; ky++)
          for (let kx = 0; kx < kernel.width; kx++) {
            const pixel = (y * stride.height + ky) * input.width + x * stride.width + kx
            result = join(result, image[pixel * channels + c] as number)
          }
        results[next++] = result
      }
  return results
}
