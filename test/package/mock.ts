import {spawnSync} from "node:child_process"
import {mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from "node:fs"
import {tmpdir} from "node:os"
import {dirname, join} from "node:path"

export interface MockRun {
  readonly code: number
  readonly output: string
  /** What the mock accepted, a fact a line; empty when it did not. */
  readonly facts: readonly string[]
}

/** Runs a script of a package under the mock of Vivado, in a folder of its own. */
export function runMock(
  files: Readonly<Record<string, string | Uint8Array>>,
  script: string,
  env: Record<string, string> = {},
  version = "2020.2",
): MockRun {
  const folder = mkdtempSync(join(tmpdir(), "tlast-mock-"))
  try {
    for (const [path, data] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, path)), {recursive: true})
      writeFileSync(join(folder, path), data)
    }
    const mock = new URL("../board-tcl/vivado-mock.tcl", import.meta.url).pathname
    const run = spawnSync("tclsh", [mock, join(folder, script), join(folder, "facts.txt"), version], {
      encoding: "utf8",
      timeout: 120_000,
      env: {...process.env, ...env},
    })
    const code = run.status ?? -1
    const facts = code === 0 ? readFileSync(join(folder, "facts.txt"), "utf8").trim().split("\n") : []
    return {code, output: run.stdout + run.stderr, facts}
  } finally {
    rmSync(folder, {recursive: true, force: true})
  }
}
