import {at} from "../../errors.ts"
import type {Flatten} from "../../graph/network.ts"
import type {LoweredPassing} from "../lower.ts"
import type {QuantizeKind} from "./kind.ts"

export const flatten: QuantizeKind<LoweredPassing & Flatten> = {
  forward: (_, [image = new Float64Array()]) => image,
  integers: ({name, inputs, output}, formats) => ({
    kind: "flatten",
    name,
    inputs,
    output: {shape: output, format: at(formats, 0)},
  }),
}
