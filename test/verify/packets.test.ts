import {describe, expect, test} from "vitest"
import type {Design} from "../../src/graph/design.ts"
import {nodeHost} from "../../src/host/node.ts"
import {generator} from "../../src/simulate/stall.ts"
import {verifyPackets} from "../../src/verify/verify-packets.ts"
import {headerCore} from "../rtl/header.ts"
import {randomNetwork} from "../rtl/networks.ts"

const core = headerCore(
  randomNetwork("packets", 21, {height: 5, width: 5, channels: 1}, 8, [
    {conv: 2, kernel: 2, shift: 8, rounding: "tflite"},
    {pool: 2},
    {dense: 3},
  ]),
)
const next = generator(9)
const elements = Uint8Array.from({length: 25 * 40}, () => Math.floor(next() * 256))
const run = (design: Design) => {
  const {network, plan} = core
  if (plan.loadable === undefined) throw new Error("not loadable")
  return verifyPackets(
    {network, design, loadable: plan.loadable, elements, predicted: {interval: plan.interval, latency: plan.latency}},
    {host: nodeHost(), out: "build/test-packets", simulators: [{name: "embedded"}], stallImages: 20},
  )
}

describe("verifying a core behind header packets", () => {
  test("a right one passes images, stalls and every broken packet, and its results are golden's", async () => {
    const {report, outputs, golden} = await run(core.design)
    expect(report.problems).toEqual([])
    expect(outputs).toEqual(golden)
    expect(report.simulators[0]?.stalls).toHaveLength(21)
  }, 240_000)

  test.each([
    ["folded_products.sv", "wire sign = sum_q[16] ^ odd2_q;", "wire sign = sum_q[16];"],
    [
      "weight_ram.sv",
      "WORD'({in_load_data, lanes_q} >> WEIGHT_BITS)",
      "WORD'({in_load_data | 8'd1, lanes_q} >> WEIGHT_BITS)",
    ],
    ["pool_shared.sv", "!first && (a ^ FLIP)", "!first && a[0] && (a ^ FLIP)"],
  ])(
    "a wrong %s is found",
    async (file, from, to) => {
      const text = core.design.files[file] ?? ""
      expect(text).toContain(from)
      const {report} = await run({...core.design, files: {...core.design.files, [file]: text.replace(from, to)}})
      expect(report.ok).toBe(false)
    },
    240_000,
  )
})
