import type {Table} from "../../tflite/schema.ts"
import type {ExportKind} from "./kind.ts"
import {activation} from "./options.ts"

/** LiteRT shifts operands left by 20, halves them, and shifts the coarser scale's share right by the difference. */
const LEFT_SHIFT = 20

export const add: ExportKind<"add"> = {
  operator: "ADD",
  options: (layer) => ({builtinOptionsType: 11, builtinOptions: activation(layer) as Table<"AddOptions">}),
  refusal({output}, inputs) {
    const fractions = inputs.map(({format}) => format.fraction)
    const [coarser, finer] = [Math.min(...fractions), Math.max(...fractions)]
    const total = LEFT_SHIFT - 1 + coarser - output.format.fraction
    if (finer - coarser < LEFT_SHIFT - 1 && total >= 1 && total <= 31) return undefined
    return {
      found: `adds fractions of ${fractions.join(" and ")} bits to one of ${output.format.fraction}`,
      expected: `fractions that differ by less than ${LEFT_SHIFT - 1}`,
    }
  },
}
