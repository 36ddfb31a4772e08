import type {Table} from "../../tflite/schema.ts"
import type {ExportKind} from "./kind.ts"
import {windowOptions} from "./options.ts"
import {doubling} from "./refusals.ts"

export const conv2d: ExportKind<"conv2d"> = {
  operator: "CONV_2D",
  options: (layer) => ({builtinOptionsType: 1, builtinOptions: windowOptions(layer) as Table<"Conv2DOptions">}),
  rank: {reads: 4, writes: 4},
  weights: {
    shape: ({bias, kernel}, {channels}) => [bias.length, kernel.height, kernel.width, channels],
    dimension: 0,
  },
  refusal: doubling,
}
