import {spawnSync} from "node:child_process"
import {dirname, join} from "node:path"
import {beforeEach, describe, expect, test} from "vitest"
import {requirePython, root} from "../tools.ts"

describe("the Python driver", () => {
  let bin = ""
  beforeEach((context) => {
    bin = dirname(requirePython(context))
  })
  const run = (tool: string, ...args: string[]) => {
    const {status, stdout, stderr} = spawnSync(join(bin, tool), args, {cwd: root, encoding: "utf8", timeout: 600_000})
    return {status, output: stdout + stderr}
  }

  test("passes its tests on the fake board", () => {
    const {status, output} = run("pytest", "-q", "-p", "no:cacheprovider", "test/python")
    expect(output).toContain(" passed")
    expect(output).not.toMatch(/failed|skipped/)
    expect(status).toBe(0)
  })

  test("is clean under ruff, as Python 3.8, with its tests", () => {
    const config = ["--config", "python/pyproject.toml", "--no-cache", "python", "test/python", "test/board-tcl"]
    expect(run("ruff", "check", ...config)).toEqual({status: 0, output: "All checks passed!\n"})
    expect(run("ruff", "format", "--check", ...config).output).toMatch(/^\d+ files already formatted\n$/)
  })

  test("is clean under mypy --strict", () => {
    const {status, output} = run(
      "mypy",
      "--config-file",
      "python/pyproject.toml",
      "--cache-dir",
      "/dev/null",
      "python/tlast_pynq",
    )
    expect(output).toContain("Success: no issues found")
    expect(status).toBe(0)
  })
})
