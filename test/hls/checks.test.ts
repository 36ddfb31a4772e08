import {expect, test} from "vitest"
import {emitHls} from "../../src/emit/hls.ts"
import {nodeHost} from "../../src/host/node.ts"
import {hlsArchitecture} from "../../src/plan/hls/architecture.ts"
import {defaultHlsOptions} from "../../src/plan/hls/options.ts"
import {depths, where} from "../../src/plan/hls/schedule.ts"
import {readHlsLibrary} from "../../src/verify/hls.ts"
import {boundedTop} from "../../src/verify/hls-bounded.ts"
import {findCompiler} from "../../src/verify/hls-compile.ts"
import {checkPragmas} from "../../src/verify/hls-pragmas.ts"
import {readSimulation} from "../../src/verify/hls-run.ts"
import {checkTcl} from "../../src/verify/hls-tcl.ts"
import {digits16, headerOptions, random} from "./fixture.ts"

const library = await readHlsLibrary(nodeHost())
const raw = emitHls(digits16(random(1), "tflite", "saturate"), defaultHlsOptions, library)
const header = emitHls(digits16(random(1), "half-up", "saturate", true), headerOptions, library)
const text = (project: typeof raw, path: string) => project.files[path] ?? ""
const lines = (source: string) => source.trimEnd().split("\n").length

test("every emitted pragma and Tcl command is one that UG1399 has", () => {
  for (const project of [raw, header])
    for (const [path, source] of Object.entries(project.files))
      if (path.endsWith(".tcl")) expect(checkTcl(path, source)).toBeGreaterThan(10)
      else checkPragmas(path, source)
  expect(checkPragmas("digits16.cpp", text(raw, "digits16.cpp"))).toBeGreaterThan(10)
})

test.each([
  ["#pragma HLS PIPELIN II=1", "no pragma PIPELIN"],
  ["#pragma HLS PIPELINE I=1", "no option I="],
  ["#pragma HLS PIPELINE II=one", "may not be one"],
  ["#pragma HLS STREAM depth=2", "lacks variable"],
  ["#pragma HLS STREAM variable=gone depth=2", "no variable gone"],
  ["#pragma HLS INTERFACE axi port=x", "no option axi"],
  ["#pragma HLS ARRAY_PARTITION variable=x complete complete", "twice"],
  ["#pragma SDS PIPELINE", "expected HLS"],
])("the pragma %s is refused", (pragma, reason) => {
  expect(() => checkPragmas("a.cpp", `int x;\n${pragma}\n`)).toThrow(reason)
})

test.each([
  ["open_projekt a", "no command open_projekt"],
  ["csynth_design -fast", "no option -fast"],
  ["create_clock -period", "lacks its value"],
  ["set_part", "found 0 names"],
])("the Tcl line %s is refused", (line, reason) => {
  expect(() => checkTcl("run_hls.tcl", line)).toThrow(reason)
})

test("the top of digits16 is under 150 lines and each layer header under 200, in lines of at most 130 columns", () => {
  expect(lines(text(raw, "digits16.cpp"))).toBeLessThan(150)
  expect(lines(text(header, "digits16.cpp"))).toBeLessThan(150)
  for (const [name, source] of Object.entries(library)) expect(lines(source), name).toBeLessThan(200)
})

test("tops are free-running, and only the two ports carry AXI beats", () => {
  for (const project of [raw, header]) {
    const top = text(project, "digits16.cpp")
    expect(top).toContain("#pragma HLS INTERFACE ap_ctrl_none port=return")
    expect(top).not.toMatch(/^ {2}hls::stream<.*(ap_axiu|_in|_out)\b/m)
    for (const [path, source] of Object.entries(project.files))
      if (/tlast\/(window|linear|conv2d|dense|max_pool2d|requantise|resize|loadable)\.h/.test(path))
        expect(source, path).not.toContain("ap_axiu<")
  }
})

test("every FIFO has a STREAM depth, one writer and one reader", () => {
  for (const {architecture} of [raw, header]) {
    const uses = architecture.processes.flatMap((process) => process.arguments)
    for (const fifo of architecture.fifos)
      expect(
        uses.filter((name) => name === fifo.name),
        fifo.name,
      ).toHaveLength(2)
  }
})

test("the plan's folding is the emitted one, rounded up to what divides the layer", () => {
  const {linear} = hlsArchitecture(digits16(random(1), "floor", "wrap"), {
    ...defaultHlsOptions,
    folding: {conv1: {pe: 16, simd: 4}, dense1: {pe: 3, simd: 7}},
  })
  expect(linear.map(({pe, simd}) => ({pe, simd}))).toEqual([
    {pe: 16, simd: 5},
    {pe: 5, simd: 8},
  ])
})

test("a top that is no dataflow is refused with what to do", () => {
  expect(() => boundedTop("void f() {\n int x = 1;\n}", "f", {input: 8, output: 32})).toThrow("DATAFLOW")
  expect(() => boundedTop("void f() {\n#pragma HLS DATAFLOW\n x = 1;\n}", "f", {input: 8, output: 32})).toThrow(
    "neither",
  )
})

test("without a compiler the error says how to get one, with exit code 3", async () => {
  const bare = {...nodeHost(), which: async () => undefined}
  await expect(findCompiler(bare)).rejects.toMatchObject({exitCode: 3, code: "CXX_MISSING"})
})

test("a difference is named by image and output, and a missing TLAST or an empty read is a finding", () => {
  const vectors = {
    input: "",
    expected: "",
    describe: (beat: number) => `image ${Math.floor(beat / 10)}, output ${beat % 10}`,
  }
  const stdout =
    "DIFFERS 23 want data=11 keep=f last=0 got data=12 keep=f last=1\nNO TLAST on the last beat\nFAIL 30 beats\n"
  expect(readSimulation(1, stdout, "EMPTY stream pixels: read\n", vectors)).toEqual({
    ok: false,
    beats: 30,
    firstDifference: "image 2, output 3: found 0x12, golden has 0x11; TLAST is 1, expected 0",
    findings: ["NO TLAST on the last beat", "EMPTY stream pixels: read"],
  })
})

test("weights cannot be loadable with raw packets, and the error says so", () => {
  expect(() =>
    emitHls(digits16(random(1), "floor", "wrap"), {...defaultHlsOptions, weights: "loadable"}, library),
  ).toThrow("raw packets")
})

test("FIFOs are as deep as the schedule needs to bring an image every interval, and no deeper", () => {
  // Four words in the first four of 16 clocks, taken one every fourth: with two places the writer ends two clocks late.
  const traffic = [
    {process: "burst", accesses: [{fifo: "a", end: "out" as const, words: where(16, (step) => step < 4)}]},
    {process: "even", accesses: [{fifo: "a", end: "in" as const, words: where(16, (step) => step % 4 === 3)}]},
  ]
  expect(depths(traffic, 16, 1)).toEqual(new Map([["a", 3]]))
  expect(depths(traffic, 18, 1)).toEqual(new Map([["a", 2]]))
})

test("header packets with constant weights are refused: the packets are there to load them", () => {
  expect(() =>
    emitHls(digits16(random(1), "floor", "wrap", true), {...headerOptions, weights: "constant"}, library),
  ).toThrow("header packets load weights")
})
