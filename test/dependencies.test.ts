import {existsSync, readdirSync, readFileSync} from "node:fs"
import {dirname, join, relative, resolve} from "node:path"
import {expect, test} from "vitest"
import {root} from "./tools.ts"

// Who may import whom, by the first folder under src/ (and the folders beside it). Every folder may import itself,
// src/errors.ts and src/progress.ts; what is not listed here may import nothing else.
const allowed: Record<string, readonly string[]> = {
  graph: [],
  host: ["graph"],
  golden: ["graph"],
  data: ["graph", "host"],
  quantize: ["graph", "golden"],
  train: ["graph", "host", "data", "quantize", "golden"],
  tflite: ["graph"],
  import: ["graph", "tflite"],
  export: ["graph", "tflite", "quantize"],
  plan: ["graph"],
  emit: ["graph", "plan"],
  simulate: ["graph", "host"],
  weights: ["graph"],
  search: ["graph"],
  synthesize: ["graph", "host"],
  verify: ["graph", "host", "golden", "quantize", "import", "export", "simulate", "emit", "plan"],
  board: ["graph", "host", "golden", "simulate"],
  package: ["graph", "host", "emit", "plan", "verify"],
  report:
    "graph data train quantize golden import export plan emit simulate synthesize verify board package search".split(
      " ",
    ),
  config: ["graph", "host", "plan", "models"],
  models: ["graph"],
  pipeline: ["*"],
  index: ["*"],
  cli: ["*"],
  studio: ["index"],
}

/** The door: the only files that may name Node, the clock, workers, the network or chance. */
const door = /^src\/host\//
const forbidden: readonly [name: string, pattern: RegExp][] = [
  ["node:", /["']node:/],
  ["fetch", /(?<![\w.])fetch\(/],
  ["Worker", /\bnew Worker\b/],
  ["Date", /\bnew Date\b|\bDate\.now\b/],
  ["Math.random", /\bMath\.random\b/],
]

/** Packages, by the folders that may import them. */
const packages: Record<string, readonly string[]> = {
  "@grpc/grpc-js": ["host"],
  "@yowasp/yosys": ["host"],
  protobufjs: ["host"],
  flatbuffers: ["tflite"],
  valibot: ["config", "graph", "import", "package"],
  jiti: ["host"],
  fflate: ["package"],
  commander: ["cli"],
}

const files = ["src", "cli", "models"]
  .filter((folder) => existsSync(join(root, folder)))
  .flatMap((folder) => typescript(folder))
const imports = files.flatMap((file) => importsOf(file).map((target) => ({file, target})))

test("imports follow the directions of the design", () => {
  const wrong = imports
    .filter(({target}) => target.startsWith("."))
    .map(({file, target}) => ({file, target, to: folderOf(relative(root, resolve(root, dirname(file), target)))}))
    .filter(({file, to}) => {
      const from = folderOf(file)
      const may = allowed[from]
      if (may === undefined) return true
      return !(to === from || to === "errors" || to === "progress" || may.includes("*") || may.includes(to))
    })
    .map(({file, target, to}) => `${file} imports ${target}: ${folderOf(file)} may not use ${to}`)
  expect(wrong).toEqual([])
})

test("packages are imported only where the design says", () => {
  const wrong = imports
    .filter(({target}) => !target.startsWith(".") && !target.startsWith("node:"))
    .filter(({file, target}) => packages[packageOf(target)]?.includes(folderOf(file)) !== true)
    .map(({file, target}) => `${file} imports ${target}`)
  expect(wrong).toEqual([])
})

test("only src/host touches Node, the clock, workers, the network or chance", () => {
  const wrong = files
    .filter((file) => !door.test(file))
    .flatMap((file) => {
      const text = withoutComments(readFileSync(join(root, file), "utf8"))
      return forbidden.filter(([, pattern]) => pattern.test(text)).map(([name]) => `${file} mentions ${name}`)
    })
  expect(wrong).toEqual([])
})

test("a wrong import would be seen", () => {
  expect(importsIn('import {run} from "../simulate/run.ts"\nexport * from "./x.ts"')).toEqual([
    "../simulate/run.ts",
    "./x.ts",
  ])
  expect(importsIn('const m = await import("node:fs")\nimport "./side.ts"')).toEqual(["node:fs", "./side.ts"])
  expect(folderOf("src/golden/run.ts")).toBe("golden")
  expect(folderOf("src/errors.ts")).toBe("errors")
  expect(folderOf("models/digits16.ts")).toBe("models")
})

function typescript(folder: string): string[] {
  return readdirSync(join(root, folder), {recursive: true, encoding: "utf8"})
    .map((path) => `${folder}/${path}`)
    .filter((path) => path.endsWith(".ts") && !path.includes("/assembly/"))
}

function importsOf(file: string): string[] {
  return importsIn(withoutComments(readFileSync(join(root, file), "utf8")))
}

function importsIn(text: string): string[] {
  const statement =
    /(?<!`)\b(?:import|export)\s[^"'`;=()]*?\bfrom\s*["']([^"']+)["']|(?<!["'`\w.])import\s*\(?\s*["']([^"']+)["']/g
  return [...text.matchAll(statement)].flatMap(([, a, b]) => a ?? b ?? [])
}

function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\/|(?<=^|[\s;{}(),])\/\/.*$/gm, "")
}

function folderOf(path: string): string {
  const [first = "", second = ""] = path.split(/[\\/]/)
  return first === "src" ? second.replace(/\.ts$/, "") : first
}

function packageOf(target: string): string {
  const parts = target.startsWith("@") ? 2 : 1
  return target.split("/").slice(0, parts).join("/")
}
