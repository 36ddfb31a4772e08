import {beforeAll, describe, expect, test} from "vitest"
import {emit} from "../../src/emit/emit.ts"
import type {Design} from "../../src/graph/design.ts"
import type {IntegerNetwork, LinearLayer} from "../../src/graph/integer.ts"
import {nodeHost} from "../../src/host/node.ts"
import {readLibrary} from "../../src/pipeline/library.ts"
import {plan} from "../../src/plan/make.ts"
import type {PlanOptions} from "../../src/plan/options.ts"
import {compileNetlist, elaborate} from "../../src/simulate/embedded/compile.ts"
import {generator} from "../../src/simulate/stall.ts"
import {type VerifyOptions, verify} from "../../src/verify/verify.ts"
import {digitsLike} from "../rtl/networks.ts"
import {requireTool} from "../tools.ts"

const host = nodeHost()
const network = digitsLike(5, "digits16")
const random = generator(6)
const elements = Uint8Array.from({length: 784 * 24}, () => (random() < 0.7 ? 0 : Math.floor(random() * 256)))

let library: Readonly<Record<string, string>>
beforeAll(async () => {
  library = await readLibrary(host)
})

const build = (of: IntegerNetwork, options: PlanOptions = {}) => {
  const made = plan(of, options).plan
  return {design: emit(of, made, library), made}
}

const run = (
  design: Design,
  made: ReturnType<typeof build>["made"],
  options: Pick<VerifyOptions, "simulators"> & Partial<VerifyOptions>,
) =>
  verify(
    {
      network,
      design,
      stream: {lanes: made.lanes, dataBits: made.stream.input.dataBits, elementBits: made.stream.input.elementBits},
      predicted: {interval: made.interval, latency: made.latency},
      elements,
    },
    {host, out: "build/test-verify/digits16", ...options},
  )

test("digits16's RTL gives golden's integers in both simulators, under every stall, broken stream and reset", async (context) => {
  requireTool("verilator", context)
  const {design, made} = build(network)
  const {report, outputs, golden} = await run(design, made, {
    simulators: [{name: "embedded"}, {name: "verilator", images: 12}],
    stallImages: 8,
  })
  expect(report.problems).toEqual([])
  expect(outputs).toEqual(golden)
  for (const simulator of report.simulators) {
    expect(simulator).toMatchObject({mismatches: 0, cyclesPerImage: 784, latencyCycles: made.latency})
    expect(simulator.stalls).toHaveLength(21)
    expect(simulator.stalls.every(({mismatches, images}) => mismatches === 0 && images === 8)).toBe(true)
    expect(simulator.malformed.map(({name}) => name)).toContain("several short packets in a row")
  }
}, 300_000)

describe("the first mismatch is named by layer, channel, position and cycle", () => {
  /** The network with one weight of a layer another: what the RTL is made from, while golden keeps the right one. */
  const mutated = (layer: string, weight: number): IntegerNetwork => ({
    ...network,
    layers: network.layers.map((one) => {
      if (one.name !== layer) return one
      const linear = one as LinearLayer
      const weights = linear.weights.slice()
      weights[weight] = (weights[weight] ?? 0) > 0 ? -60 : 60
      return {...linear, weights}
    }),
  })
  const quick = {simulators: [{name: "embedded"}], stallImages: 0, malformed: false} as const

  test.each([1, 4])("a weight of the convolution, at %i lanes", async (lanes) => {
    // Channel 11, its kernel's middle.
    const {design} = build(mutated("layer0", 11 * 25 + 12), {lanes})
    const {made} = build(network, {lanes})
    const {report, vcd} = await run(design, made, quick)
    expect(report.ok).toBe(false)
    expect(report.first).toMatchObject({layer: "layer0", channel: 11, image: 0})
    const {cycle = 0} = report.first ?? {}
    expect(vcd).toContain(`#${cycle * 10}`)
    expect(vcd).toContain("$scope module u_core")
  })

  test("a weight of the dense layer, flipped in the ROM's file", async () => {
    const {design, made} = build(network)
    const [path = "", text = ""] = Object.entries(design.files).find(([name]) => name.endsWith(".mem")) ?? []
    const words = text.split("\n")
    const at = words.findIndex((word, i) => i > 100 && /^[0-9a-f]{20}$/.test(word))
    const word = words[at] ?? ""
    // Output 0 is the low byte: its sign.
    words[at] = word.slice(0, -2) + (Number.parseInt(word.slice(-2), 16) ^ 0x80).toString(16).padStart(2, "0")
    const {report} = await run({...design, files: {...design.files, [path]: words.join("\n")}}, made, quick)
    expect(report.first).toMatchObject({layer: "layer2", channel: 0, position: 0})
    expect(report.first?.found).not.toBe(report.first?.expected)
  })

  test("every probe the emitter names is in the netlist", async () => {
    const {design} = build(network, {lanes: 2})
    const netlist = await elaborate(design)
    const probes = (design.probes ?? []).flatMap(({valid, data, inside}) => [valid, data, ...(inside ? [inside] : [])])
    expect(new Set(design.probes?.map(({layer}) => layer)).size).toBeGreaterThanOrEqual(2)
    expect(probes.filter((name) => !netlist.names.has(name))).toEqual([])
    compileNetlist(netlist, {lanes: 1, probes})
  })
})
