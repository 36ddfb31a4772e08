// The full campaign: see README.md. `npx jiti bench/hls/campaign.ts [images] [networks] [mode, e.g. raw/tflite/saturate]`
// The first 100 images of each mode, and all of each random network, also run with AddressSanitizer and UBSan.

import {loadTargets} from "../../src/graph/packets.ts"
import {nodeHost} from "../../src/host/node.ts"
import {defaultHlsOptions} from "../../src/plan/hls/options.ts"
import {verifyHls} from "../../src/verify/hls.ts"
import {fetchApTypes} from "../../src/verify/hls-compile.ts"
import {rawVectors} from "../../src/verify/hls-vectors.ts"
import {
  digits16,
  execute,
  headerOptions,
  load,
  overflows,
  random,
  randomImages,
  randomNetwork,
  roundings,
} from "../../test/hls/fixture.ts"

const [images = 10_000, networks = 50] = process.argv.slice(2, 4).map(Number)
const only = process.argv[4] ?? ""
const host = nodeHost()
const apTypes = await fetchApTypes(host, "build/hls-ap-types")
let failed = 0

function say(
  name: string,
  report: {ok: boolean; beats: number; firstDifference?: string; findings: readonly string[]},
) {
  if (!report.ok) failed++
  const what = report.ok ? "0 differences" : `FAILED ${report.firstDifference ?? report.findings.join("; ")}`
  console.log(`${name}: ${report.beats} beats, ${what}`)
}

for (const rounding of roundings)
  for (const overflow of overflows) {
    const rnd = random(7)
    const raw = `raw/${rounding}/${overflow}`
    if (raw.includes(only)) {
      const network = digits16(rnd, rounding, overflow)
      const input = randomImages(rnd, network, images)
      const common = {network, options: defaultHlsOptions, host, out: "build/bench-hls/raw", apTypes}
      say(raw, await verifyHls({...common, input}))
      say(`${raw}, sanitized`, await verifyHls({...common, input: input.subarray(0, 100 * 784), sanitize: true}))
    }
    const header = `header/${rounding}/${overflow}`
    if (header.includes(only)) {
      const network = digits16(rnd, rounding, overflow, true)
      const packets = loadTargets(network, headerOptions.loadable).map((target) => load(rnd, target))
      const loads = packets.length
      for (let left = images; left > 0; left -= 100) packets.push(execute(rnd, network, Math.min(100, left)))
      const common = {network, options: headerOptions, host, out: "build/bench-hls/header", apTypes}
      say(header, await verifyHls({...common, packets}))
      say(`${header}, sanitized`, await verifyHls({...common, packets: packets.slice(0, loads + 1), sanitize: true}))
    }
  }
for (let seed = 1; seed <= networks; seed++) {
  const rnd = random(1000 + seed)
  const network = randomNetwork(rnd)
  const input = randomImages(rnd, network, 50)
  const boundedVectors = rawVectors(network, defaultHlsOptions, input, 2, {sizes: [2]})
  const out = "build/bench-hls/random"
  say(
    `random network ${1000 + seed}`,
    await verifyHls({network, options: defaultHlsOptions, host, out, input, boundedVectors, apTypes, sanitize: true}),
  )
}
process.exitCode = failed === 0 ? 0 : 1
