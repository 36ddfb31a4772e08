import {expect, test} from "vitest"
import {checkRecipe, conv, dense} from "./recipes.ts"

const same = {padding: "same"} as const
const cases: [string, number, Parameters<typeof checkRecipe>][] = [
  [
    "a border of one, constant sums",
    8 * 9,
    [[6, 7, 1], [conv(3, 3, {...same, engine: "constant"}), dense(4)], {verilator: true}],
  ],
  [
    "an even kernel: nothing above, a row below",
    60,
    [
      [6, 5, 2],
      [conv(2, 2, same), dense(3)],
    ],
  ],
  [
    "a kernel larger than the image",
    6 * 7,
    [
      [2, 3, 1],
      [conv(2, 5, same), dense(3)],
    ],
  ],
  [
    "with a stride, where more hangs over below",
    9 * 9,
    [
      [7, 7, 1],
      [conv(3, 3, {...same, stride: [2, 2], engine: "constant"}), dense(3)],
    ],
  ],
  [
    "with a stride that needs no border",
    36,
    [
      [6, 6, 1],
      [conv(3, 2, {...same, stride: [2, 2]}), dense(3)],
    ],
  ],
  [
    "bit by bit behind a pool: windows, of 15 clocks each, and not the border",
    16 * 15,
    [
      [12, 12, 1],
      [conv(3, 1), {kind: "maxPool2d", size: [3, 3]}, conv(2, 3, {...same, engine: "serial"}), dense(3)],
    ],
  ],
  [
    "at four lanes, a position at a time",
    10 * 10,
    [[8, 8, 1], [conv(3, 3, {...same}), {kind: "maxPool2d", size: [2, 2]}, dense(3)], {lanes: 4}],
  ],
  [
    "twice, and both larger than the stream",
    100,
    [
      [8, 8, 1],
      [conv(3, 3, {...same}), conv(3, 3, {...same, engine: "constant"}), dense(3)],
    ],
  ],
]
test.each(cases)('padding "same": %s', async (_, interval, args) => {
  const made = await checkRecipe(...args)
  expect(made.interval).toBe(interval)
})
