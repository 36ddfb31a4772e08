import type {ExportKind} from "./kind.ts"
import {poolOptions} from "./options.ts"

export const avgPool2d: ExportKind<"avgPool2d"> = {
  operator: "AVERAGE_POOL_2D",
  options: poolOptions,
  rank: {reads: 4, writes: 4},
}
