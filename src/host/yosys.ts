import {TlastError} from "../errors.ts"
import type {Watch} from "../progress.ts"
import type {Host} from "./host.ts"

/** What Yosys is given: relative paths, `/`-separated. */
export type YosysFiles = Readonly<Record<string, string | Uint8Array>>

export interface YosysOptions extends Watch {
  /** With a host, Yosys runs in a worker: the caller's thread stays free and `signal` stops it. Without, in this thread. */
  readonly host?: Host
}

export interface YosysResult {
  /** The files the script wrote or changed. Those it only read are not repeated. */
  readonly files: Readonly<Record<string, Uint8Array>>
  readonly stdout: string
}

type Tree = {[name: string]: Tree | string | Uint8Array}

interface Answer {
  readonly exitCode: number
  readonly files: Readonly<Record<string, Uint8Array>>
  readonly output: string
  readonly crash?: string
}

/**
 * Runs a Yosys script (commands joined by ";") in the embedded @yowasp/yosys over a tree of files held in memory.
 * Errors: YOSYS_FAILED (exit 2) where Yosys says a source is wrong, with its file and line; YOSYS_CRASHED (exit 4) where
 * it ran out of memory or trapped; INTERRUPTED (130).
 */
export async function runYosys(
  commands: readonly string[],
  files: YosysFiles,
  options: YosysOptions = {},
): Promise<YosysResult> {
  if (options.signal?.aborted === true) throw interrupted()
  const args = ["-p", commands.join("; ")]
  if (last !== undefined && last.script === args[1] && sameFiles(last.files, files)) return last.result
  const answer =
    options.host === undefined ? await runHere(args, files) : await runInWorker(options.host, args, files, options)
  if (answer.crash !== undefined) throw crashed(answer.crash)
  if (answer.exitCode !== 0) throw failed(answer.output)
  const result = {files: answer.files, stdout: answer.output}
  last = {script: args[1] ?? "", files: {...files}, result}
  return result
}

/** The last good run: a build asks for the same netlist in simulate, for its timeline and in verify. */
let last: {readonly script: string; readonly files: YosysFiles; readonly result: YosysResult} | undefined

function sameFiles(a: YosysFiles, b: YosysFiles): boolean {
  const names = Object.keys(a)
  return (
    names.length === Object.keys(b).length && names.every((name) => typeof b[name] === "string" && a[name] === b[name])
  )
}

async function runHere(args: readonly string[], files: YosysFiles): Promise<Answer> {
  return perform(await import("@yowasp/yosys"), args, files)
}

/** Self-contained on purpose: its source text is also what the worker runs. */
async function perform(
  yosys: {readonly runYosys: (...given: never[]) => unknown},
  args: readonly string[],
  files: YosysFiles,
): Promise<Answer> {
  const decoder = new TextDecoder()
  const pieces: string[] = []
  const collect = (bytes: Uint8Array | null) => {
    if (bytes !== null) pieces.push(decoder.decode(bytes, {stream: true}))
  }
  const tree: Tree = {}
  const place = (path: string): [Tree, string] => {
    const folders = path.split("/")
    const name = folders.pop() ?? path
    let folder = tree
    for (const part of folders) {
      const known = folder[part]
      const next: Tree = typeof known === "object" && !(known instanceof Uint8Array) ? known : {}
      folder[part] = next
      folder = next
    }
    return [folder, name]
  }
  for (const [path, content] of Object.entries(files)) {
    const [folder, name] = place(path)
    folder[name] = content
  }
  const written: Record<string, Uint8Array> = {}
  const gather = (folder: Tree, prefix: string) => {
    for (const [name, item] of Object.entries(folder)) {
      const path = prefix + name
      if (typeof item === "string") {
        if (files[path] !== item) written[path] = new TextEncoder().encode(item)
      } else if (item instanceof Uint8Array) {
        if (files[path] === undefined) written[path] = item
      } else gather(item, `${path}/`)
    }
  }
  const run = yosys.runYosys as unknown as (args: readonly string[], files: Tree, options: unknown) => Promise<Tree>
  try {
    gather(await run(args, tree, {stdout: collect, stderr: collect, decodeASCII: false}), "")
    return {exitCode: 0, files: written, output: pieces.join("")}
  } catch (error) {
    const code = error instanceof Error && "code" in error && typeof error.code === "number" ? error.code : undefined
    if (code !== undefined) return {exitCode: code, files: {}, output: pieces.join("")}
    return {
      exitCode: -1,
      files: {},
      output: pieces.join(""),
      crash: error instanceof Error ? error.message : String(error),
    }
  }
}

/** A data: module, so that it is the same from sources, from dist/ and in a browser; the package is found from here. */
function workerSource(): string {
  const url = JSON.stringify(import.meta.resolve("@yowasp/yosys"))
  return `const perform = ${perform.toString()};
const inNode = typeof process === "object" && process.release?.name === "node";
const port = inNode ? (await import("node:worker_threads")).parentPort : globalThis;
const answer = async ({args, files}) => port.postMessage(await perform(await import(${url}), args, files));
if (inNode) port.on("message", answer); else port.onmessage = (event) => answer(event.data);`
}

async function runInWorker(
  host: Host,
  args: readonly string[],
  files: YosysFiles,
  {signal}: YosysOptions,
): Promise<Answer> {
  const worker = host.startWorker(new URL(`data:text/javascript,${encodeURIComponent(workerSource())}`))
  try {
    return await new Promise<Answer>((resolve, reject) => {
      const interrupt = () => reject(interrupted())
      signal?.addEventListener("abort", interrupt, {once: true})
      worker.onMessage((message) => resolve(message as Answer))
      worker.onError((error) => reject(crashed(error.message)))
      worker.post({args, files})
    })
  } finally {
    await worker.stop()
  }
}

const interrupted = (): TlastError =>
  new TlastError({
    code: "INTERRUPTED",
    where: "yosys",
    message: "stopped before Yosys had finished",
    hint: "run the command again: finished stages are kept",
    exitCode: 130,
  })

/** Yosys says `file:line: ERROR: text` for syntax and `ERROR: text` for the rest; the last one is why it stopped. */
function failed(output: string): TlastError {
  const lines = output.split("\n").map((line) => line.trim())
  const line = lines.findLast((text) => text.includes("ERROR:")) ?? lines.findLast((text) => text !== "") ?? "no output"
  const match = /^(?:(?<place>[^\s:]+:\d+(?:\.\d+(?:-\d+\.\d+)?)?): )?ERROR: (?<text>.*)$/.exec(line)
  const inText = /\bat ([\w./-]+\.s?vh?:\d+)/.exec(line)?.[1]
  return new TlastError({
    code: "YOSYS_FAILED",
    where: match?.groups?.place ?? inText ?? "yosys",
    message: `Yosys refused the Verilog: ${match?.groups?.text ?? line}`,
    hint: "look at that file and line under rtl/ of the build; if tlast emitted it, please report it with the model",
  })
}

const crashed = (text: string): TlastError =>
  new TlastError({
    code: "YOSYS_CRASHED",
    where: "yosys",
    message: `the embedded Yosys stopped in the middle: ${text}`,
    hint: "it may have run out of memory (4 GB at most): close other programs, or choose a smaller network or fewer lanes",
    exitCode: 4,
  })
