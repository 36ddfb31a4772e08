// Embedded simulator (1 lane, 8 lanes) against Verilator on digits16, in cycles per CPU-second. See README.md.
import {runGolden} from "../../src/golden/run.ts"
import type {Host} from "../../src/host/host.ts"
import {nodeHost} from "../../src/host/node.ts"
import {compileNetlist, elaborate} from "../../src/simulate/embedded/compile.ts"
import {simulate} from "../../src/simulate/embedded/simulation.ts"
import type {Stall} from "../../src/simulate/stall.ts"
import type {StreamSimulator} from "../../src/simulate/stream.ts"
import {portsOf, verilate} from "../../src/simulate/verilator.ts"
import {checkImages, type ImageSet} from "../../src/verify/images.ts"
import {streamShape} from "../../src/verify/verify.ts"
import {digits16Design} from "./network.ts"

const images = Number(process.argv[2] ?? 10_000)
const host = nodeHost()
const {network, made, design, elements} = await digits16Design(images)
const shape = streamShape(network, {
  lanes: 1,
  dataBits: made.stream.input.dataBits,
  elementBits: made.stream.input.elementBits,
})
const set: ImageSet = {elements, expected: runGolden(network, elements).outputs, count: images}

let start = host.clock.cpuSeconds()
const netlist = await elaborate(design)
const yosys = host.clock.cpuSeconds() - start
start = host.clock.cpuSeconds()
const one = await simulate(compileNetlist(netlist, {lanes: 1}))
const eight = await simulate(compileNetlist(netlist, {lanes: 8}))
eight.step()
const compiled = host.clock.cpuSeconds() - start
console.log(`emitted Verilog to first cycle: ${(yosys + compiled).toFixed(2)} CPU-s, ${yosys.toFixed(2)} of them Yosys`)

let child = 0
const timed: Host = {
  ...host,
  run: async (command, args, options) => {
    const script = 'TIMEFORMAT="cpu %U %S"; time "$@"'
    const result = await host.run("bash", ["-c", script, "bash", command, ...args], options)
    const match = /cpu ([\d.]+) ([\d.]+)\s*$/.exec(result.stderr)
    child = Number(match?.[1] ?? 0) + Number(match?.[2] ?? 0)
    return result
  },
}
const verilator = await verilate(design, {host: timed, out: "build/bench-simulate/digits16", ports: portsOf(netlist)})
console.log(`Verilator build: ${child.toFixed(1)} CPU-s`)

const none: Stall = {kind: "none"}
const run = async (name: string, simulator: StreamSimulator, count: number, cpu?: () => number): Promise<number> => {
  const before = host.clock.cpuSeconds()
  const result = await checkImages(simulator, shape, {...set, count}, {source: none, sink: none})
  const seconds = cpu?.() ?? host.clock.cpuSeconds() - before
  const rate = (result.cycles * simulator.lanes) / seconds / 1e6
  console.log(
    `${name.padEnd(20)} ${count} images, ${result.mismatches} mismatches: ${seconds.toFixed(2)} CPU-s, ${rate.toFixed(2)} M cycles per CPU-s`,
  )
  return rate
}
const rates: Record<string, number[]> = {verilator: [], one: [], eight: []}
for (let round = 0; round < 3; round++) {
  rates.verilator?.push(await run("Verilator", verilator, Math.min(images, 2000), () => child))
  rates.one?.push(await run("embedded, 1 lane", one, Math.min(images, 2000)))
  rates.eight?.push(await run("embedded, 8 lanes", eight, images))
}
const median = (list: number[] = []) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)] ?? 0
console.log(
  `medians over Verilator's: 1 lane ${(median(rates.one) / median(rates.verilator)).toFixed(2)}, 8 lanes ${(median(rates.eight) / median(rates.verilator)).toFixed(2)}`,
)
