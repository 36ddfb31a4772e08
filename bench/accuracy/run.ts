// Trains and plans a recipe for several seeds, each a build of its own, and prints the median. Arguments: recipe, seeds.
//     npx jiti bench/accuracy/run.ts lut3000 1,2,3,4,5
// What is finished is kept under build/accuracy, so the same command goes on after an interruption.
import {loadConfig} from "../../src/config/load.ts"
import {nodeHost} from "../../src/host/node.ts"
import {runBuild} from "../../src/pipeline/run.ts"
import {settingsOf} from "../../src/pipeline/settings.ts"
import {steps} from "../../src/pipeline/steps.ts"
import type {QuantizeReport} from "../../src/quantize/report.ts"
import type {PlanStageReport} from "../../src/report/stages.ts"

const [name = "lut3000", seeds = "1,2,3,4,5"] = process.argv.slice(2)
const stages = steps.filter((step) => ["data", "train", "quantize", "plan"].includes(step.name))
const host = nodeHost()
const config = await loadConfig(host.files, `bench/accuracy/${name}.json`)
const rows: {seed: number; accuracy: number; lut: number}[] = []
for (const seed of seeds.split(",").map(Number)) {
  const own = {...config, seed, out: `build/accuracy/${name}-${seed}`}
  const settings = await settingsOf(own, host)
  const {reports} = await runBuild({host, settings, to: "plan", steps: stages})
  const {accuracy} = reports.quantize as QuantizeReport
  const {interval, resources} = reports.plan as PlanStageReport
  const {lut, dsp, bram36} = resources
  console.log(
    `${name}, seed ${seed}: float ${accuracy?.float} %, integers ${accuracy?.quantised} % of the test images; ` +
      `${interval} clocks an image, planned ${lut} LUT, ${dsp} DSP, ${bram36} BRAM36`,
  )
  rows.push({seed, accuracy: accuracy?.quantised ?? 0, lut})
}
const median = (values: readonly number[]) => values.toSorted((a, b) => a - b)[values.length >> 1]
console.log(
  `${name}: median of ${rows.length}: ${median(rows.map((row) => row.accuracy))} %, ${median(rows.map((row) => row.lut))} LUT`,
)
