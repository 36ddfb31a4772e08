import {spawn} from "node:child_process"
import {randomBytes} from "node:crypto"
import {access, constants, mkdir, open, readdir, readFile, rename, rm} from "node:fs/promises"
import {availableParallelism} from "node:os"
import {delimiter, dirname, join} from "node:path"
import {fileURLToPath} from "node:url"
import {Worker} from "node:worker_threads"
import {TlastError} from "../errors.ts"
import type {Files, Host, RunOptions, RunResult, WorkerHandle} from "./host.ts"

/** The host of Node >= 20. */
export function nodeHost(): Host {
  return {
    files,
    clock: {
      wallSeconds: () => performance.now() / 1000,
      cpuSeconds: () => {
        const {user, system} = process.cpuUsage()
        return (user + system) / 1e6
      },
    },
    cores: availableParallelism(),
    startWorker,
    which,
    run,
  }
}

const files: Files = {
  read: (path) => guarded(path, "read", () => readFile(path)),
  readText: (path) => guarded(path, "read", () => readFile(path, "utf8")),
  write: (path, data) =>
    guarded(path, "write", async () => {
      await mkdir(dirname(path), {recursive: true})
      const temporary = `${path}.${randomBytes(6).toString("hex")}.tmp`
      try {
        const handle = await open(temporary, "wx")
        try {
          await handle.writeFile(data)
          await handle.sync()
        } finally {
          await handle.close()
        }
        await rename(temporary, path)
      } catch (error) {
        await rm(temporary, {force: true})
        throw error
      }
    }),
  exists: (path) =>
    access(path).then(
      () => true,
      () => false,
    ),
  list: async (path) => {
    try {
      return (await readdir(path)).sort()
    } catch (error) {
      if (errno(error) === "ENOENT") return []
      throw fileError(path, "list", error)
    }
  },
  makeFolder: (path) => guarded(path, "create", async () => void (await mkdir(path, {recursive: true}))),
  remove: (path) => guarded(path, "remove", () => rm(path, {recursive: true, force: true})),
  asset: async (path) => files.read(join(await packageRoot(), path)),
}

let root: string | undefined

/** The folder of tlast's own package.json, both from dist/ and from sources under a test runner. */
async function packageRoot(): Promise<string> {
  for (let folder = dirname(fileURLToPath(import.meta.url)); root === undefined; folder = dirname(folder)) {
    if (await files.exists(join(folder, "package.json"))) root = folder
    else if (folder === dirname(folder)) throw fileError(folder, "find package.json above", new Error("not found"))
  }
  return root
}

async function guarded<T>(path: string, verb: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action()
  } catch (error) {
    throw fileError(path, verb, error)
  }
}

const errno = (error: unknown): string | undefined =>
  error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined

function fileError(path: string, verb: string, cause: unknown): TlastError {
  const code = errno(cause)
  const problem = (() => {
    switch (code) {
      case "ENOENT":
        return {code: "FILE_NOT_FOUND", message: "no such file or folder", hint: "check the path and its spelling"}
      case "ENOSPC":
      case "EDQUOT":
        return {
          code: "DISK_FULL",
          message: "the disk is full",
          hint: "free some space and run the command again: finished stages are kept",
          exitCode: 4 as const,
        }
      case "EACCES":
      case "EPERM":
      case "EROFS":
        return {
          code: "NOT_PERMITTED",
          message: `not allowed to ${verb} it`,
          hint: "choose a folder you may write to with --out, or change its permissions",
        }
      case "EEXIST":
      case "ENOTDIR":
        return {
          code: "NOT_A_FOLDER",
          message: "a file stands where a folder is needed",
          hint: "choose another --out, or move that file away",
        }
      case "EISDIR":
        return {
          code: "NOT_A_FILE",
          message: "a folder stands where a file is needed",
          hint: "name a file, or move that folder away",
        }
      default:
        return {
          code: "FILE_FAILED",
          message: `could not ${verb} it: ${cause instanceof Error ? cause.message : String(cause)}`,
          hint: "check the disk, then run the command again",
          exitCode: 4 as const,
        }
    }
  })()
  return new TlastError({where: path, ...problem}, {cause})
}

function startWorker(entry: URL): WorkerHandle {
  const worker = new Worker(entry)
  return {
    post: (message, transfer = []) => worker.postMessage(message, [...transfer]),
    onMessage: (listener) => void worker.on("message", listener),
    onError: (listener) =>
      void worker.on("error", (error) => listener(error instanceof Error ? error : new Error(String(error)))),
    stop: async () => void (await worker.terminate()),
  }
}

async function which(command: string): Promise<string | undefined> {
  for (const folder of (process.env.PATH ?? "").split(delimiter)) {
    const path = join(folder, command)
    if (
      folder !== "" &&
      (await access(path, constants.X_OK).then(
        () => true,
        () => false,
      ))
    )
      return path
  }
  return undefined
}

function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, [...args], {
      ...(options.cwd === undefined ? {} : {cwd: options.cwd}),
      ...(options.signal === undefined ? {} : {signal: options.signal}),
      env: {...process.env, ...options.env},
    })
    let stdout = ""
    let stderr = ""
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text
      options.onOutput?.(text)
    })
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text
      options.onOutput?.(text)
    })
    child.on("error", (error) => {
      const missing = errno(error) === "ENOENT"
      const hint = missing
        ? "install it, or choose a way that does not need it"
        : "see the message, then run the command again"
      reject(
        new TlastError(
          {
            code: missing ? "TOOL_MISSING" : "TOOL_FAILED",
            where: command,
            message: error.message,
            hint,
            exitCode: missing ? 3 : 4,
          },
          {cause: error},
        ),
      )
    })
    child.on("close", (exitCode) => resolve({exitCode: exitCode ?? -1, stdout, stderr}))
    child.stdin.on("error", () => {})
    child.stdin.end(options.input ?? "")
  })
}
