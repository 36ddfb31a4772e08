// Clocks and outputs of the networks that `tlast quantize --config bench/compiler/<name>.json --out build/bench-<name>`
// has left, and of digits16-like weights at 1, 2, 4, 8 lanes, in the embedded simulator:
// `npx jiti bench/compiler/simulate.ts deep|narrow|lanes [images]`.
import {readFileSync} from "node:fs"
import {loadData} from "../../src/data/data.ts"
import {emit} from "../../src/emit/emit.ts"
import type {IntegerNetwork} from "../../src/graph/integer.ts"
import {integerNetworkFromJson} from "../../src/graph/json.ts"
import {nodeHost} from "../../src/host/node.ts"
import {readLibrary} from "../../src/pipeline/library.ts"
import {plan} from "../../src/plan/make.ts"
import {verify} from "../../src/verify/verify.ts"
import {digitsLike} from "../../test/rtl/networks.ts"

const [name = "deep", count = "20"] = process.argv.slice(2)
const host = nodeHost()
const library = await readLibrary(host)
const {test} = await loadData({name: "mnist"}, host)
const trained = (of: string): IntegerNetwork =>
  integerNetworkFromJson(readFileSync(`build/bench-${of}/integer.json`, "utf8"), of)
const cases: readonly (readonly [IntegerNetwork, number])[] =
  name === "lanes"
    ? [1, 2, 4, 8].map((lanes) => [digitsLike(5, "digits16"), lanes])
    : [[trained(name), name === "narrow" ? 16 : 1]]

for (const [network, lanes] of cases) {
  const {plan: made} = plan(network, {lanes})
  const shift = 8 - network.input.format.bits
  const elements = test.images.subarray(0, 784 * Number(count)).map((byte) => byte >> shift)
  const {report} = await verify(
    {
      network,
      design: emit(network, made, library),
      stream: {lanes, dataBits: made.stream.input.dataBits, elementBits: made.stream.input.elementBits},
      predicted: {interval: made.interval, latency: made.latency},
      elements,
    },
    {host, out: `build/bench-${name}/verify`, simulators: [{name: "embedded"}], stallImages: 4, malformed: false},
  )
  for (const {simulator, mismatches, cyclesPerImage, latencyCycles, stalls} of report.simulators)
    console.log(
      `${network.name} at ${lanes} lanes, ${simulator}: ${count} images, ${mismatches} mismatches, ${cyclesPerImage} clocks an image (planned ${made.interval}), latency ${latencyCycles} (planned ${made.latency}), ${stalls.length} stall schedules with ${stalls.reduce((sum, stall) => sum + stall.mismatches, 0)} mismatches`,
    )
}
