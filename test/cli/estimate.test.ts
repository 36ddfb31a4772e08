import {existsSync, readFileSync, writeFileSync} from "node:fs"
import {join} from "node:path"
import {expect, test} from "vitest"
import type {EstimateReport} from "../../src/report/stages.ts"
import {cli, temporary} from "./cli.ts"
import {tinyProject} from "./tiny.ts"

test("estimates a network nobody has trained, without data, and says that its weights are assumed", async () => {
  const {args, out, data} = tinyProject()
  const nowhere = ["--data", `${data}-nowhere`]
  const {exitCode, out: said, err} = await cli(["estimate", ...args, ...nowhere])
  expect(err).toBe("")
  expect(exitCode).toBe(0)
  expect(said).toContain("1 element a clock: 64 clocks an image")
  expect(said).toContain("weights are ASSUMED")
  expect(existsSync(join(out, "model.json"))).toBe(false)
  const report = JSON.parse(readFileSync(join(out, "report/estimate.json"), "utf8")) as EstimateReport
  expect(report).toMatchObject({stage: "estimate", passed: true, interval: 64, weights: {from: "assumed"}})
  expect((await cli(["estimate", ...args, ...nowhere, "--json"])).out).toBe(`${JSON.stringify(report, null, 2)}\n`)
})

test("takes the weights of a build where there is one, and predicts its clocks, DSP and BRAM", async () => {
  const {args, out} = tinyProject()
  const assumed = JSON.parse((await cli(["estimate", ...args, "--json"])).out) as EstimateReport
  const plan = JSON.parse((await cli(["plan", ...args, "--json"])).out) as EstimateReport
  const built = JSON.parse((await cli(["estimate", ...args, "--json"])).out) as EstimateReport
  expect(built.weights).toEqual({from: "build", what: out})
  for (const {interval, latency, resources, lanes} of [assumed, built]) {
    expect({interval, lanes, dsp: resources.dsp, bram36: resources.bram36}).toEqual({
      interval: plan.interval,
      lanes: plan.lanes,
      dsp: plan.resources.dsp,
      bram36: plan.resources.bram36,
    })
    expect(Math.abs(latency - plan.latency)).toBeLessThan(10)
  }
  // Other bits than the build's: its weights no longer count.
  const other = JSON.parse((await cli(["estimate", ...args, "--weight-bits", "4", "--json"])).out) as EstimateReport
  expect(other.weights.from).toBe("assumed")
})

test.each([
  ["a rate no plan reaches: the nearest one", "--rate 90000000", 1, /RATE_NOT_REACHED/, /nearest plan takes \d+/],
  [
    "an image that is no whole number of beats: the lanes that work",
    "--lanes 3",
    2,
    /LANES/,
    /lane counts that work: 1, 2/,
  ],
  ["an unknown board: those that are known", "--board pynq-z9", 2, /pynq-z9/, /pynq-z1, pynq-z2/],
  ["lanes and a rate at once", "--lanes 2 --rate 1000", 2, /PLAN_CONTRADICTION/, /keep one/],
  ["constant weights behind header packets", "--packets header", 2, /PLAN_CONTRADICTION/, /--weights loadable/],
])("%s", async (_, flags, code, pattern, hint) => {
  const {args} = tinyProject()
  const {exitCode, err, out} = await cli(["estimate", ...args, ...flags.split(" ")])
  expect(err).toMatch(pattern)
  expect(err).toMatch(hint)
  expect(out).toBe("")
  expect(exitCode).toBe(code)
})

test.each([
  [
    "an engine that a layer cannot have",
    '{"layers": {"dense1": {"engine": "serial"}}}',
    /layers\.dense1.*\n.*use folded/,
  ],
  ["a fold of a layer that has none", '{"layers": {"pool1": {"pe": 2}}}', /layers\.pool1.*\n.*drop/],
  ["a layer that is not there", '{"layers": {"conv9": {"pe": 2}}}', /no such layer; layers are conv1/],
])("%s is refused, saying what would do", async (_, text, pattern) => {
  const folder = temporary()
  const config = join(folder, "tlast.config.json")
  writeFileSync(config, text)
  const {exitCode, err} = await cli(["estimate", "--config", config, "--out", join(folder, "build")])
  expect(err).toMatch(pattern)
  expect(exitCode).toBe(2)
})
