// Random networks against golden in both simulators and LiteRT. See README.md.
import {createHash} from "node:crypto"
import {appendFileSync, existsSync, mkdirSync, readFileSync} from "node:fs"
import {join} from "node:path"
import {parseArgs} from "node:util"
import {nodeHost} from "../../src/host/node.ts"
import {featuresOf} from "../../src/verify/coverage.ts"
import {fuzz, recipeOf} from "../../src/verify/fuzz.ts"
import {litertFuzz} from "../../test/export/compare.ts"
import {root} from "../../test/tools.ts"
import {sourceFiles} from "./sources.ts"

const {values} = parseArgs({
  options: {
    count: {type: "string", default: "200"},
    seed: {type: "string", default: "1"},
    verilator: {type: "boolean", default: false},
    litert: {type: "boolean", default: false},
    shrink: {type: "string", default: "60"},
    again: {type: "boolean", default: false},
    out: {type: "string", default: "build/fuzz"},
  },
})

/** What one seed came to, a line of the log. */
interface Line {
  readonly seed: number
  readonly kind: "equal" | "refused" | "failed"
  /** Whether LiteRT had its say: the network has an int8 file. */
  readonly litert: boolean
  readonly code?: string
  readonly problems?: readonly string[]
}

const host = nodeHost()
const {out} = values
const compare = values.litert ? await litertFuzz(join(root, ".venv/bin/python")) : undefined
const with_ = [
  "embedded",
  ...(values.verilator ? ["verilator"] : []),
  ...(compare ? [`litert ${compare.version}`] : []),
]
const hash = createHash("sha256").update(with_.join())
for (const file of sourceFiles(root)) hash.update(file).update(readFileSync(join(root, file)))
const log = join(out, `log-${hash.digest("hex").slice(0, 12)}.jsonl`)
mkdirSync(out, {recursive: true})

const first = Number(values.seed)
const count = Number(values.count)
const done = new Map<number, Line>()
if (existsSync(log) && !values.again)
  for (const text of readFileSync(log, "utf8")
    .split("\n")
    .filter((line) => line.endsWith("}"))) {
    const line = JSON.parse(text) as Line
    done.set(line.seed, line)
  }
const wanted = Array.from({length: count}, (_, i) => first + i)
const left = wanted.filter((seed) => !done.has(seed))
if (left.length < count) console.log(`${count - left.length} of ${count} networks are in ${log} already`)

const began = performance.now()
let tried = 0
for (const seed of left) {
  // One at a time, so that a failure is printed when it is found.
  const asked = compare?.asked() ?? 0
  const {failures, refused} = await fuzz({
    host,
    out,
    seed,
    count: 1,
    verilator: values.verilator,
    shrinkTrials: Number(values.shrink),
    ...(compare && {litert: compare.differences}),
  })
  for (const {problems, smallest, smallestProblems} of failures) {
    console.log(`seed ${seed}: ${problems.join("\n  ")}`)
    console.log(`  smallest: ${JSON.stringify(smallest)}\n  ${smallestProblems.join("\n  ")}`)
  }
  const [code] = Object.keys(refused)
  const line: Line = {
    seed,
    litert: compare !== undefined && compare.asked() > asked,
    ...(failures[0]
      ? {kind: "failed", problems: failures[0].problems}
      : code === undefined
        ? {kind: "equal"}
        : {kind: "refused", code}),
  }
  done.set(seed, line)
  appendFileSync(log, `${JSON.stringify(line)}\n`)
  tried++
  if (tried % 10 === 0 || line.kind !== "equal" || tried === left.length) progress(seed, line)
}
compare?.stop()

function progress(seed: number, {kind, code}: Line): void {
  const lines = wanted.flatMap((one) => done.get(one) ?? [])
  const failed = lines.filter((line) => line.kind === "failed").length
  const each = (performance.now() - began) / 1000 / tried
  const rest = Math.ceil((each * (left.length - tried)) / 60)
  const what = `seed ${seed} ${kind}${code ? ` (${code})` : ""}`
  console.log(
    `${lines.length} of ${count}: ${what}; ${failed} failed so far, ${each.toFixed(1)} s each, ${rest} min left`,
  )
}

const lines = wanted.flatMap((seed) => done.get(seed) ?? [])
const of = (kind: Line["kind"]) => lines.filter((line) => line.kind === kind)
const codes = new Set(of("refused").map(({code}) => code ?? ""))
const refusals = [...codes].map((code) => `${of("refused").filter((line) => line.code === code).length} ${code}`).join()
console.log(
  `${count} networks in ${with_.join(", ")}: ${of("equal").length} equal, ${of("refused").length} refused${refusals && ` (${refusals})`}, ${of("failed").length} failed`,
)
if (compare)
  console.log(
    `${of("equal").filter(({litert}) => litert).length} of the equal ones have an int8 file, and equal LiteRT too`,
  )
console.log("\nEqual networks that have it:\n")
const counts = new Map<string, number>()
for (const {seed} of of("equal"))
  for (const feature of featuresOf(recipeOf(seed, values.litert))) counts.set(feature, (counts.get(feature) ?? 0) + 1)
for (const [feature, n] of [...counts].sort(([a], [b]) => a.localeCompare(b, "en", {numeric: true})))
  console.log(`| ${feature} | ${n} |`)
if (of("failed").length > 0)
  console.log(
    `failed seeds: ${of("failed")
      .map(({seed}) => seed)
      .join(", ")}`,
  )
process.exitCode = of("failed").length === 0 ? 0 : 1
