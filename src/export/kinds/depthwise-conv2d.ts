import type {Table} from "../../tflite/schema.ts"
import type {ExportKind} from "./kind.ts"
import {windowOptions} from "./options.ts"
import {doubling} from "./refusals.ts"

export const depthwiseConv2d: ExportKind<"depthwiseConv2d"> = {
  operator: "DEPTHWISE_CONV_2D",
  options: (layer) => ({
    builtinOptionsType: 2,
    builtinOptions: {...windowOptions(layer), depthMultiplier: 1} as Table<"DepthwiseConv2DOptions">,
  }),
  rank: {reads: 4, writes: 4},
  weights: {
    shape: ({bias, kernel}) => [1, kernel.height, kernel.width, bias.length],
    dimension: 3,
    arrange(weights, {bias}) {
      const taps = weights.length / bias.length
      const turned = weights.slice() as typeof weights
      for (let c = 0; c < bias.length; c++)
        for (let tap = 0; tap < taps; tap++) turned[tap * bias.length + c] = weights[c * taps + tap] as number
      return turned
    },
  },
  refusal: doubling,
}
