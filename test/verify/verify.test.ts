import {expect, test} from "vitest"
import {nodeHost} from "../../src/host/node.ts"
import {generator} from "../../src/simulate/stall.ts"
import {verify} from "../../src/verify/verify.ts"
import {denseCore, denseNetwork, type Fault} from "../simulate/designs.ts"

const random = generator(5)
const elements = Uint8Array.from({length: 16 * 40}, () => Math.floor(random() * 256))
const stream = {lanes: 1, dataBits: 8, elementBits: 8}
const run = (fault?: Fault) =>
  verify(
    {network: denseNetwork, design: denseCore(fault), stream, elements, predicted: {interval: 19, latency: 1}},
    {host: nodeHost(), out: "build/test-verify", simulators: [{name: "embedded"}], stallImages: 24},
  )

test("a right core passes every schedule, broken stream and reset, with its exact latency and interval", async () => {
  const {report, outputs, golden} = await run()
  expect(report.problems).toEqual([])
  expect(report.ok).toBe(true)
  expect(outputs).toEqual(golden)
  const [embedded] = report.simulators
  expect(embedded).toMatchObject({images: 40, words: 120, mismatches: 0, cyclesPerImage: 19, latencyCycles: 1})
  expect(embedded?.stalls).toHaveLength(21)
  expect(embedded?.malformed.length).toBeGreaterThan(8)
  expect(embedded?.malformed.every(({ok}) => ok)).toBe(true)
})

test("a wrong weight is shown as layer, channel and cycle, with a waveform", async () => {
  const {report, vcd} = await run("weight")
  expect(report.ok).toBe(false)
  expect(report.first).toMatchObject({layer: "dense", channel: 1, position: 0, image: 0})
  expect(vcd).toContain("$var wire 32")
  expect(vcd).toContain(`#${(report.first?.cycle ?? 0) * 10}`)
})

const symptoms: readonly (readonly [Fault, RegExp])[] = [
  ["withdraw", /withdrawn/],
  ["unstable", /m_axis changed|differ/],
  ["tlast", /TLAST wrong/],
  ["tkeep", /TKEEP not all ones/],
  ["padding", /short/],
  ["reset", /reset at/],
  ["slow", /latency 4 cycles, predicted 1/],
  ["extra", /short.*(words|word)/],
]
test.each(symptoms)("the fault %s is found", async (fault, symptom) => {
  const result = await run(fault).catch((error: unknown) => error)
  const text =
    result instanceof Error ? result.message : (result as Awaited<ReturnType<typeof run>>).report.problems.join("\n")
  expect(text).toMatch(symptom)
})

test("a core that stops is a typed error that names what it waits for", async () => {
  await expect(run("hang")).rejects.toMatchObject({code: "SIMULATION_HANG", exitCode: 1})
  await expect(run("hang")).rejects.toThrow(/s_axis_tready=0 m_axis_tvalid=0/)
})
