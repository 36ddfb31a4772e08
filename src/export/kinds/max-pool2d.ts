import type {ExportKind} from "./kind.ts"
import {poolOptions} from "./options.ts"

export const maxPool2d: ExportKind<"maxPool2d"> = {
  operator: "MAX_POOL_2D",
  options: poolOptions,
  rank: {reads: 4, writes: 4},
}
