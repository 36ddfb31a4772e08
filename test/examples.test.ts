import {existsSync, readdirSync, readFileSync, writeFileSync} from "node:fs"
import {join} from "node:path"
import {expect, test} from "vitest"
import {conv2d, dense, flatten, maxPool2d, network, relu} from "../src/graph/layers.ts"
import {nodeHost} from "../src/host/node.ts"
import {temporary} from "./cli/cli.ts"
import {tinyData} from "./cli/tiny.ts"

test("examples/build.ts goes from idx files to proven RTL with the library's functions", {
  timeout: 600_000,
}, async () => {
  const {build} = await import("../examples/build.ts")
  const out = temporary()
  const {accuracy, interval, proof} = await build(tinyData(), out)
  expect(accuracy).toBeGreaterThan(0.5)
  expect(interval).toBe(64)
  expect(proof.problems).toEqual([])
  expect(proof.simulators[0]).toMatchObject({simulator: "embedded", mismatches: 0, cyclesPerImage: 64})
  expect(existsSync(join(out, "rtl", "mine.v"))).toBe(true)
})

test("examples/another-model runs one data set, another and the first again on one accelerator, bit for bit", {
  timeout: 600_000,
}, async () => {
  const {anotherModel} = await import("../examples/another-model/run.ts")
  const [one, other] = [tinyData(), tinyData()]
  // The same images, called something else: the first model is never right about them.
  for (const name of readdirSync(other).filter((file) => file.includes("labels")))
    writeFileSync(
      join(other, name),
      readFileSync(join(other, name)).map((byte, i) => (i < 8 ? byte : 3 - byte)),
    )
  const lines: string[] = []
  const {visits, cycles, interval, wordsALoad} = await anotherModel({
    host: nodeHost(),
    out: temporary(),
    data: [
      {name: "one", source: one},
      {name: "other", source: other},
    ],
    images: 72,
    config: {
      network: network("tiny", {height: 8, width: 8, channels: 1}, [
        conv2d({filters: 2, kernel: 3}),
        relu(),
        maxPool2d({size: 2}),
        flatten(),
        dense({units: 4}),
      ]),
      train: {epochs: 12, batch: 16, rate: 0.02, heldOut: 100, augment: false},
    },
    say: (line) => lines.push(line),
  })
  expect(visits.map(({name, differ, results}) => ({name, differ, results}))).toEqual([
    {name: "one", differ: 0, results: 288},
    {name: "other", differ: 0, results: 288},
    {name: "one", differ: 0, results: 288},
  ])
  for (const {right, images} of visits) expect(right / images).toBeGreaterThan(0.5)
  expect(visits[2]?.right).toBe(visits[0]?.right)
  expect(new Set(visits.map(({rtl}) => rtl)).size).toBe(1)
  // Weights of conv1 and dense1, their biases and shifts, each behind seven words.
  expect(wordsALoad).toBe(18 + 72 + 2 * 2 + 2 * 4 + 2 + 6 * 7)
  expect(cycles).toBeGreaterThan(3 * 72 * interval)
  expect(lines.at(-1)).toContain("through one accelerator")
})
