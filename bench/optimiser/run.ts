// Adders and LUT-bits of our optimiser beside da4ml's, on the same matrices. See README.md.
import {spawnSync} from "node:child_process"
import {existsSync, readFileSync, writeFileSync} from "node:fs"
import {fileURLToPath} from "node:url"
import {cost, matrixOf} from "../../src/plan/shift-add/network.ts"
import {optimise} from "../../src/plan/shift-add/optimise.ts"
import {convolutionOf} from "./tflite-weights.ts"

type Matrix = number[][]
const here = (name: string) => fileURLToPath(new URL(name, import.meta.url))
const SEEDS = 20

/** Uniform numbers from a seed (mulberry32). */
function uniform(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}
const normal = (random: () => number) => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
const clip = (w: number, limit: number) => Math.max(-limit, Math.min(limit, Math.round(w))) + 0

const KINDS: Readonly<Record<string, (random: () => number) => number>> = {
  "4-bit (gaussian, sigma 2.5, -7..7)": (random) => clip(normal(random) * 2.5, 7),
  "4-bit (uniform, -7..7)": (random) => Math.floor(random() * 15) - 7,
  "ternary (a third zeros)": (random) => Math.floor(random() * 3) - 1,
  "gaussian (sigma 32, -127..127)": (random) => clip(normal(random) * 32, 127),
  "uniform (-127..127)": (random) => Math.floor(random() * 255) - 127,
}

/** All positions of a one-row convolution kernel matrix (16 x 5*5) over `lanes` neighbouring pixels. */
function toeplitz(kernel: Matrix, lanes: number): Matrix {
  const width = 4 + lanes
  return Array.from({length: lanes}, (_, p) =>
    kernel.map((row) => {
      const wide = new Array<number>(5 * width).fill(0)
      for (const [i, w] of row.entries()) wide[Math.floor(i / 5) * width + (i % 5) + p] = w
      return wide
    }),
  ).flat()
}

const sets: Record<string, Matrix[]> = {}
const model = process.argv[2] ?? process.env.TLAST_SEED_MODEL ?? ""
if (existsSync(model)) {
  const kernel = convolutionOf(readFileSync(model)).map((row) => row.map((w) => Math.trunc(w * 127) + 0))
  sets["first convolution of the seed model"] = [kernel]
  sets["the same, 8 lanes jointly (128 x 60)"] = [toeplitz(kernel, 8)]
} else console.log("no seed model: give its path, or TLAST_SEED_MODEL; its rows are left out\n")
for (const [name, draw] of Object.entries(KINDS)) {
  sets[name] = Array.from({length: SEEDS}, (_, seed) => {
    const random = uniform(seed + 1)
    return Array.from({length: 16}, () => Array.from({length: 25}, () => draw(random)))
  })
}

interface Measured {
  readonly adders: number
  readonly lutBits: number
  readonly depth: number
  readonly seconds: number
}
const median = (list: readonly number[]) => {
  const sorted = [...list].sort((p, q) => p - q)
  return ((sorted[(sorted.length - 1) >> 1] ?? 0) + (sorted[sorted.length >> 1] ?? 0)) / 2
}

const ours = Object.fromEntries(
  Object.entries(sets).map(([name, matrices]) => [
    name,
    matrices.map((matrix): Measured => {
      const start = process.cpuUsage()
      const network = optimise(matrix, {inputs: (matrix[0] ?? []).map(() => ({min: 0, max: 127}))})
      const {user, system} = process.cpuUsage(start)
      if (JSON.stringify(matrixOf(network)) !== JSON.stringify(matrix)) throw new Error(`${name}: wrong product`)
      return {...cost(network), seconds: (user + system) / 1e6}
    }),
  ]),
)

const python = here(".venv/bin/python")
let theirs: Record<string, Measured[]> = {}
if (existsSync(python)) {
  writeFileSync(here("matrices.generated.json"), JSON.stringify(sets))
  const run = spawnSync(python, [here("da4ml_run.py"), here("matrices.generated.json")], {
    encoding: "utf8",
    maxBuffer: 1 << 28,
  })
  if (run.status !== 0) throw new Error(`da4ml failed:\n${run.stderr}`)
  theirs = JSON.parse(run.stdout) as Record<string, Measured[]>
} else console.log("no .venv here: da4ml is left out (README.md says how to make it)\n")

console.log(
  "| matrices (16 x 25 unless told) | ours: adders / LUT-bits / depth / CPU s | da4ml | ours - da4ml, adders |",
)
console.log("|---|---|---|---|")
const cell = (list: readonly Measured[] | undefined) =>
  list === undefined
    ? "not run"
    : (["adders", "lutBits", "depth"] as const).map((field) => median(list.map((m) => m[field]))).join(" / ") +
      ` / ${median(list.map((m) => m.seconds)).toFixed(2)}`
for (const name of Object.keys(sets)) {
  const a = median((ours[name] ?? []).map((m) => m.adders))
  const b = theirs[name] === undefined ? Number.NaN : median(theirs[name].map((m) => m.adders))
  const change = Number.isNaN(b) ? "" : `${(((a - b) / b) * 100).toFixed(1)} %`
  console.log(`| ${name} | ${cell(ours[name])} | ${cell(theirs[name])} | ${change} |`)
}
