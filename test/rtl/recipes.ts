import type {Plan} from "../../src/plan/plan.ts"
import {networkOf} from "../../src/verify/network-of.ts"
import type {AddRecipe, LayerRecipe, LinearRecipe, OutputRecipe, Recipe} from "../../src/verify/recipe.ts"
import {check} from "./check.ts"

/** What a layer stores: 8 bits with relu, where nothing else is said. */
export const output = (more: Partial<OutputRecipe> = {}): OutputRecipe => ({
  bits: 8,
  signed: false,
  rounding: "half-up",
  overflow: "saturate",
  relu: true,
  perChannel: false,
  ...more,
})

export const conv = (units: number, kernel: number, more: Partial<LinearRecipe> = {}): LinearRecipe => ({
  kind: "conv2d",
  units,
  kernel: [kernel, kernel],
  weightBits: 4,
  output: output(),
  ...more,
})
export const dense = (units: number, more: Partial<LinearRecipe> = {}): LinearRecipe => ({
  kind: "dense",
  units,
  kernel: [1, 1],
  weightBits: 4,
  ...more,
})
export const add = (back: number, more: Partial<OutputRecipe> = {}): AddRecipe => ({
  kind: "add",
  back,
  output: output(more),
})

/** A network of random weights on unsigned 8-bit images, its plan checked in the embedded simulator (and Verilator). */
export const checkRecipe = (
  input: readonly [height: number, width: number, channels: number],
  layers: readonly LayerRecipe[],
  {lanes = 1, bits = 8, verilator = false, seed = 1} = {},
): Promise<Plan> => {
  const [height, width, channels] = input
  const recipe: Recipe = {seed, input: {shape: {height, width, channels}, bits, signed: false}, layers, lanes}
  return check(
    networkOf(recipe),
    {
      lanes,
      layers: Object.fromEntries(
        layers.flatMap((layer, i) =>
          "engine" in layer && layer.engine
            ? [[`layer${i}`, {engine: layer.engine, ...(layer.rows && {rows: layer.rows})}]]
            : [],
        ),
      ),
    },
    {verilator},
  )
}
