import {execFileSync} from "node:child_process"
import {mkdtempSync, readFileSync, rmSync, writeFileSync} from "node:fs"
import {tmpdir} from "node:os"
import {join} from "node:path"
import {fileURLToPath} from "node:url"

export interface LiteRtJob {
  readonly model: Uint8Array
  /** Raw input of all images, in the model's input type. */
  readonly input: Uint8Array
  readonly images: number
  /** Names of the tensors wanted. */
  readonly tensors: readonly string[]
}

/** The named tensors, raw, from LiteRT's BUILTIN_REF kernels, a map for each job. One Python process runs them all. */
export function runLiteRt(python: string, jobs: readonly LiteRtJob[]): readonly ReadonlyMap<string, Uint8Array>[] {
  const folder = mkdtempSync(join(tmpdir(), "tlast-litert-"))
  try {
    const list = jobs.map((job, n) => {
      const at = (name: string) => join(folder, `${n}.${name}`)
      writeFileSync(at("tflite"), job.model)
      writeFileSync(at("in"), job.input)
      const outputs = Object.fromEntries(job.tensors.map((name, i) => [name, at(`out${i}`)]))
      return {model: at("tflite"), input: at("in"), images: job.images, outputs}
    })
    writeFileSync(join(folder, "jobs.json"), JSON.stringify(list))
    execFileSync(python, [fileURLToPath(new URL("litert.py", import.meta.url)), join(folder, "jobs.json")], {
      stdio: ["ignore", "ignore", "pipe"],
      timeout: 600_000,
    })
    return list.map(({outputs}) => new Map(Object.entries(outputs).map(([name, path]) => [name, readFileSync(path)])))
  } finally {
    rmSync(folder, {recursive: true, force: true})
  }
}

/** Elements of an unsigned 8-bit input as the int8 file's: minus 128. */
export const asInt8 = (elements: Uint8Array): Uint8Array => elements.map((element) => element - 128)
