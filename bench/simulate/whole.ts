// digits16's RTL on every image in both simulators, and reset at every cycle of a frame. Exit 1 on a difference. See README.md.
import {nodeHost} from "../../src/host/node.ts"
import {compileNetlist, elaborate} from "../../src/simulate/embedded/compile.ts"
import {simulate} from "../../src/simulate/embedded/simulation.ts"
import {checkReset} from "../../src/verify/malformed.ts"
import {streamShape, verify} from "../../src/verify/verify.ts"
import {digits16Design} from "./network.ts"

const images = Number(process.argv[2] ?? 10_000)
const host = nodeHost()
const {network, made, design, elements} = await digits16Design(images)
const stream = {lanes: 1, dataBits: made.stream.input.dataBits, elementBits: made.stream.input.elementBits}
const {report, golden} = await verify(
  {network, design, stream, elements, predicted: {interval: made.interval, latency: made.latency}},
  {host, out: "build/bench-simulate/whole", simulators: [{name: "embedded"}, {name: "verilator"}]},
)
for (const {
  simulator,
  images: count,
  words,
  mismatches,
  cyclesPerImage,
  latencyCycles,
  stalls,
  malformed,
} of report.simulators)
  console.log(
    `${simulator}: ${count} images, ${mismatches} of ${words} words differ; ${cyclesPerImage} cycles an image, latency ${latencyCycles}; ${stalls.length} stall schedules, ${malformed.length} broken streams`,
  )
for (const problem of report.problems) console.log(problem)

// Every cycle in which a frame is anywhere between the ports, and a few of the next.
const cycles = Array.from({length: made.interval + made.latency + 16}, (_, cycle) => cycle)
const simulation = await simulate(compileNetlist(await elaborate(design), {lanes: 8}))
const set = {elements, expected: golden, count: images}
const reset = await checkReset(simulation, streamShape(network, stream), set, cycles, 20_000)
console.log(`${reset.name}: ${reset.ok ? "right again from the next packet on, in 8 lanes" : reset.detail}`)
if (!report.ok || !reset.ok) process.exitCode = 1
