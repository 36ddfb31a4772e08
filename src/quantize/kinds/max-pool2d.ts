import {at} from "../../errors.ts"
import type {MaxPool2d} from "../../graph/network.ts"
import type {LoweredPassing} from "../lower.ts"
import {blocks} from "./blocks.ts"
import type {QuantizeKind} from "./kind.ts"

export const maxPool2d: QuantizeKind<LoweredPassing & MaxPool2d> = {
  forward: (layer, [image = new Float64Array()]) => blocks(layer, image, Number.NEGATIVE_INFINITY, Math.max),
  integers: ({name, inputs, size, output}, formats) => ({
    kind: "maxPool2d",
    name,
    inputs,
    size,
    output: {shape: output, format: at(formats, 0)},
  }),
}
