// Where the LUTs are: each stage's prediction beside Yosys' count of its module, hierarchy kept. `npx jiti bench/prediction/modules.ts names...`
// Boundaries stop some optimisation, so the sum is a little more than run.ts counts; it shows which formula is off.

import {spawnSync} from "node:child_process"
import {mkdirSync, readFileSync, rmSync, writeFileSync} from "node:fs"
import {emit, library} from "../../src/emit/emit.ts"
import type {Resources} from "../../src/graph/design.ts"
import {plan} from "../../src/plan/make.ts"
import {countResources} from "../../src/synthesize/count.ts"
import {designs} from "./designs.ts"

type Netlist = {readonly modules: Record<string, {readonly cells: Record<string, {readonly type: string}>}>}

const root = new URL("../../", import.meta.url).pathname
const sources = Object.fromEntries(library.map((file) => [file, readFileSync(`${root}rtl/${file}`, "utf8")]))
const chosen = process.argv.slice(2)
for (const {name, network, options} of designs) {
  if (chosen.length > 0 && !chosen.includes(name)) continue
  const {plan: made} = plan(network, options)
  const design = emit(network, made, sources)
  const folder = `${root}build/bench-prediction/${name}-modules`
  rmSync(folder, {recursive: true, force: true})
  mkdirSync(folder, {recursive: true})
  for (const [path, text] of Object.entries(design.files)) writeFileSync(`${folder}/${path}`, text)
  const files = Object.keys(design.files).filter((path) => /\.s?v$/.test(path))
  const script = [
    `read_verilog -sv -defer ${files.join(" ")}`,
    `synth_xilinx -family xc7 -noiopad -top ${design.top}`,
    "write_json netlist.json",
  ]
  writeFileSync(`${folder}/script.ys`, `${script.join("\n")}\n`)
  const {status, stderr} = spawnSync("yosys", ["-q", "script.ys"], {cwd: folder, encoding: "utf8"})
  if (status !== 0) throw new Error(`${name}: ${stderr.slice(-2000)}`)
  const {modules} = JSON.parse(readFileSync(`${folder}/netlist.json`, "utf8")) as Netlist
  const count = (module: string, skip: (cell: string) => boolean = () => false): Resources => {
    const own: Record<string, number> = {}
    let total: Resources = {lut: 0, ff: 0, dsp: 0, bram36: 0}
    for (const [cell, {type}] of Object.entries(modules[module]?.cells ?? {})) {
      if (skip(cell)) continue
      // The device's own cells are modules of the netlist too.
      if (type.startsWith("$paramod") || `${type}.sv` in design.files) total = sum(total, count(type))
      else own[type] = (own[type] ?? 0) + 1
    }
    return sum(total, countResources(own))
  }
  const core = `${design.top}_core`
  const cells = modules[core]?.cells ?? {}
  console.log(`${name}\n  stage                       LUT predicted  counted    FF predicted  counted`)
  const seen = new Set<string>()
  for (const stage of made.stages) {
    const own = Object.keys(cells).filter(
      (cell) =>
        cell === `u_${stage.name}` ||
        cell === `u_${stage.name}_valid` ||
        (stage.kind === "folded" && cell === `u_${stage.layer}_weights`),
    )
    for (const cell of own) seen.add(cell)
    const counted = own
      .map((cell) => count(cells[cell]?.type ?? ""))
      .reduce(sum, {lut: 0, ff: 0, dsp: 0, bram36: 0} satisfies Resources)
    const {lut, ff} = stage.resources
    console.log(
      `  ${stage.name.padEnd(26)} ${pad(lut)} ${pad(counted.lut)}   ${lut - counted.lut >= 0 ? "+" : ""}${lut - counted.lut}`.padEnd(
        64,
      ) + `${pad(ff)} ${pad(counted.ff)}`,
    )
  }
  const all = count(core)
  const others = count(core, (cell) => seen.has(cell))
  console.log(`  ${"(the core's own)".padEnd(26)} ${pad(0)} ${pad(others.lut)}`)
  console.log(`  ${"sum".padEnd(26)} ${pad(made.resources.lut)} ${pad(all.lut)}`)
}

function sum(a: Resources, b: Resources): Resources {
  return {lut: a.lut + b.lut, ff: a.ff + b.ff, dsp: a.dsp + b.dsp, bram36: a.bram36 + b.bram36}
}

function pad(value: number): string {
  return `${value}`.padStart(10)
}
