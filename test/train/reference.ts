import {at} from "../../src/errors.ts"
import {inputShape} from "../../src/graph/layers.ts"
import type {Network, Parameters} from "../../src/graph/network.ts"
import {elements} from "../../src/graph/shape.ts"

/** The networks' definition, in f64 and as plainly as possible: what the kernels are held against. Without dropout. */
export function forward(
  network: Network,
  parameters: Readonly<Record<string, Parameters>>,
  image: readonly number[],
): number[] {
  let x = [...image]
  for (const layer of network.layers) {
    const input = inputShape(network, layer)
    const {output} = layer
    const own = parameters[layer.name]
    const pixel = (row: number, column: number, channel: number) =>
      at(x, (row * input.width + column) * input.channels + channel)
    const each = (value: (row: number, column: number, channel: number) => number) =>
      Array.from({length: elements(output)}, (_, i) =>
        value(
          Math.floor(i / (output.width * output.channels)),
          Math.floor(i / output.channels) % output.width,
          i % output.channels,
        ),
      )
    switch (layer.kind) {
      case "conv2d": {
        const {height, width} = layer.kernel
        x = each((row, column, o) => {
          let sum = at(own?.bias ?? [], o)
          for (let i = 0; i < height; i++)
            for (let j = 0; j < width; j++)
              for (let c = 0; c < input.channels; c++)
                sum +=
                  at(own?.weights ?? [], ((o * height + i) * width + j) * input.channels + c) *
                  pixel(row + i, column + j, c)
          return sum
        })
        break
      }
      case "dense":
        x = each((_, __, o) =>
          x.reduce((sum, value, i) => sum + value * at(own?.weights ?? [], o * x.length + i), at(own?.bias ?? [], o)),
        )
        break
      case "maxPool2d": {
        const {height, width} = layer.size
        x = each((row, column, c) => {
          let most = Number.NEGATIVE_INFINITY
          for (let i = 0; i < height; i++)
            for (let j = 0; j < width; j++) most = Math.max(most, pixel(row * height + i, column * width + j, c))
          return most
        })
        break
      }
      case "relu":
        x = x.map((value) => Math.max(value, 0))
        break
      case "flatten":
      case "dropout":
        break
    }
  }
  return x
}

/** Softmax cross entropy of logits. */
export function crossEntropy(logits: readonly number[], label: number): number {
  const most = Math.max(...logits)
  return Math.log(logits.reduce((sum, logit) => sum + Math.exp(logit - most), 0)) + most - at(logits, label)
}
