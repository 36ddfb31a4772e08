import {elements, type Shape, type Size} from "../../graph/shape.ts"

interface Blocks {
  readonly size: Size
  readonly input: Shape
  readonly output: Shape
}

/** Each block of an image, a channel at a time, taken together by `join` from `start` on. */
export function blocks(
  {size, input, output}: Blocks,
  image: Float64Array,
  start: number,
  join: (before: number, value: number) => number,
): Float64Array {
  const {channels} = output
  const result = new Float64Array(elements(output)).fill(start)
  for (let y = 0; y < output.height * size.height; y++)
    for (let x = 0; x < output.width * size.width; x++) {
      const from = (y * input.width + x) * channels
      const to = (Math.floor(y / size.height) * output.width + Math.floor(x / size.width)) * channels
      for (let c = 0; c < channels; c++) result[to + c] = join(result[to + c] as number, image[from + c] as number)
    }
  return result
}
