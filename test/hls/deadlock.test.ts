import {expect, type TestContext, test} from "vitest"
import {emitHls} from "../../src/emit/hls.ts"
import {loadTargets} from "../../src/graph/packets.ts"
import {nodeHost} from "../../src/host/node.ts"
import {defaultHlsOptions, type HlsOptions} from "../../src/plan/hls/options.ts"
import {readHlsLibrary} from "../../src/verify/hls.ts"
import {compileBounded, type RunBounded, writeStandIns} from "../../src/verify/hls-run.ts"
import {type HlsVectors, packetVectors, rawVectors} from "../../src/verify/hls-vectors.ts"
import {requireTool, root} from "../tools.ts"
import {allNamed, cutEach} from "./depths.ts"
import {apTypes, edges, execute, headerOptions, load, random, randomImages} from "./fixture.ts"

const network = edges
// What is wrong with a packet decides how many notes wait, so every kind of answer is there.
const rnd = random(3)
const loads = () => loadTargets(network, headerOptions.loadable).map((target) => load(rnd, target))
const packets = [
  execute(rnd, network, 1),
  ...loads(),
  execute(rnd, network, 2),
  execute(rnd, network, 1).slice(0, 20),
  [...execute(rnd, network, 1), 1],
  ...loads(),
  execute(rnd, network, 3),
]
const designs: Readonly<Record<string, {readonly options: HlsOptions; readonly vectors: HlsVectors}>> = {
  raw: {
    options: defaultHlsOptions,
    vectors: rawVectors(network, defaultHlsOptions, randomImages(rnd, network, 4), 4, {sizes: [3, 1], missing: {0: 3}}),
  },
  header: {options: headerOptions, vectors: packetVectors(network, headerOptions, packets)},
}

for (const [name, {options, vectors}] of Object.entries(designs)) {
  let ready: Promise<RunBounded> | undefined
  const run = (context: Pick<TestContext, "skip">) => (ready ??= compiled(name, options, vectors, context))

  test(`${name}: the emitted depths are enough`, {timeout: 600_000}, async (context) => {
    expect(await (await run(context))()).toMatchObject({ok: true, stuck: []})
  })

  test(`${name}: whichever FIFO is cut below what it needs, it is named with the depth it needs`, {
    timeout: 600_000,
  }, async (context) => {
    const cuts = await cutEach(await run(context))
    expect(cuts.length).toBeGreaterThan(4)
    expect(cuts).toEqual(allNamed(cuts))
    // Not only FIFOs without any place: results and their notes wait for an image to be whole.
    if (name === "header") expect(cuts.filter(({least}) => least > 1).length).toBeGreaterThan(0)
  })
}

async function compiled(
  name: string,
  options: HlsOptions,
  vectors: HlsVectors,
  context: Pick<TestContext, "skip">,
): Promise<RunBounded> {
  const compiler = requireTool("g++", context).replace(/.*\//, "")
  const host = nodeHost()
  const project = emitHls(network, options, await readHlsLibrary(host))
  const out = `${root}build/test-hls/deadlock-${name}`
  const folders = {folder: `${out}/hls`, hostFolder: `${out}/hls-host`}
  const build = {host, project, compiler, apTypes: await apTypes(context), ...folders}
  await writeStandIns(build)
  return compileBounded(build, vectors)
}
