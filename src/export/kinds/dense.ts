import {elements} from "../../graph/shape.ts"
import type {Table} from "../../tflite/schema.ts"
import type {ExportKind} from "./kind.ts"
import {activation} from "./options.ts"
import {doubling} from "./refusals.ts"

export const dense: ExportKind<"dense"> = {
  operator: "FULLY_CONNECTED",
  options: (layer) => ({builtinOptionsType: 8, builtinOptions: activation(layer) as Table<"FullyConnectedOptions">}),
  rank: {reads: 2, writes: 2},
  weights: {shape: ({bias}, input) => [bias.length, elements(input)], dimension: 0},
  refusal: doubling,
}
