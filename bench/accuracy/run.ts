// Trains a recipe for several seeds, each a build of its own, and prints the median. Arguments: recipe, seeds, last stage.
//     npx jiti bench/accuracy/run.ts small 5
// What is finished is kept under build/accuracy, so the same command goes on after an interruption.
import {loadConfig} from "../../src/config/load.ts"
import {nodeHost} from "../../src/host/node.ts"
import {runBuild} from "../../src/pipeline/run.ts"
import {settingsOf} from "../../src/pipeline/settings.ts"
import type {StageName} from "../../src/pipeline/step.ts"
import type {QuantizeReport} from "../../src/quantize/report.ts"
import type {PlanStageReport} from "../../src/report/stages.ts"

const [name = "small", count = "5", to = "plan"] = process.argv.slice(2)
const host = nodeHost()
const config = await loadConfig(host.files, `bench/accuracy/${name}.json`)
const rows: {seed: number; accuracy: number; lut: number}[] = []
for (let seed = 1; seed <= Number(count); seed++) {
  const own = {...config, seed, out: `build/accuracy/${name}-${seed}`}
  if (own.train?.teacher) own.train = {...own.train, teacher: own.train.teacher.replace("SEED", String(seed))}
  const settings = await settingsOf(own, host)
  const {reports} = await runBuild({host, settings, to: to as StageName})
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
