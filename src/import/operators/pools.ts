import {poolGeometry, windowed} from "../../graph/geometry.ts"
import type {Size} from "../../graph/shape.ts"
import {paddings} from "../../tflite/schema.ts"
import {fused, no, numbers, type Site, shapes, type Verdict} from "./operator.ts"

/** The blocks of a pool, side by side and inside the image, or the verdict on others. */
export function blocksOf({operator, from, to}: Site): Size | Verdict {
  const {padding, strideW = 0, strideH = 0, filterWidth: width = 0, filterHeight: height = 0} = numbers(operator)
  const wrong = fused(operator)
  if (wrong !== undefined) return wrong
  if (height < 1 || width < 1 || strideH !== height || strideW !== width)
    return no(`pools ${height}x${width} with stride ${strideH}x${strideW}`, "use a stride as large as the pool")
  if (padding !== paddings.VALID && (from.height % height !== 0 || from.width % width !== 0))
    return no("has padding 'same' where its windows do not fit", "use padding 'valid'")
  const size = {height, width}
  return shapes(windowed(poolGeometry(size, from), from.channels), to) ?? size
}

export const isBlocks = (found: Size | Verdict): found is Size => "height" in found
