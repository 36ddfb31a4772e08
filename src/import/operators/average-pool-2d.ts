import {avgPool2d, relu} from "../../graph/layers.ts"
import {hasRelu, type Judge, ok} from "./operator.ts"
import {blocksOf, isBlocks} from "./pools.ts"

export const averagePool2d: Judge = (site) => {
  const size = blocksOf(site)
  if (!isBlocks(size)) return size
  const cut = hasRelu(site.operator)
  return ok({
    specs: [avgPool2d({size}), ...(cut ? [relu()] : [])],
    integers(holder, {sources: [source], output, shape}) {
      holder.keeps(output, source.format)
      const shifts = Array<number>(shape.channels).fill(0)
      holder.add("avgPool2d", (name) => ({
        kind: "avgPool2d",
        name,
        inputs: [source.name],
        size,
        output: {shape, format: source.format},
        requantise: {shifts, rounding: "tflite", relu: cut, overflow: "saturate"},
      }))
    },
  })
}
