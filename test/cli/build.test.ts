import {readFileSync, writeFileSync} from "node:fs"
import {join} from "node:path"
import {beforeAll, describe, expect, test} from "vitest"
import type {Summary} from "../../src/report/summary.ts"
import {requireTool} from "../tools.ts"
import {type CliResult, cli} from "./cli.ts"
import {idx, tinyProject} from "./tiny.ts"

describe("a whole build of a tiny network", () => {
  const {args, out} = tinyProject()
  let first: CliResult
  const json = <T>(path: string): T => JSON.parse(readFileSync(join(out, path), "utf8")) as T

  beforeAll(async () => {
    first = await cli(["build", ...args])
  })

  test("goes through all ten stages and ends well", () => {
    expect(first.err).not.toContain("error")
    expect(first.exitCode).toBe(0)
    for (let stage = 1; stage <= 10; stage++) expect(first.out).toContain(`[${String(stage).padStart(2)}/10]`)
  })

  test("leaves a summary with every promised number", () => {
    const summary = json<Summary>("report/summary.json")
    expect(summary).toMatchObject({
      network: "tiny",
      accuracy: {images: 80, float: expect.any(Number), quantised: expect.any(Number)},
      predicted: {cyclesPerImage: 64, lut: expect.any(Number), ff: expect.any(Number), dsp: expect.any(Number)},
      resources: {device: "xc7z020", source: expect.stringMatching(/^yosys/), bram36: expect.any(Number)},
      throughput: {clockHz: 100e6, imagesPerSecond: 1_562_500},
    })
    expect(summary.accuracy.quantised).toBeGreaterThan(90)
    const [embedded] = summary.rtl
    expect(embedded).toEqual({
      simulator: "embedded",
      images: 80,
      mismatches: 0,
      cyclesPerImage: 64,
      latencyCycles: summary.predicted.latencyCycles,
    })
    expect(summary.software[0]).toMatchObject({engine: "tlast", imagesPerSecond: expect.any(Number)})
  })

  test("the hardware's words are golden's, byte for byte", () => {
    expect(readFileSync(join(out, "sim/outputs.npy"))).toEqual(readFileSync(join(out, "sim/golden.npy")))
  })

  test("the page shows what was measured", () => {
    const page = readFileSync(join(out, "report/index.html"), "utf8")
    expect(page).toContain("<h1>tiny</h1>")
    expect(page).not.toMatch(/NaN|undefined/)
  })

  test("again, everything is cached and the manifest is the same", async () => {
    const before = readFileSync(join(out, "manifest.json"), "utf8")
    const again = await cli(["build", ...args])
    expect(again.out.match(/\(cached\)/g)?.length).toBe(11)
    expect(readFileSync(join(out, "manifest.json"), "utf8")).toBe(before)
  })

  test("every stage's verb prints its report, as text and as JSON", async () => {
    for (const verb of [
      "train",
      "quantize",
      "export",
      "golden",
      "plan",
      "estimate",
      "emit",
      "simulate",
      "verify",
      "synth",
      "report",
    ]) {
      const text = await cli([verb, ...args])
      expect(text.exitCode, `${verb}: ${text.err}`).toBe(0)
      expect(text.out).not.toMatch(/NaN|undefined|\[object/)
      const {out: report} = await cli([verb, ...args, "--json"])
      expect(JSON.parse(report)).toHaveProperty("stage", verb)
    }
  })

  test("no result holds a date, an absolute path or a user's name", () => {
    const manifest = json<{files: Record<string, string>; local: string[]}>("manifest.json")
    expect(manifest.local).toEqual([
      "report/index.html",
      "report/report.json",
      "report/summary.json",
      "report/verify.json",
    ])
    for (const path of Object.keys(manifest.files)) {
      if (/\.(npy|tflite)$/.test(path)) continue
      expect(readFileSync(join(out, path), "utf8"), path).not.toContain(out)
    }
  })

  test("another folder gives the same manifest", async () => {
    const other = `${out}-other`
    await cli(["build", ...args.slice(0, 2), "--out", other, "--to", "golden"])
    const built = JSON.parse(readFileSync(join(other, "manifest.json"), "utf8")) as {files: Record<string, string>}
    const manifest = json<{files: Record<string, string>}>("manifest.json")
    expect(Object.keys(built.files).length).toBeGreaterThan(5)
    expect(manifest.files).toMatchObject(built.files)
  })

  test("hardware that differs is exit 1, naming layer, channel, position and cycle, with a waveform", async () => {
    const rtl = join(out, "rtl/tiny_conv1_sums.sv")
    const text = readFileSync(rtl, "utf8")
    const broken = text.replace(/^( +.*s\d+ <?= .*?) \+ /m, "$1 - ")
    expect(broken).not.toBe(text)
    writeFileSync(rtl, broken)
    // The stage's record must agree with the changed file, or emit would make it again.
    const record = join(out, ".cache/emit.json")
    const {createHash} = await import("node:crypto")
    const hash = (data: string) => createHash("sha256").update(data).digest("hex")
    writeFileSync(record, readFileSync(record, "utf8").replace(hash(text), hash(broken)))
    const {exitCode, out: said} = await cli(["simulate", ...args])
    expect(exitCode).toBe(1)
    expect(said).toMatch(/words of 80 images differ; first image \d+, cycle \d+/)
    expect(json<{first: object}>("report/simulate.json").first).toMatchObject({cycle: expect.any(Number)})
    expect(readFileSync(join(out, "sim/mismatch.vcd"), "utf8")).toMatch(/^\$/)
    writeFileSync(rtl, text)
    expect((await cli(["simulate", ...args, "--force"])).exitCode).toBe(0)
  })
})

test("Verilog that Yosys refuses is named by file and line, exit 2", async () => {
  const {args, out} = tinyProject()
  expect((await cli(["emit", ...args])).exitCode).toBe(0)
  const rtl = join(out, "rtl/tiny_core.sv")
  const text = readFileSync(rtl, "utf8")
  const broken = text.replace("endmodule", "assign = 1;\nendmodule")
  const {createHash} = await import("node:crypto")
  const hash = (data: string) => createHash("sha256").update(data).digest("hex")
  writeFileSync(rtl, broken)
  const record = join(out, ".cache/emit.json")
  writeFileSync(record, readFileSync(record, "utf8").replace(hash(text), hash(broken)))
  const {exitCode, err} = await cli(["simulate", ...args])
  expect(err).toMatch(/tiny_core\.sv:\d+: Yosys refused/)
  expect(exitCode).toBe(2)
})

const all = "t10k-images-idx3-ubyte"
test.each([
  ["a truncated idx file", (bytes: Uint8Array) => bytes.slice(0, -5), /t10k-images-idx3-ubyte: is cut short/],
  ["an empty idx file", () => new Uint8Array(0), /is empty/],
  ["a file that is no idx file", (bytes: Uint8Array) => bytes.fill(77, 0, 4), /not an idx file/],
  [
    "images that do not pair with labels",
    () => idx([3, 8, 8], new Uint8Array(192)),
    /3 images and 80 labels do not pair/,
  ],
  [
    "images of another size",
    () => idx([80, 9, 8], new Uint8Array(80 * 72)),
    /training images have height 8, test images 9/,
  ],
])("%s is refused, exit 2", async (_, change, pattern) => {
  const {args, data} = tinyProject()
  const path = join(data, all)
  writeFileSync(path, change(new Uint8Array(readFileSync(path))))
  const {exitCode, err} = await cli(["train", ...args])
  expect(err).toMatch(pattern)
  expect(exitCode).toBe(2)
})

test.each([
  [
    "a kernel larger than its image",
    "conv2d({filters: 2, kernel: 9}), flatten(), dense({units: 4})",
    /layer conv1 \(conv2d\): reads 8x8x1 from input, but its 9x9 kernel.*\n.*at most 8x8/,
  ],
  [
    "a dense layer on an image",
    "conv2d({filters: 2, kernel: 3}), dense({units: 4})",
    /layer dense1.*needs a vector.*\n.*flatten\(\)/,
  ],
  ["too few classes", "flatten(), dense({units: 3})", /3 outputs, the data's labels are 0 to 3/],
])("%s is refused, naming the layer and what would fit, exit 2", async (_, layers, pattern) => {
  const {exitCode, err} = await cli(["train", ...tinyProject({layers}).args])
  expect(err).toMatch(pattern)
  expect(exitCode).toBe(2)
})

test("another image size than the data's is refused with both shapes, exit 2", async () => {
  const {data, out} = tinyProject()
  const {exitCode, err} = await cli(["train", "--network", "digits16", "--data", data, "--out", out])
  expect(err).toMatch(/28x28x1.*8x8x1/)
  expect(exitCode).toBe(2)
})

test("a configuration in one folder and flags on top", async () => {
  const {args, out} = tinyProject({more: "lanes: 2,"})
  expect((await cli(["plan", ...args])).out).toContain("2 elements a clock: 32 clocks an image")
  expect((await cli(["plan", ...args, "--lanes", "1"])).out).toContain("1 element a clock: 64 clocks an image")
  expect((await cli(["plan", ...args, "--lanes", "3"])).err).toMatch(/LANES/)
  expect(out).toBeTruthy()
})

test.each([
  ["--packets", "header"],
  ["--weights", "loadable"],
])("%s %s alone is refused: loadable weights and header packets belong together", async (flag, value) => {
  const {exitCode, err} = await cli(["plan", ...tinyProject().args, flag, value])
  expect(err).toMatch(/PLAN_CONTRADICTION/)
  expect(err).toContain("--weights loadable --packets header")
  expect(exitCode).toBe(2)
})

const loadable = ["--weights", "loadable", "--packets", "header"]

test.each([
  ["saturated to 16 bits", []],
  ["of 32 bits", ["--results", "32"]],
  ["in the arithmetic of hls-2020", ["--arithmetic", "hls-2020"]],
])(
  "a core with loadable weights, results %s: built and verified with its weights loaded over the stream",
  {timeout: 600_000},
  async (_, flags) => {
    const {args, out} = tinyProject()
    const whole = flags.length === 0
    const {exitCode, err} = await cli([whole ? "report" : "verify", ...args, ...loadable, ...flags])
    expect(err).not.toContain("error")
    expect(exitCode).toBe(0)
    // Weights, biases and shift of a convolution and of a dense layer, each behind its header.
    if (whole) expect(readFileSync(join(out, "report/index.html"), "utf8")).toContain("another model is 146 words")
    const report = JSON.parse(readFileSync(join(out, "report/verify.json"), "utf8"))
    expect(report.problems).toEqual([])
    expect(report.simulators[0].malformed.length).toBeGreaterThan(80)
    const plan = JSON.parse(readFileSync(join(out, "plan.json"), "utf8"))
    expect(plan).toMatchObject({
      packets: "header",
      weights: "loadable",
      stream: {input: {dataBits: 16}, output: {dataBits: 16}},
    })
    // The page's picture of one image is of that image, not of the loads before it.
    const {timeline} = JSON.parse(readFileSync(join(out, "report/simulate.json"), "utf8"))
    const row = (name: string) => timeline.find((each: {name: string}) => each.name === name)
    expect(row("s_axis").first).toBe(0)
    expect(row("s_axis").last).toBeGreaterThanOrEqual(63)
    expect(row("m_axis").first - row("s_axis").last).toBe(plan.latency)
    expect(timeline.length).toBeGreaterThan(5)
    for (const {first, last} of timeline) expect(first >= 0 && last <= row("m_axis").last).toBe(true)
  },
)

test("--backend hls leaves the C++ project, compiled and equal to golden", {timeout: 600_000}, async (context) => {
  requireTool("g++", context)
  const {args, out} = tinyProject()
  const {exitCode, out: said, err} = await cli(["verify", ...args, "--backend", "hls"])
  expect(err).not.toContain("error")
  expect(said).toMatch(/HLS C\+\+ with \S+: [\d,]+ words equal, no deadlock/)
  expect(exitCode).toBe(0)
  expect(readFileSync(join(out, "hls/tiny.cpp"), "utf8")).toContain("ap_ctrl_none")
})
