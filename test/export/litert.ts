import {execFileSync, spawn} from "node:child_process"
import {mkdtempSync, readFileSync, rmSync, writeFileSync} from "node:fs"
import {tmpdir} from "node:os"
import {join} from "node:path"
import {createInterface} from "node:readline"
import {fileURLToPath} from "node:url"

export interface LiteRtJob {
  readonly model: Uint8Array
  /** Raw input of all images, in the model's input type. */
  readonly input: Uint8Array
  readonly images: number
  /** Names of the tensors wanted. */
  readonly tensors: readonly string[]
}

type Found = readonly ReadonlyMap<string, Uint8Array>[]

const script = fileURLToPath(new URL("litert.py", import.meta.url))

/** The jobs as files in a folder of their own, and the tensors that were written there. */
function inFolder<R>(jobs: readonly LiteRtJob[], use: (path: string, read: () => Found, remove: () => void) => R): R {
  const folder = mkdtempSync(join(tmpdir(), "tlast-litert-"))
  const list = jobs.map((job, n) => {
    const at = (name: string) => join(folder, `${n}.${name}`)
    writeFileSync(at("tflite"), job.model)
    writeFileSync(at("in"), job.input)
    const outputs = Object.fromEntries(job.tensors.map((name, i) => [name, at(`out${i}`)]))
    return {model: at("tflite"), input: at("in"), images: job.images, outputs}
  })
  writeFileSync(join(folder, "jobs.json"), JSON.stringify(list))
  const read = () =>
    list.map(({outputs}) => new Map(Object.entries(outputs).map(([name, path]) => [name, readFileSync(path)])))
  return use(join(folder, "jobs.json"), read, () => rmSync(folder, {recursive: true, force: true}))
}

/** The named tensors, raw, from LiteRT's BUILTIN_REF kernels, a map for each job. One Python process runs them all. */
export const runLiteRt = (python: string, jobs: readonly LiteRtJob[]): Found =>
  inFolder(jobs, (path, read, remove) => {
    try {
      execFileSync(python, [script, path], {stdio: ["ignore", "ignore", "pipe"], timeout: 600_000})
      return read()
    } finally {
      remove()
    }
  })

/** A Python process that stays: starting one takes longer than most jobs. */
export interface LiteRtServer {
  readonly version: string
  run(jobs: readonly LiteRtJob[]): Promise<Found>
  stop(): void
}

export async function startLiteRt(python: string): Promise<LiteRtServer> {
  const child = spawn(python, [script, "--serve"], {stdio: ["pipe", "pipe", "inherit"]})
  const lines = createInterface({input: child.stdout})[Symbol.asyncIterator]()
  const gone = new Promise<never>((_, reject) => {
    child.on("error", reject)
    child.on("exit", (code) => reject(new Error(`${python} ended with exit code ${code}`)))
  })
  gone.catch(() => {})
  const answer = async () => (await Promise.race([lines.next(), gone])).value as string
  const [, version = ""] = (await answer()).split(" ")
  return {
    version,
    run: (jobs) =>
      inFolder(jobs, async (path, read, remove) => {
        try {
          child.stdin.write(`${path}\n`)
          const line = await answer()
          if (line !== "done") throw new Error(`LiteRT: ${line}`)
          return read()
        } finally {
          remove()
        }
      }),
    stop: () => child.stdin.end(),
  }
}

/** Elements of an unsigned 8-bit input as the int8 file's: minus 128. */
export const asInt8 = (elements: Uint8Array): Uint8Array => elements.map((element) => element - 128)
