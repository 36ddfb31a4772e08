// Every FIFO of digits16, cut to where the design deadlocks: see README.md. `npx jiti bench/hls/deadlock.ts`
import {emitHls} from "../../src/emit/hls.ts"
import {loadTargets} from "../../src/graph/packets.ts"
import {nodeHost} from "../../src/host/node.ts"
import {defaultHlsOptions, type HlsOptions} from "../../src/plan/hls/options.ts"
import {readHlsLibrary} from "../../src/verify/hls.ts"
import {fetchApTypes, findCompiler} from "../../src/verify/hls-compile.ts"
import {compileBounded, writeStandIns} from "../../src/verify/hls-run.ts"
import {type HlsVectors, packetVectors, rawVectors} from "../../src/verify/hls-vectors.ts"
import {allNamed, cutEach} from "../../test/hls/depths.ts"
import {digits16, execute, headerOptions, load, random, randomImages} from "../../test/hls/fixture.ts"

const host = nodeHost()
const compiler = await findCompiler(host)
const apTypes = await fetchApTypes(host, "build/hls-ap-types")
const library = await readHlsLibrary(host)
const rnd = random(5)
const raw = digits16(rnd, "tflite", "saturate")
const header = digits16(rnd, "half-up", "saturate", true)
const packets = [
  ...loadTargets(header, headerOptions.loadable).map((target) => load(rnd, target)),
  execute(rnd, header, 2),
  execute(rnd, header, 1).slice(0, 300),
]

async function cuts(name: string, network: typeof raw, options: HlsOptions, vectors: HlsVectors) {
  const out = `build/bench-hls/deadlock-${name}`
  const project = emitHls(network, options, library)
  const build = {host, project, compiler, apTypes, folder: `${out}/hls`, hostFolder: `${out}/hls-host`}
  await writeStandIns(build)
  const found = await cutEach(await compileBounded(build, vectors))
  const right = allNamed(found)
  for (const [index, cut] of found.entries()) {
    const good = JSON.stringify(cut) === JSON.stringify(right[index])
    if (!good) process.exitCode = 1
    console.log(
      `${name}: ${cut.name}, emitted ${cut.emitted}, needs ${cut.least}; with ${cut.least - 1} named: ${[...cut.named, ...cut.stuck].join(", ")}${good ? "" : "  WRONG"}`,
    )
  }
}

await cuts(
  "raw",
  raw,
  defaultHlsOptions,
  rawVectors(raw, defaultHlsOptions, randomImages(rnd, raw, 3), 3, {sizes: [3]}),
)
await cuts("header", header, headerOptions, packetVectors(header, headerOptions, packets))
