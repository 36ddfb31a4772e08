import {expect, type TestContext, test} from "vitest"
import {emitHls} from "../../src/emit/hls.ts"
import type {IntegerNetwork} from "../../src/graph/integer.ts"
import {loadTargets} from "../../src/graph/packets.ts"
import {nodeHost} from "../../src/host/node.ts"
import {defaultHlsOptions, type HlsOptions} from "../../src/plan/hls/options.ts"
import {readHlsLibrary} from "../../src/verify/hls.ts"
import {type Simulation, simulate, writeAll, writeStandIns} from "../../src/verify/hls-run.ts"
import {type HlsVectors, packetVectors, rawVectors} from "../../src/verify/hls-vectors.ts"
import {requireTool, root} from "../tools.ts"
import {apTypes, execute, headerOptions, load, random, randomImages, words} from "./fixture.ts"

// Designs broken in the ways that people break theirs: the emitted test bench must say so, in words that name it.
const TIMEOUT = {timeout: 120_000}
const rnd = random(4)
const u8 = {bits: 8, signed: false, fraction: 4}
const network: IntegerNetwork = {
  name: "small",
  input: {shape: {height: 5, width: 5, channels: 1}, format: u8},
  layers: [
    {
      kind: "conv2d",
      name: "conv1",
      inputs: ["input"],
      kernel: {height: 2, width: 2},
      output: {shape: {height: 4, width: 4, channels: 2}, format: u8},
      ...{weights: Int8Array.from([1, 2, -3, 4, 5, -6, 7, 8]), weightBits: 8, weightFractions: [7, 7]},
      bias: Int32Array.from([100, -50]),
      requantise: {shifts: [3, 4], rounding: "half-up", relu: true, overflow: "saturate"},
    },
    {
      kind: "flatten",
      name: "flatten1",
      inputs: ["conv1"],
      output: {shape: {height: 1, width: 1, channels: 32}, format: u8},
    },
    {
      kind: "dense",
      name: "dense1",
      inputs: ["flatten1"],
      output: {shape: {height: 1, width: 1, channels: 3}, format: {bits: 2, signed: true, fraction: 0}},
      ...{weights: Int8Array.from({length: 96}, () => rnd(9) - 4), weightBits: 8, weightFractions: [7, 7, 7]},
      bias: new Int32Array(3),
      requantise: {shifts: [9, 9, 9], rounding: "half-up", relu: false, overflow: "saturate"},
    },
  ],
}
const images = randomImages(rnd, network, 6)
const raw = rawVectors(network, defaultHlsOptions, images, 6, {sizes: [2]})

test.for([
  ["one patch too many", "small.cpp", "conv2d<16>", "conv2d<17>", /EMPTY stream conv1_patches/],
  [
    "a word nobody reads",
    "tlast/slave.h",
    "ends_packet.write(last);",
    "ends_packet.write(last); ends_packet.write(last);",
    /LEFTOVER stream ends_packet: 1 words/,
  ],
  ["no TLAST", "tlast/master.h", "beat.last = last", "beat.last = false && last", /NO TLAST on the last beat/],
  ["TKEEP 0", "tlast/master.h", "beat.keep = -1", "beat.keep = 0", /image 0, output 0: keep is 0, expected f/],
  [
    "results that are one too large",
    "tlast/master.h",
    "result(ap_int<32>(held.at[next]), last)",
    "result(ap_int<32>(held.at[next]) + 1, last)",
    /image 0, output 0: found 0x\w+, golden has/,
  ],
] as const)("the test bench finds %s", TIMEOUT, async ([what, path, from, to, said], context) => {
  const result = await run(context, what, defaultHlsOptions, raw, {path, from, to})
  expect(result.ok).toBe(false)
  expect([result.firstDifference, ...result.findings].join("\n")).toMatch(said)
})

test(
  "weights sent for another kernel size are refused, and a design that takes them is found out",
  TIMEOUT,
  async (context) => {
    const targets = loadTargets(network, headerOptions.loadable)
    const [weights] = targets
    if (weights === undefined) throw new Error("nothing to load")
    const {header} = weights
    const other = [...words({...header, kernelDim: 1, inputChannels: 4}), ...load(rnd, weights).slice(7)]
    const packets = [...targets.map((target) => load(rnd, target)), other, execute(rnd, network, 1)]
    const vectors = packetVectors(network, headerOptions, packets)
    expect(await run(context, "header", headerOptions, vectors)).toMatchObject({ok: true, findings: []})
    const result = await run(context, "another kernel size", headerOptions, vectors, {
      path: "tlast/packet_slave.h",
      from: "return BAD_KERNEL_DIM",
      to: "return NO_FAULT",
    })
    expect(result.firstDifference).toMatch(/^answer to packet 6, word 0: found 0x1, golden has 0x8004/)
  },
)

test("constant weights of another kernel size do not compile", TIMEOUT, async (context) => {
  const change = {path: "small_weights.h", from: "conv1_weights[1][2][1][4]", to: "conv1_weights[1][2][1][5]"}
  await expect(run(context, "constant", defaultHlsOptions, raw, change)).rejects.toMatchObject({
    code: "CXX_FAILED",
    exitCode: 1,
  })
})

test("the class of an image is the lowest of the largest, one beat an image", TIMEOUT, async (context) => {
  const options: HlsOptions = {...defaultHlsOptions, output: "class"}
  const vectors = rawVectors(network, options, images, 6, {sizes: [2]})
  // Results of two bits: most images have ties.
  expect(await run(context, "class", options, vectors)).toMatchObject({ok: true, beats: 6, findings: []})
  const result = await run(context, "class, last of ties", options, vectors, {
    path: "tlast/master.h",
    from: "held.at[next] > best",
    to: "held.at[next] >= best",
  })
  expect(result.firstDifference).toMatch(/^image \d, output 0/)
})

/** Emits, changes one place where `change` is given, compiles and runs. */
async function run(
  context: Pick<TestContext, "skip">,
  name: string,
  options: HlsOptions,
  vectors: HlsVectors,
  change?: {readonly path: string; readonly from: string; readonly to: string},
): Promise<Simulation> {
  const compiler = requireTool("g++", context).replace(/.*\//, "")
  const host = nodeHost()
  const project = emitHls(network, options, await readHlsLibrary(host))
  const out = `${root}build/test-hls/mutants/${name.replace(/\W+/g, "_")}`
  const files: Record<string, string> = {...project.files}
  if (change !== undefined) {
    const text = files[change.path] ?? ""
    expect(text.split(change.from), `${change.from} in ${change.path}`).toHaveLength(2)
    files[change.path] = text.replace(change.from, change.to)
  }
  const folders = {folder: `${out}/hls`, hostFolder: `${out}/hls-host`}
  const build = {host, project, compiler, apTypes: await apTypes(context), ...folders}
  await writeStandIns(build)
  await writeAll(host, folders.folder, {...files, "small_in.txt": vectors.input, "small_out.txt": vectors.expected})
  return simulate(build, vectors, false)
}
