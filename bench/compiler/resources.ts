// LUTs of digits16 with the weights of a .tflite file at several lanes, and of the networks that `tlast quantize --config
// bench/compiler/<name>.json --out build/bench-<name>` has left, planned as `tlast build` plans them and counted by Yosys:
//     npx jiti bench/compiler/resources.ts [MODEL.tflite] [rows...]
//     npx jiti bench/compiler/resources.ts build/accuracy/lut3000-2     # any build's integers, at one lane
//     npx jiti bench/compiler/resources.ts --plan build/accuracy/best-1     # and with the plan that it left
import {spawnSync} from "node:child_process"
import {existsSync, mkdirSync, readFileSync, rmSync, writeFileSync} from "node:fs"
import {loadData} from "../../src/data/data.ts"
import {emit} from "../../src/emit/emit.ts"
import type {IntegerNetwork} from "../../src/graph/integer.ts"
import {integerNetworkFromJson} from "../../src/graph/json.ts"
import type {FloatModel} from "../../src/graph/network.ts"
import {nodeHost} from "../../src/host/node.ts"
import {importTflite} from "../../src/import/tflite.ts"
import {readLibrary} from "../../src/pipeline/library.ts"
import {BUILD_EFFORT} from "../../src/pipeline/steps/plan.ts"
import {plan} from "../../src/plan/make.ts"
import type {Plan} from "../../src/plan/plan.ts"
import {quantize} from "../../src/quantize/quantize.ts"
import {countResources} from "../../src/synthesize/count.ts"
import {cellCounts, synthesisScript} from "../../src/synthesize/run.ts"

const given = process.argv.slice(2)
const file = given.find((word) => word.endsWith(".tflite")) ?? "../shared/seed/model.tflite"
const chosen = given.filter((word) => word !== file && word !== "--plan")
const builds = chosen.filter((word) => word.includes("/"))
const host = nodeHost()
const library = await readLibrary(host)

/** Without biases: what an accelerator without any is compared with. */
const bare = (model: FloatModel): FloatModel => ({
  ...model,
  parameters: Object.fromEntries(
    Object.entries(model.parameters).map(([name, own]) => [name, {...own, bias: own.bias.map(() => 0)}]),
  ),
})

async function reference(bits: number, biases: boolean): Promise<IntegerNetwork> {
  const {model} = importTflite(new Uint8Array(readFileSync(file)), {name: "digits16"})
  const {training} = await loadData({name: "mnist"}, host)
  return quantize(biases ? model : bare(model), training.images.subarray(0, 1000 * 784), {
    inputBits: bits,
    activationBits: bits,
    weightScale: 127,
    rounding: biases ? "half-up" : "floor",
  }).network
}
const built = (folder: string): IntegerNetwork =>
  integerNetworkFromJson(readFileSync(`${folder}/integer.json`, "utf8"), folder)
const trained = (of: string): IntegerNetwork => built(`build/bench-${of}`)

/** The plan that a build left, if it is asked for: its configuration may say more than lanes. */
const planned = (folder: string): Plan | undefined =>
  given.includes("--plan") ? (JSON.parse(readFileSync(`${folder}/plan.json`, "utf8")) as Plan) : undefined

const rows: Readonly<Record<string, () => Promise<readonly [IntegerNetwork, number, (Plan | undefined)?]>>> = {
  "7bit-1": async () => [await reference(7, false), 1],
  "7bit-2": async () => [await reference(7, false), 2],
  "7bit-4": async () => [await reference(7, false), 4],
  "7bit-8": async () => [await reference(7, false), 8],
  "8bit-1": async () => [await reference(8, true), 1],
  deep: async () => [trained("deep"), 1],
  narrow: async () => [trained("narrow"), 16],
  ...Object.fromEntries(builds.map((folder) => [folder, async () => [built(folder), 1, planned(folder)] as const])),
}

for (const [name, make] of Object.entries(rows)) {
  if (chosen.length > 0 && !chosen.includes(name)) continue
  const [network, lanes, own] = await make()
  const before = process.cpuUsage()
  const made = own ?? plan(network, {lanes, effort: BUILD_EFFORT}).plan
  const planning = process.cpuUsage(before)
  const design = emit(network, made, library)
  const folder = `build/bench-compiler/${name.replaceAll("/", "-")}`
  const stamp = JSON.stringify(design.files)
  if (!existsSync(`${folder}/stamp.json`) || readFileSync(`${folder}/stamp.json`, "utf8") !== stamp) {
    rmSync(folder, {recursive: true, force: true})
    mkdirSync(folder, {recursive: true})
    for (const [path, text] of Object.entries(design.files)) writeFileSync(`${folder}/${path}`, text)
    writeFileSync(`${folder}/script.ys`, `${synthesisScript(design).join("\n")}\n`)
    const {status, stderr} = spawnSync("yosys", ["-q", "script.ys"], {cwd: folder, encoding: "utf8"})
    if (status !== 0) throw new Error(`${name}: ${stderr.slice(-2000)}`)
    writeFileSync(`${folder}/stamp.json`, stamp)
  }
  const {lut, ff, dsp, bram36} = countResources(cellCounts(readFileSync(`${folder}/statistics.json`, "utf8")))
  console.log(
    `| ${name} | ${lanes} | ${made.interval} | ${lut} | ${made.resources.lut} | ${ff} | ${dsp} / ${made.resources.dsp} | ${bram36} / ${made.resources.bram36} | ${((planning.user + planning.system) / 1e6).toFixed(1)} |`,
  )
}
