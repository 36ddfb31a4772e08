import {expect, test} from "vitest"
import {add, checkRecipe, conv, dense, output} from "./recipes.ts"

const same = {padding: "same"} as const
const pool = {kind: "maxPool2d", size: [2, 2]} as const
const cases: [string, Parameters<typeof checkRecipe>][] = [
  [
    "skips a convolution",
    [
      [6, 6, 1],
      [conv(3, 3), conv(3, 3, {...same, engine: "constant"}), add(1), dense(3)],
    ],
  ],
  [
    "skips two, one of them bit by bit",
    [
      [8, 8, 1],
      [conv(2, 3), pool, conv(4, 3, {...same, engine: "serial"}), conv(2, 1), add(2), dense(3)],
    ],
  ],
  [
    "of the image, with another fraction and sign",
    [
      [6, 5, 1],
      [
        conv(1, 3, {...same, output: output({bits: 4, signed: true, relu: false})}),
        add(1, {rounding: "tflite", relu: false, signed: true}),
        dense(3),
      ],
    ],
  ],
  [
    "that is read again",
    [
      [6, 6, 1],
      [conv(2, 1), conv(2, 3, same), add(1), conv(2, 3, same), add(1, {bits: 4}), dense(3)],
    ],
  ],
  [
    "of a tensor with itself",
    [
      [4, 4, 2],
      [conv(2, 2), add(0), dense(3)],
    ],
  ],
  ["at four lanes, put in order first", [[8, 8, 1], [conv(3, 3), conv(3, 3, same), add(1), dense(3)], {lanes: 4}]],
]
test.each(cases)("add %s", async (_, args) => {
  await checkRecipe(...args)
})

test("a residual net, whose delay is counted", async () => {
  const made = await checkRecipe(
    [10, 10, 1],
    [conv(4, 3), conv(4, 3, same), conv(4, 3, same), add(2), pool, dense(4)],
    {verilator: true},
  )
  const depths = made.stages.flatMap((stage) =>
    stage.kind === "fifo" && /left|right/.test(stage.name) ? [stage.fifoDepth] : [],
  )
  expect(depths[1]).toBe(2)
  expect(depths[0]).toBeGreaterThan(20)
})
