import {relu, maxPool2d as spec} from "../../graph/layers.ts"
import {hasRelu, type Judge, ok} from "./operator.ts"
import {blocksOf, isBlocks} from "./pools.ts"

export const maxPool2d: Judge = (site) => {
  const size = blocksOf(site)
  if (!isBlocks(size)) return size
  const cut = hasRelu(site.operator)
  return ok({
    specs: [spec({size}), ...(cut ? [relu()] : [])],
    integers(holder, {sources: [source], output, shape}) {
      holder.keeps(output, source.format)
      if (cut && source.format.signed) holder.misfit(output, "a pool with a relu of its own")
      holder.add("maxPool2d", (name) => ({
        kind: "maxPool2d",
        name,
        inputs: [source.name],
        size,
        output: {shape, format: source.format},
      }))
    },
  })
}
