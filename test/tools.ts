import {accessSync, constants} from "node:fs"
import {delimiter, join} from "node:path"
import {fileURLToPath} from "node:url"
import type {TestContext} from "vitest"

/** The repository's root, with a trailing slash. */
export const root = fileURLToPath(new URL("..", import.meta.url))

/** Full path of a native tool on PATH, or undefined. */
export function findTool(name: string): string | undefined {
  for (const folder of (process.env.PATH ?? "").split(delimiter)) {
    if (folder !== "" && isExecutable(join(folder, name))) return join(folder, name)
  }
  return undefined
}

/**
 * Full path of a native tool. Where it is missing the calling test is skipped, saying so; with CI=true it fails.
 * Use: `const verilator = requireTool("verilator", context)` with the context Vitest hands the test.
 */
export function requireTool(name: string, context: Pick<TestContext, "skip">): string {
  return found(findTool(name), `${name} is not installed`, context)
}

/** Full path of an optional file (relative to the repository's root) that CI may lack too, or undefined. */
export const findFile = (path: string): string | undefined =>
  isReadable(join(root, path)) ? join(root, path) : undefined

/** The Python of the tests' own environment (.venv, made by `npm test` from test/requirements.txt); as requireTool. */
export function requirePython(context: Pick<TestContext, "skip">): string {
  const python = join(root, ".venv", process.platform === "win32" ? "Scripts/python.exe" : "bin/python")
  return found(isExecutable(python) ? python : undefined, ".venv is not there: `npm test` makes it", context)
}

/**
 * A folder or file outside the repository or optional (MNIST's idx files), else as requireTool.
 * The path is relative to the repository's root.
 */
export function requireFile(path: string, why: string, context: Pick<TestContext, "skip">): string {
  const full = join(root, path)
  return found(isReadable(full) ? full : undefined, `${path} is not there: ${why}`, context)
}

function found(path: string | undefined, reason: string, context: Pick<TestContext, "skip">): string {
  if (path !== undefined) return path
  if (process.env.CI === "true") throw new Error(`${reason}, and CI must not skip`)
  return context.skip(reason)
}

const isExecutable = (path: string): boolean => allows(path, constants.X_OK)
const isReadable = (path: string): boolean => allows(path, constants.R_OK)

function allows(path: string, mode: number): boolean {
  try {
    accessSync(path, mode)
    return true
  } catch {
    return false
  }
}
