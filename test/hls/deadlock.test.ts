import {expect, test} from "vitest"
import {emitHls} from "../../src/emit/hls.ts"
import type {IntegerNetwork} from "../../src/graph/integer.ts"
import {loadTargets} from "../../src/graph/packets.ts"
import {nodeHost} from "../../src/host/node.ts"
import {readHlsLibrary} from "../../src/verify/hls.ts"
import {runBounded, writeStandIns} from "../../src/verify/hls-run.ts"
import {packetVectors} from "../../src/verify/hls-vectors.ts"
import {requireTool, root} from "../tools.ts"
import {apTypes, execute, headerOptions, load, random} from "./fixture.ts"

// Results leave a convolution while its image is still coming, and header packets hold them until it is whole.
const network: IntegerNetwork = {
  name: "edges",
  input: {shape: {height: 6, width: 6, channels: 1}, format: {bits: 8, signed: false, fraction: 8}},
  layers: [
    {
      kind: "conv2d",
      name: "conv1",
      inputs: ["input"],
      kernel: {height: 3, width: 3},
      output: {shape: {height: 4, width: 4, channels: 2}, format: {bits: 16, signed: true, fraction: 8}},
      ...{weights: new Int8Array(18).fill(3), weightBits: 8, weightFractions: [7, 7], bias: new Int32Array(2)},
      requantise: {shifts: [4, 4], rounding: "half-up", relu: false, overflow: "saturate"},
    },
  ],
}

test("a FIFO cut below what it needs deadlocks, and is named with the depth it needs", {
  timeout: 300_000,
}, async (context) => {
  const compiler = requireTool("g++", context)
  const host = nodeHost()
  const rnd = random(3)
  const project = emitHls(network, headerOptions, await readHlsLibrary(host))
  const out = `${root}build/test-hls/deadlock`
  const build = {
    host,
    project,
    compiler: compiler.replace(/.*\//, ""),
    apTypes: await apTypes(context),
    folder: `${out}/hls`,
    hostFolder: `${out}/hls-host`,
  }
  await writeStandIns(build)
  const packets = [
    ...loadTargets(network, headerOptions.loadable).map((target) => load(rnd, target)),
    execute(rnd, network, 2),
  ]
  const vectors = packetVectors(network, headerOptions, packets)

  expect(await runBounded(build, vectors)).toMatchObject({ok: true, stuck: []})

  const cut = await runBounded(build, vectors, {conv1_values: 2})
  const culprits = cut.fifos.filter(({tooSmall}) => tooSmall)
  expect(culprits.map(({name}) => name)).toContain("conv1_values")
  expect(cut.ok).toBe(false)
  // With the depths it names the same run ends.
  const mended = Object.fromEntries(culprits.map(({name, needed}) => [name, needed]))
  expect(await runBounded(build, vectors, mended)).toMatchObject({ok: true})

  const none = await runBounded(build, vectors, {pixels: 0})
  expect(none.fifos.filter(({tooSmall}) => tooSmall)).toMatchObject([{name: "pixels", depth: 0, needed: 1}])
})
