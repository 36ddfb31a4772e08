import {at} from "../errors.ts"
import type {IntegerConv2d} from "../graph/integer.ts"

/**
 * A convolution at `positions` neighbouring places as one matrix: rows are [position][filter], columns the taps
 * [ky][u][channel] of rtl/window.sv, u = kx + position.
 */
export function toeplitz({weights, kernel, bias}: IntegerConv2d, channels: number, positions: number): number[][] {
  const {height, width} = kernel
  const span = width + positions - 1
  const rows: number[][] = []
  for (let p = 0; p < positions; p++)
    for (let f = 0; f < bias.length; f++) {
      const row = new Array<number>(height * span * channels).fill(0)
      for (let ky = 0; ky < height; ky++)
        for (let kx = 0; kx < width; kx++)
          for (let c = 0; c < channels; c++)
            row[(ky * span + kx + p) * channels + c] = at(weights, ((f * height + ky) * width + kx) * channels + c)
      rows.push(row)
    }
  return rows
}
