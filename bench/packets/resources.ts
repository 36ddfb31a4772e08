// Resources of cores with loadable weights, predicted and counted by Yosys:
// `npx jiti bench/packets/resources.ts [--embedded] [--modules] [names...]`.

import {spawnSync} from "node:child_process"
import {mkdirSync, readFileSync, rmSync, writeFileSync} from "node:fs"
import {emit, library} from "../../src/emit/emit.ts"
import type {Design, Resources} from "../../src/graph/design.ts"
import {nodeHost} from "../../src/host/node.ts"
import {countResources} from "../../src/synthesize/count.ts"
import {cellCounts, synthesisScript, synthesize} from "../../src/synthesize/run.ts"
import {designs, planOf} from "./designs.ts"

const root = new URL("../../", import.meta.url).pathname
const sources = Object.fromEntries(library.map((file) => [file, readFileSync(`${root}rtl/${file}`, "utf8")]))
const flags = process.argv.slice(2).filter((word) => word.startsWith("--"))
const names = process.argv.slice(2).filter((word) => !word.startsWith("--"))

/** The installed Yosys, in a folder of build/. `modules`: each block of the core by itself, not flattened together. */
function native(name: string, design: Design, modules: boolean): {json: string; counted: Resources} {
  const folder = `${root}build/bench-packets/${name.replaceAll(" ", "_")}`
  rmSync(folder, {recursive: true, force: true})
  mkdirSync(folder, {recursive: true})
  for (const [path, text] of Object.entries(design.files))
    writeFileSync(
      `${folder}/${path}`,
      modules && path.endsWith("_core.sv")
        ? text.replace(/^ {2}(?=\w+ (#\(|u_\w+ \())/gm, "  (* keep_hierarchy *) ")
        : text,
    )
  writeFileSync(`${folder}/script.ys`, `${synthesisScript(design).join("\n")}\n`)
  const {status, stderr} = spawnSync("yosys", ["-q", "script.ys"], {cwd: folder, encoding: "utf8"})
  if (status !== 0) throw new Error(`${name}: ${stderr.slice(-2000)}`)
  // With more than one module Yosys 0.23 leaves a comma out, and puts a tree in that is not JSON.
  const json = readFileSync(`${folder}/statistics.json`, "utf8").replace(
    /\},?(\n +[^\s"}].* \d+)+\n +"design"/,
    '},\n"design"',
  )
  return {json, counted: countResources(countable(cellCounts(json)))}
}

/** Without instances of modules, which are counted themselves. */
const countable = (cells: Readonly<Record<string, number>>): Record<string, number> =>
  Object.fromEntries(Object.entries(cells).filter(([type]) => !/^\$paramod|^[a-z]/.test(type)))

/** LUTs of each module, the largest first. */
function perModule(json: string): string[] {
  const {modules} = JSON.parse(json) as {modules: Record<string, {num_cells_by_type: Record<string, number>}>}
  return Object.entries(modules)
    .map(([module, {num_cells_by_type: cells}]) => {
      const {lut, ff, dsp, bram36} = countResources(countable(cells))
      const name = module.startsWith("$paramod") ? module.split("\\")[1] : module.replace("\\", "")
      return {lut, text: `    ${name}: ${lut} LUT, ${ff} FF, ${dsp} DSP, ${bram36} BRAM36`}
    })
    .sort((a, b) => b.lut - a.lut)
    .map(({text}) => text)
}

for (const one of designs) {
  if (names.length > 0 && !names.includes(one.name)) continue
  const made = planOf(one)
  const design = emit(one.network, made, sources)
  const modules = flags.includes("--modules")
  const {json, counted} = flags.includes("--embedded")
    ? {json: "", counted: (await synthesize(design, {host: nodeHost()})).resources}
    : native(one.name, design, modules)
  const error = Math.round((1000 * (made.resources.lut - counted.lut)) / counted.lut) / 10
  const pair = (kind: keyof Resources) => `${made.resources[kind]} / ${counted[kind]}`
  console.log(
    `| ${one.name} | ${made.interval} | ${pair("lut")} | ${error} % | ${pair("ff")} | ${pair("dsp")} | ${pair("bram36")} |`,
  )
  if (modules) for (const line of perModule(json)) console.log(line)
}
