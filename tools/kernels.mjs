// Compiles src/train/assembly/kernels.ts to src/train/kernels.generated.ts. `--check` only says whether it is current.
import {mkdtemp, readFile, rm, writeFile} from "node:fs/promises"
import {tmpdir} from "node:os"
import {join} from "node:path"
import {fileURLToPath} from "node:url"
import asc from "assemblyscript/asc"

const root = fileURLToPath(new URL("..", import.meta.url))
const target = join(root, "src/train/kernels.generated.ts")

/** The text that src/train/kernels.generated.ts must have. */
export async function kernels() {
  const folder = await mkdtemp(join(tmpdir(), "tlast-kernels-"))
  try {
    const args = ["assembly/kernels.ts", "--baseDir", join(root, "src/train"), "--outFile", join(folder, "k.wasm")]
    args.push("-O3", "--noAssert", "--runtime", "stub", "--enable", "simd", "--enable", "bulk-memory", "--importMemory")
    const {error, stderr} = await asc.main(args)
    if (error) throw new Error(`${error.message}\n${stderr.toString()}`)
    const text = (await readFile(join(folder, "k.wasm"))).toString("base64")
    return `// Generated from src/train/assembly/kernels.ts by \`node tools/kernels.mjs\`. Do not edit.
export const kernelsBase64 =
  ${JSON.stringify(text)}
`
  } finally {
    await rm(folder, {recursive: true, force: true})
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const text = await kernels()
  const current = await readFile(target, "utf8").catch(() => "")
  if (current === text) console.log("src/train/kernels.generated.ts is current")
  else if (process.argv.includes("--check")) {
    console.error("src/train/kernels.generated.ts is not current: run node tools/kernels.mjs")
    process.exitCode = 1
  } else {
    await writeFile(target, text)
    console.log(`wrote src/train/kernels.generated.ts (${text.length} characters)`)
  }
}
