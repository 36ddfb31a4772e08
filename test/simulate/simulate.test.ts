import {describe, expect, test} from "vitest"
import {emit} from "../../src/emit/emit.ts"
import type {Design} from "../../src/graph/design.ts"
import {nodeHost} from "../../src/host/node.ts"
import {plan} from "../../src/plan/make.ts"
import {compile, compileNetlist, elaborate, elaborateJson} from "../../src/simulate/embedded/compile.ts"
import {simulate} from "../../src/simulate/embedded/simulation.ts"
import {standardStalls} from "../../src/simulate/stall.ts"
import type {StreamJob} from "../../src/simulate/stream.ts"
import {writeVcd} from "../../src/simulate/vcd.ts"
import {portsOf, verilate} from "../../src/simulate/verilator.ts"
import {networkOf} from "../../src/verify/network-of.ts"
import {output as stored} from "../rtl/recipes.ts"
import {sources} from "../rtl/run.ts"
import {requireTool} from "../tools.ts"
import {denseCore} from "./designs.ts"
import {directed, directedMismatch} from "./directed.ts"
import {fuzzOne, randomRows} from "./fuzz.ts"

const verilog = (body: string, ports = "input wire clk, input wire [7:0] a, output wire [7:0] y"): Design => ({
  top: "top",
  files: {"top.v": `module top(${ports});\n${body}\nendmodule\n`},
})

describe("what the embedded simulator refuses", () => {
  const cases: readonly (readonly [string, string, string])[] = [
    [
      "an asynchronous reset",
      "reg [7:0] q; always @(posedge clk or posedge a[0]) if (a[0]) q <= 0; else q <= a; assign y = q;",
      "UNSUPPORTED_CELL",
    ],
    ["a latch", "reg [7:0] q; always @* if (clk) q = a; assign y = q;", "UNSUPPORTED_CELL"],
    ["the falling edge", "reg [7:0] q; always @(negedge clk) q <= a; assign y = q;", "CLOCK_EDGE"],
    [
      "two clocks",
      "reg [7:0] p, q; always @(posedge clk) p <= a; always @(posedge a[0]) q <= p; assign y = q;",
      "MANY_CLOCKS",
    ],
    ["a clock read as data", "reg [7:0] q; always @(posedge clk) q <= a; assign y = q ^ clk;", "CLOCK_AS_DATA"],
    ["a combinational loop", "wire [7:0] w; assign w = (w ^ a) + 1; assign y = w;", "COMBINATIONAL_LOOP"],
    ["a division", "assign y = a / (a ^ 8'd3);", "UNSUPPORTED_CELL"],
    ["a syntax error", "assign y = ;", "YOSYS_FAILED"],
    ["a module that is not there", "missing u_missing (.a(a), .y(y));", "YOSYS_FAILED"],
  ]
  test.each(cases)("%s", async (_, body, code) => {
    await expect(compile(verilog(body))).rejects.toMatchObject({code})
  })
  test("and it names the file and line", async () => {
    await expect(compile(verilog("assign y = a / 8'd3 / a;"))).rejects.toThrow(/top\.v:2/)
    await expect(compile(verilog("assign y = ;"))).rejects.toMatchObject({problem: {where: "top.v:2"}})
  })
})

test("Yosys in a worker gives the same netlist, and Ctrl-C stops it", async () => {
  // Never the same files twice, so that no run's result can be remembered from another.
  const noted = (note: string): Design => {
    const {top, files} = denseCore()
    return {top, files: {...files, "note.v": `// ${note}\n`}}
  }
  const here = await elaborate(noted("here"))
  const there = await elaborate(noted("there"), {host: nodeHost()})
  expect(there).toEqual(here)
  const control = new AbortController()
  setTimeout(() => control.abort(), 20)
  await expect(elaborate(noted("stopped"), {host: nodeHost(), signal: control.signal})).rejects.toMatchObject({
    code: "INTERRUPTED",
    exitCode: 130,
  })
})

test("the same design compiles to the same bytes", async () => {
  const netlist = await elaborate(denseCore())
  for (const lanes of [1, 4, 8] as const)
    expect(compileNetlist(netlist, {lanes}).module).toEqual(compileNetlist(netlist, {lanes}).module)
})

