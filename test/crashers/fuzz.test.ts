import {expect, test} from "vitest"
import {nodeHost} from "../../src/host/node.ts"
import {tryRecipe} from "../../src/verify/fuzz.ts"
import type {LinearRecipe, MaxPoolRecipe, Recipe} from "../../src/verify/recipe.ts"

type Output = NonNullable<LinearRecipe["output"]>
const output = (bits: number, more: Partial<Output> = {}): Output => ({
  bits,
  signed: false,
  rounding: "floor",
  overflow: "saturate",
  relu: true,
  perChannel: false,
  ...more,
})
const conv = (units: number, height: number, width: number, weightBits: number, out: Output): LinearRecipe => ({
  kind: "conv2d",
  units,
  kernel: [height, width],
  weightBits,
  output: out,
})
const dense = (units: number, weightBits: number): LinearRecipe => ({
  kind: "dense",
  units,
  kernel: [1, 1],
  weightBits,
})
const pool = (height: number, width: number): MaxPoolRecipe => ({kind: "maxPool2d", size: [height, width]})
const input = (height: number, width: number, channels: number, bits: number): Recipe["input"] => ({
  shape: {height, width, channels},
  bits,
  signed: false,
})

// Networks that bench/fuzz broke the compiler with, shrunk; each is right since the repair it names.
const repaired: readonly (readonly [string, Recipe])[] = [
  [
    "results wait for the image's last beat, where rows that no pool uses follow the last of them",
    {
      seed: 4,
      input: input(11, 5, 1, 4),
      layers: [conv(1, 1, 3, 8, output(5, {rounding: "tflite", relu: false})), pool(3, 3), dense(8, 8)],
      lanes: 1,
    },
  ],
  [
    "a convolution behind another is given only the windows inside: its queue overran and the core hung",
    {
      seed: 7,
      input: input(3, 3, 4, 7),
      layers: [
        conv(3, 2, 2, 3, output(5, {rounding: "half-up", relu: false})),
        conv(6, 2, 1, 3, output(8, {signed: true})),
        dense(7, 6),
      ],
      lanes: 4,
    },
  ],
  [
    "a convolution behind another is given only the windows inside: the latency was another than planned",
    {
      seed: 5,
      input: input(9, 9, 1, 2),
      layers: [
        conv(5, 1, 3, 5, output(8, {rounding: "tflite", overflow: "wrap", perChannel: true})),
        conv(5, 2, 4, 3, output(1)),
        pool(4, 1),
        dense(4, 4),
      ],
      lanes: 1,
    },
  ],
  [
    "the left queue of an add holds every image between its branches: of more than six in flight it lost some, and the core hung",
    {
      seed: 63,
      input: input(2, 1, 1, 8),
      layers: [
        {...conv(1, 2, 1, 5, output(8, {rounding: "tflite"})), stride: [3, 2]},
        {...conv(1, 1, 2, 6, output(8, {rounding: "tflite"})), padding: "same", engine: "folded", multiplier: "lut"},
        {...conv(1, 2, 2, 8, output(8, {rounding: "tflite"})), padding: "same", engine: "folded"},
        {kind: "add", back: 2, output: output(8, {rounding: "tflite"})},
        dense(4, 1),
      ],
      lanes: 1,
    },
  ],
  [
    "an image of one element cannot be short: the broken streams sent a packet of nothing, and waited for its answer",
    {seed: 50, input: input(1, 1, 1, 2), layers: [dense(1, 2)], lanes: 1},
  ],
  [
    "a pool's results of several rows come from a queue a lane: read as one row, it waited for ever at the wrong lane",
    {seed: 963, input: input(2, 2, 1, 8), layers: [conv(1, 1, 2, 2, output(8)), pool(1, 1)], lanes: 2},
  ],
]
test.each(repaired)(
  "%s",
  async (_, recipe) => {
    const outcome = await tryRecipe(recipe, {host: nodeHost(), out: "build/test-fuzz", verilator: false})
    expect(outcome).toEqual({kind: "equal"})
  },
  60_000,
)
