import {execFileSync} from "node:child_process"
import {mkdtempSync, readFileSync, writeFileSync} from "node:fs"
import {tmpdir} from "node:os"
import {join} from "node:path"
import {expect, test} from "vitest"
import type {Design} from "../../src/graph/design.ts"
import {nodeHost} from "../../src/host/node.ts"
import {countResources} from "../../src/synthesize/count.ts"
import {cellCounts, synthesisScript, synthesize} from "../../src/synthesize/run.ts"
import {requireTool} from "../tools.ts"

const design: Design = {
  top: "multiply",
  files: {
    "rtl/multiply.sv": `module multiply(input wire clk, input wire signed [7:0] a, b, input wire [9:0] address,
  output reg signed [23:0] sum, output reg [17:0] word);
  (* rom_style = "block" *) reg [17:0] memory [0:1023];
  initial $readmemh("rtl/memory.hex", memory);
  always @(posedge clk) begin
    word <= memory[address];
    sum <= sum + a * b;
  end
endmodule
`,
    "rtl/memory.hex": Array.from({length: 1024}, (_, i) => ((i * 7919) % 262144).toString(16)).join("\n"),
  },
}

test("a multiplier takes a DSP and a 1024 x 18 ROM half a BRAM36", async () => {
  const device = {name: "small", resources: {lut: 100, ff: 200, dsp: 10, bram36: 4}}
  const report = await synthesize(design, {host: nodeHost(), device})
  expect(report.resources).toMatchObject({dsp: 1, bram36: 0.5})
  expect(report.device).toMatchObject({fits: true, used: {dsp: 10, bram36: 12.5}})
  expect(report.tool).toMatch(/^yosys 0\.\d+ \(embedded\)$/)
})

test("too small a device is said not to fit", async () => {
  const device = {name: "tiny", resources: {lut: 100, ff: 200, dsp: 0.5, bram36: 4}}
  const report = await synthesize(design, {host: nodeHost(), device})
  expect(report.device?.fits).toBe(false)
})

test("a native Yosys counts the same kinds of cells", async (context) => {
  const yosys = requireTool("yosys", context)
  const folder = mkdtempSync(join(tmpdir(), "tlast-synth-"))
  const files = Object.fromEntries(Object.entries(design.files).map(([path, text]) => [path.replace("rtl/", ""), text]))
  for (const [path, text] of Object.entries(files))
    writeFileSync(join(folder, path), text.replaceAll("rtl/memory.hex", "memory.hex"))
  execFileSync(yosys, ["-q", "-p", synthesisScript({...design, files}).join("; ")], {cwd: folder})
  const native = countResources(cellCounts(readFileSync(join(folder, "statistics.json"), "utf8")))
  expect(native).toMatchObject({dsp: 1, bram36: 0.5})
})

test("a syntax error names the file and line", async () => {
  const broken = {top: "broken", files: {"rtl/broken.sv": "module broken(input wire a);\n  assign b = ;\nendmodule\n"}}
  await expect(synthesize(broken, {host: nodeHost()})).rejects.toThrow(/rtl\/broken\.sv:2/)
})

test("resources follow the counting rule, halves included", () => {
  const cells = {
    LUT2: 3,
    LUT6: 4,
    SRL16E: 2,
    RAM32M: 1,
    RAM64X1D: 1,
    FDRE: 5,
    FDSE: 1,
    DSP48E1: 2,
    RAMB18E1: 3,
    RAMB36E1: 1,
  }
  expect(countResources({...cells, CARRY4: 9, INV: 4, MUXF7: 2})).toEqual({lut: 15, ff: 6, dsp: 2, bram36: 2.5})
})

test("a cell that no rule counts is an error, not a zero", () => {
  expect(() => countResources({LUT6: 1, URAM288: 1})).toThrow(/URAM288/)
})
