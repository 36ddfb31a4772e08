// What src/plan/cost.ts predicts against what Yosys counts, design by design: `npx jiti bench/prediction/run.ts [names...]`.

import {spawnSync} from "node:child_process"
import {existsSync, mkdirSync, readFileSync, rmSync, writeFileSync} from "node:fs"
import {emit, library} from "../../src/emit/emit.ts"
import {plan} from "../../src/plan/make.ts"
import {countResources} from "../../src/synthesize/count.ts"
import {cellCounts, synthesisScript} from "../../src/synthesize/run.ts"
import {designs} from "./designs.ts"

const root = new URL("../../", import.meta.url).pathname
const results = new URL("results.generated.json", import.meta.url).pathname
const sources = Object.fromEntries(library.map((file) => [file, readFileSync(`${root}rtl/${file}`, "utf8")]))
const chosen = process.argv.slice(2)
const table: Record<string, object> = {}
for (const {name, network, options} of designs) {
  if (chosen.length > 0 && !chosen.includes(name)) continue
  const {plan: made} = plan(network, options)
  const design = emit(network, made, sources)
  const folder = `${root}build/bench-prediction/${name}`
  // What was counted holds until the hardware changes: a new formula needs no new synthesis.
  const stamp = JSON.stringify(design.files)
  const known = existsSync(`${folder}/stamp.json`) && readFileSync(`${folder}/stamp.json`, "utf8") === stamp
  if (!known) {
    rmSync(folder, {recursive: true, force: true})
    mkdirSync(folder, {recursive: true})
    for (const [path, text] of Object.entries(design.files)) writeFileSync(`${folder}/${path}`, text)
    writeFileSync(`${folder}/script.ys`, `${synthesisScript(design).join("\n")}\n`)
    const {status, stderr} = spawnSync("yosys", ["-q", "script.ys"], {cwd: folder, encoding: "utf8"})
    if (status !== 0) throw new Error(`${name}: ${stderr.slice(-2000)}`)
    writeFileSync(`${folder}/stamp.json`, stamp)
  }
  const counted = countResources(cellCounts(readFileSync(`${folder}/statistics.json`, "utf8")))
  const error = Math.round((1000 * (made.resources.lut - counted.lut)) / counted.lut) / 10
  table[name] = {predicted: made.resources, counted, lutErrorPercent: error}
  console.log(
    `| ${name} | ${made.resources.lut} | ${counted.lut} | ${error} % | ${made.resources.ff} / ${counted.ff} | ${made.resources.dsp} / ${counted.dsp} | ${made.resources.bram36} / ${counted.bram36} |`,
  )
  writeFileSync(results, `${JSON.stringify(table, null, 1)}\n`)
}
