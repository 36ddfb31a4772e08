import {spawnSync} from "node:child_process"
import {mkdirSync, readFileSync, writeFileSync} from "node:fs"
import {expect, test} from "vitest"
import type {Resources} from "../../src/graph/design.ts"
import {columnRows, windowRows} from "../../src/plan/cost-rows.ts"
import {plan} from "../../src/plan/make.ts"
import type {LayerChoice, Plan} from "../../src/plan/plan.ts"
import {countResources} from "../../src/synthesize/count.ts"
import {cellCounts} from "../../src/synthesize/run.ts"
import {randomNetwork} from "../rtl/networks.ts"
import {sources} from "../rtl/run.ts"
import {requireTool, root} from "../tools.ts"

/** What Yosys makes of a module alone. */
function synthesised(yosys: string, module: string, parameters: Readonly<Record<string, number>>): Resources {
  const folder = `${root}/build/test-rows/${module}-${Object.values(parameters).join("-")}`
  mkdirSync(folder, {recursive: true})
  writeFileSync(`${folder}/${module}.sv`, sources[`${module}.sv`] as string)
  const sets = Object.entries(parameters).map(([key, value]) => `-set ${key} ${value}`)
  const script = `read_verilog -sv ${module}.sv; chparam ${sets.join(" ")} ${module}; synth_xilinx -family xc7 -flatten -noiopad -top ${module}; tee -q -o stat.json stat -json`
  const {status, stderr} = spawnSync(yosys, ["-q", "-p", script], {cwd: folder, encoding: "utf8"})
  expect({status, stderr: status === 0 ? "" : stderr}).toEqual({status: 0, stderr: ""})
  return countResources(cellCounts(readFileSync(`${folder}/stat.json`, "utf8")))
}

// One block and several, a half left over, registers beside the memory, and rows of more than 1,024 beats.
test.for([
  [8, 1, 40, 3, 3],
  [24, 1, 320, 3, 3],
  [8, 8, 130, 3, 3],
  [16, 4, 330, 7, 7],
  [24, 1, 640, 3, 3],
  [24, 1, 1280, 5, 3],
  [8, 1, 2060, 3, 3],
])(
  "windows of %i-bit positions, %i a beat, in rows of %i take the BRAM and flip-flops planned",
  ([width = 0, lanes = 0, columns = 0, kh = 0, kw = 0], context) => {
    const yosys = requireTool("yosys", context)
    const of = {WIDTH: width, LANES: lanes, ROWS: 60, COLUMNS: columns, KH: kh, KW: kw, BLOCK: 1}
    const {lut, ff, dsp, bram36} = synthesised(yosys, "window", of)
    const planned = windowRows(width, lanes, columns, kh, kw).block
    expect({bram36, dsp}).toEqual({bram36: planned?.bram36, dsp: 0})
    expect(Math.abs(ff - (planned?.ff ?? 0)) / ff).toBeLessThan(0.12)
    expect(Math.abs(lut - (planned?.lut ?? 0))).toBeLessThanOrEqual(32)
  },
)

test.for([
  [8, 40, 3],
  [24, 320, 3],
  [16, 160, 5],
  [5, 600, 2],
  [64, 100, 3],
  [8, 1500, 3],
])(
  "columns of %i-bit positions in rows of %i take the BRAM and flip-flops planned",
  ([width = 0, columns = 0, rows = 0], context) => {
    const yosys = requireTool("yosys", context)
    const of = {WIDTH: width, ROWS: 60, COLUMNS: columns, KH: rows, BLOCK: 1}
    const {lut, ff, dsp, bram36} = synthesised(yosys, "columns", of)
    const planned = columnRows(width, {height: 60, width: columns}, rows).block
    expect({bram36, dsp}).toEqual({bram36: planned?.bram36, dsp: 0})
    expect(Math.abs(ff - (planned?.ff ?? 0)) / ff).toBeLessThan(0.12)
    expect(Math.abs(lut - (planned?.lut ?? 0))).toBeLessThanOrEqual(8)
  },
)

const network = (width: number, kernel = 3) =>
  randomNetwork("rows", 3, {height: 6, width, channels: 1}, 8, [
    {conv: 2, kernel, bits: 4, weightBits: 4, shift: 6},
    {pool: 2},
    {dense: 3, weightBits: 4},
  ])
const planned = (width: number, choice: LayerChoice, kernel = 3): Plan =>
  plan(network(width, kernel), {effort: 0, layers: {layer0: choice}}).plan
const rowsOf = ({stages}: Plan) =>
  stages.flatMap((stage) => (stage.kind === "window" || stage.kind === "columns" ? [stage.memory] : []))

test("rows of the constant and of the folded engine go to block RAM by their length, or as the configuration says", () => {
  expect(rowsOf(planned(28, {engine: "constant"}))).toEqual(["shift"])
  expect(rowsOf(planned(320, {engine: "constant"}))).toEqual(["block"])
  expect(rowsOf(planned(28, {engine: "constant", rows: "block"}))).toEqual(["block"])
  expect(rowsOf(planned(320, {engine: "constant", rows: "distributed"}))).toEqual(["shift"])
  expect(rowsOf(planned(28, {engine: "folded"}))).toEqual(["distributed"])
  expect(rowsOf(planned(320, {engine: "folded"}))).toEqual(["block"])
  expect(rowsOf(planned(28, {engine: "folded", rows: "block"}))).toEqual(["block"])
  expect(rowsOf(planned(320, {engine: "folded", rows: "distributed"}))).toEqual(["distributed"])
})

test("rows that block RAM cannot hold are refused where it is asked for", () => {
  const refused = /PLAN_CONTRADICTION|cannot be in block RAM/
  expect(() => planned(5, {engine: "constant", rows: "block"})).toThrow(refused)
  expect(() => planned(28, {engine: "constant", rows: "block"}, 1)).toThrow(refused)
  expect(() => planned(28, {engine: "folded", rows: "block"}, 1)).toThrow(refused)
  expect(rowsOf(planned(6, {engine: "constant", rows: "block"}))).toEqual(["block"])
})

test("rows of a layer without windows, or of loaded weights, are refused", () => {
  const layers = {layer2: {rows: "block"}} as const
  expect(() => plan(network(28), {effort: 0, layers})).toThrow(/rows say where a convolution keeps/)
  const loadable = {weights: "loadable", packets: "header"} as const
  expect(() => plan(network(28), {...loadable, effort: 0, layers: {layer0: {rows: "block"}}})).toThrow(
    /shift registers/,
  )
})
