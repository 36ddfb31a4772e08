import {readFileSync} from "node:fs"
import {join} from "node:path"
import {describe, expect, test} from "vitest"
import {emit, library} from "../../src/emit/emit.ts"
import {runGolden} from "../../src/golden/run.ts"
import {byteElements} from "../../src/graph/format.ts"
import type {IntegerNetwork} from "../../src/graph/integer.ts"
import {type PackageInput, packageBoard} from "../../src/package/package.ts"
import {plan as makePlan} from "../../src/plan/make.ts"
import {integer, random} from "../golden/networks.ts"
import {requirePython, requireTool, root} from "../tools.ts"
import {runBus} from "./bus.ts"
import {interfaceFaults, netlistPorts} from "./interfaces.ts"
import {runMock} from "./mock.ts"
import {sampleInput} from "./sample.ts"
import {tiny} from "./tiny.ts"

const sources = Object.fromEntries(library.map((name) => [name, readFileSync(join(root, "rtl", name), "utf8")]))

function build(network: IntegerNetwork, lanes: number) {
  const {plan} = makePlan(network, {lanes})
  return {plan, design: emit(network, plan, sources)}
}

describe("the emitted top", () => {
  test.each([1, 2, 4, 8])(
    "has the X_INTERFACE attributes of its streams in the netlist, at %i lanes",
    async (lanes) => {
      const {design} = build(tiny(3), lanes)
      const ports = await netlistPorts(design.files[`${design.top}.v`] ?? "", design.top)
      expect(interfaceFaults(ports, 8 * lanes, 32)).toEqual([])
    },
  )

  test.each([
    ["pynq-z2", 1],
    ["pynq-z1", 4],
  ])("is taken by build.tcl for %s at %i lanes", async (board, lanes) => {
    const sample = sampleInput(board, lanes)
    const input: PackageInput = {...sample, ...build(sample.network, lanes)}
    const {files} = await packageBoard(input)
    expect(runMock(files, "build.tcl").output).toContain("tlast: wrote random16_")
    expect(runMock(files, "package_ip.tcl").output).toContain("tlast: IP in")
  })

  for (const lanes of [1, 4]) {
    test(`answers cocotbext-axi with golden's words under random pauses on both sides, at ${lanes} lanes`, (context) => {
      const python = requirePython(context)
      requireTool("iverilog", context)
      const seed = 20260000 + lanes
      console.log(`seed ${seed}`)
      const network = tiny(seed)
      const next = random(seed)
      const packets = [1, 3, 2]
      const images = Array.from({length: 6}, () => Array.from({length: 144}, () => integer(next, 0, 255)))
      const golden = runGolden(network, byteElements(Uint8Array.from(images.flat()), network.input.format))
      const {plan, design} = build(network, lanes)
      const results = images.map((_, n) => Array.from(golden.outputs.subarray(10 * n, 10 * n + 10)))
      const {passed, failed, output} = runBus(python, design, {images, results, packets, interval: plan.interval, seed})
      expect({passed, failed}, output).toEqual({passed: 4, failed: 0})
    })
  }
})
