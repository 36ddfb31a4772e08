// Mutants of the simulator's compiler against random modules whose answers Verilator gave. See README.md.
import {cpSync, mkdirSync, readFileSync, rmSync, writeFileSync} from "node:fs"
import {fileURLToPath} from "node:url"
import {at} from "../../src/errors.ts"
import {nodeHost} from "../../src/host/node.ts"
import {elaborateJson} from "../../src/simulate/embedded/compile.ts"
import {generator} from "../../src/simulate/stall.ts"
import {directed} from "../../test/simulate/directed.ts"
import {type Reference, reference} from "../../test/simulate/fuzz.ts"

const [count = 60, seed = 1] = process.argv.slice(2).map(Number)
const root = fileURLToPath(new URL("../../", import.meta.url))
const out = `${root}build/bench-simulate/mutants`
const cells = ["arithmetic", "bits", "cell", "cells", "choose", "compare", "reduce", "shift"].map(
  (file) => `cells/${file}`,
)
const files = [...cells, "lanes", "operand", "emitter", "memory", "schedule", "netlist", "narrow", "layout"]
const path = (file: string) => `src/simulate/embedded/${file}.ts`

/** What a slip of the pen does: each is tried at the places where it matches. */
const slips: readonly (readonly [RegExp, string])[] = [
  [/ < /g, " <= "],
  [/ && /g, " || "],
  [/ \|\| /g, " && "],
  [/ === /g, " !== "],
  [/ \+ 1\b/g, ""],
  [/ - 1\b/g, ""],
  [/ \+ ([a-z])/g, " - $1"],
  [/"zero"/g, '"sign"'],
  [/\btrue\b/g, "false"],
  [/\bfalse\b/g, "true"],
  [/\.add\(/g, ".sub("],
  [/\.or\(/g, ".and("],
  [/\.and\(/g, ".or("],
  [/\.lessSigned\(/g, ".lessUnsigned("],
  [/\.lessUnsigned\(/g, ".lessSigned("],
  [/\.shiftRightSigned\(/g, ".shiftRight("],
  [/\.shiftRight\(/g, ".shiftRightSigned("],
  [/\.shiftLeft\(/g, ".shiftRight("],
  [/simd\.i16x8_(\w+), simd\.i32x4_/g, "simd.i32x4_$1, simd.i32x4_"],
  [/\.limb\(i, /g, ".limb(0, "],
]

const host = nodeHost()
rmSync(out, {recursive: true, force: true})
mkdirSync(out, {recursive: true})
const references: Reference[] = []
for (const one of [20, 41, 42, 43, 44]) references.push(await reference(host, one, 120, 16, `${out}/verilator`))
writeFileSync(`${out}/references.json`, JSON.stringify(references))
writeFileSync(`${out}/directed.json`, await elaborateJson(directed))
for (const folder of ["src", "test/simulate"]) cpSync(`${root}${folder}`, `${out}/${folder}`, {recursive: true})
writeFileSync(
  `${out}/compare.ts`,
  `import {readFileSync} from "node:fs"
import {directedMismatch} from "./test/simulate/directed.ts"
import {compare} from "./test/simulate/fuzz.ts"
const wrong = await directedMismatch(readFileSync(${JSON.stringify(`${out}/directed.json`)}, "utf8"))
if (wrong !== undefined) { console.log(wrong); process.exit(3) }
for (const one of JSON.parse(readFileSync(${JSON.stringify(`${out}/references.json`)}, "utf8"))) {
  const {mismatch} = await compare(one)
  if (mismatch !== undefined) { console.log(mismatch); process.exit(3) }
}
`,
)
const survives = async (): Promise<boolean> =>
  (
    await host.run("timeout", [
      "60",
      process.execPath,
      `${root}node_modules/jiti/lib/jiti-cli.mjs`,
      `${out}/compare.ts`,
    ])
  ).exitCode === 0
if (!(await survives())) throw new Error("the compiler itself differs from Verilator")

const random = generator(seed)
const pick = <T>(list: readonly T[]): T => at(list, Math.floor(random() * list.length))
const sites = files.flatMap((file) => {
  const text = readFileSync(`${root}${path(file)}`, "utf8")
  return slips.flatMap(([pattern, to]) =>
    [...text.matchAll(pattern)].flatMap((match) => {
      const begin = text.lastIndexOf("\n", match.index) + 1
      const line = text.slice(begin, text.indexOf("\n", match.index))
      // Comments, types and messages do nothing.
      if (/^\s*(\/?\*|\/\/|import|export (type|interface)|readonly|throw)/.test(line)) return []
      const changed = match[0].replace(pattern, to)
      return [{file, text, from: match.index, length: match[0].length, changed, line: line.trim()}]
    }),
  )
})
let killed = 0
const lived: string[] = []
for (let i = 0; i < count; i++) {
  const {file, text, from, length, changed, line} = pick(sites)
  writeFileSync(`${out}/${path(file)}`, text.slice(0, from) + changed + text.slice(from + length))
  if (await survives()) lived.push(`${file}: ${line}  [${text.slice(from, from + length).trim()} -> ${changed.trim()}]`)
  else killed++
  writeFileSync(`${out}/${path(file)}`, text)
}
console.log(`${killed} of ${count} mutants killed (seed ${seed}, ${sites.length} places); alive:`)
for (const one of lived) console.log(`  ${one}`)