test("a waveform names its scopes once and writes only changes", () => {
  const signals = [
    {name: "u_a.x", width: 1},
    {name: "y", width: 4},
    {name: "u_a.z", width: 2},
  ]
  const vcd = writeVcd("top", signals, [
    {cycle: 3, values: [1n, 5n, 2n]},
    {cycle: 4, values: [1n, 6n, 2n]},
  ])
  expect(vcd.match(/\$scope module u_a /g)).toHaveLength(1)
  expect(vcd).toContain('#30\n1!\n1"\nb101 #\nb10 $\n#35\n0!\n#40\n1!\nb110 #\n#45')
})

test("a design too large for one function's locals keeps the rest in memory, and computes the same", async () => {
  const network = networkOf({
    seed: 3,
    input: {shape: {height: 6, width: 6, channels: 1}, bits: 8, signed: false},
    layers: [
      {kind: "conv2d", units: 4, kernel: [3, 3], weightBits: 8, engine: "constant", output: stored()},
      {kind: "dense", units: 3, kernel: [1, 1], weightBits: 8},
    ],
    lanes: 1,
  })
  const design = emit(network, plan(network, {layers: {layer0: {engine: "constant"}}}).plan, sources)
  const netlist = await elaborate(design)
  const run = async (locals?: number) => {
    const made = compileNetlist(netlist, {lanes: 8, ...(locals !== undefined && {locals})})
    const core = await simulate(made)
    const words: bigint[] = []
    for (let cycle = 0; cycle < 400; cycle++) {
      core.poke("aresetn", cycle < 4 ? 0 : 1)
      core.poke("s_axis_tvalid", 1)
      core.poke("s_axis_tkeep", 1)
      core.poke("m_axis_tready", 1)
      for (let lane = 0; lane < core.lanes; lane++) core.poke("s_axis_tdata", (cycle * (37 + lane)) % 256, lane)
      core.step()
      for (let lane = 0; lane < core.lanes; lane++)
        if (core.peek("m_axis_tvalid", lane) === 1n) words.push(core.peek("m_axis_tdata", lane))
    }
    return {size: made.module.length, words}
  }
  const whole = await run()
  const small = await run(300)
  expect(small.size).toBeGreaterThan(whole.size)
  expect(whole.words.length).toBeGreaterThan(100)
  expect(small.words).toEqual(whole.words)
})

describe("against Verilator", () => {
  test("random operators, registers and memories give the same bits in 1, 4 and 8 lanes", async (context) => {
    requireTool("verilator", context)
    const seed = 20
    const result = await fuzzOne(nodeHost(), seed, 120, 40, "build/test-simulate/fuzz")
    expect(result.mismatch, `seed ${seed}`).toBeUndefined()
    expect(result.values).toBeGreaterThan(50_000)
  })

  test("a stream job gives the same trace, cycle for cycle, under every schedule and with broken packets", async (context) => {
    requireTool("verilator", context)
    const netlist = await elaborate(denseCore("withdraw"))
    const other = await verilate(denseCore("withdraw"), {
      host: nodeHost(),
      out: "build/test-simulate/dense",
      ports: portsOf(netlist),
      favour: "build",
    })
    const embedded = await simulate(compileNetlist(netlist, {lanes: 1}))
    const bytes = (n: number, seed: number) =>
      Uint8Array.from(randomRows(seed, new Array(n).fill(8), 1)[0] ?? [], Number)
    const packets = [
      {bytes: bytes(32, 1)},
      {bytes: bytes(7, 2)},
      {bytes: bytes(16, 3), last: false},
      {bytes: bytes(16, 4)},
    ]
    for (const stall of Object.values(standardStalls(9))) {
      const job: StreamJob = {
        lanes: [packets],
        imageBytes: 16,
        source: stall,
        sink: stall,
        expected: [15],
        patience: 20_000,
      }
      expect(await embedded.stream(job)).toEqual(await other.stream(job))
    }
  })
})

test("what random modules seldom have, where mutants of the compiler lived, is right in every lane", async () => {
  expect(await directedMismatch(await elaborateJson(directed))).toBeUndefined()
})
