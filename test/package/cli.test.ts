import {existsSync, readdirSync, readFileSync} from "node:fs"
import {join} from "node:path"
import {beforeAll, describe, expect, test} from "vitest"
import type {PackageReport} from "../../src/package/package.ts"
import {type CliResult, cli} from "../cli/cli.ts"
import {tinyProject} from "../cli/tiny.ts"
import {requireTool} from "../tools.ts"
import {runMock} from "./mock.ts"

describe("tlast package", () => {
  const {args, out} = tinyProject()
  let run: CliResult
  const folder = join(out, "board/pynq-z1")
  const report = () => JSON.parse(readFileSync(join(out, "report/package.json"), "utf8")) as PackageReport

  beforeAll(async () => {
    run = await cli(["package", "--board", "pynq-z1", ...args])
  })

  test("builds, verifies, and leaves a folder and a zip", () => {
    expect(run.err).not.toContain("error")
    expect(run.exitCode).toBe(0)
    expect(run.out).toMatch(/tiny_[0-9a-f]{8} for pynq-z1 \(xc7z020clg400-1\) at 100 MHz/)
    expect(run.out).toContain("vivado -mode batch -source build.tcl")
    expect(run.out).toContain("not run: a board")
    const zips = readdirSync(join(out, "board")).filter((name) => name.endsWith(".zip"))
    expect(zips).toEqual([`${report().stem}_pynq-z1.zip`])
    expect(readFileSync(join(out, "board", zips[0] ?? "")).length).toBe(report().zipBytes)
  })

  test("says in the manifest what was simulated, with its numbers", () => {
    const {checked} = JSON.parse(readFileSync(join(folder, "manifest.json"), "utf8"))
    expect(checked.map(({what}: {what: string}) => what)).toEqual([
      "integer reference on the test images",
      "RTL against the integer reference",
      "stalls, broken streams and resets",
    ])
    expect(checked[1].result).toMatch(/80 images, 0 of 320 integers differ/)
  })

  test("carries golden's results as self-test, and models and driver", () => {
    for (const name of [
      "selftest_images.npy",
      "selftest_results.npy",
      "model.tflite",
      "tlast_pynq/accelerator.py",
      "tiny.ipynb",
    ]) {
      expect([name, existsSync(join(folder, name))]).toEqual([name, true])
    }
    // 80 images x 4 results are all there is: the self-test's are golden's file.
    expect(readFileSync(join(folder, "selftest_results.npy")).subarray(-1280)).toEqual(
      readFileSync(join(out, "sim/golden.npy")).subarray(-1280),
    )
  })

  test("is accepted by the mock of Vivado", (context) => {
    requireTool("tclsh", context)
    const files: Record<string, Uint8Array> = {}
    for (const name of readdirSync(folder, {recursive: true, withFileTypes: true})) {
      if (name.isFile()) {
        const path = join(name.parentPath, name.name)
        files[path.slice(folder.length + 1)] = readFileSync(path)
      }
    }
    expect(runMock(files, "build.tcl").output).toContain(`tlast: wrote ${report().stem}.bit`)
  })

  test("makes the same zip again, and another one unverified that says so", async () => {
    const {zipSha256, stem} = report()
    await cli(["package", "--board", "pynq-z1", ...args])
    expect(report().zipSha256).toBe(zipSha256)
    await cli(["package", "--board", "pynq-z1", "--unverified", ...args])
    expect(report().stem).toBe(stem)
    expect(report().checked.map(({what}) => what)).toEqual(["integer reference on the test images"])
  })

  test("refuses an unknown board before any work", async () => {
    const {exitCode, err} = await cli(["package", "--board", "pynq-z9", ...args])
    expect(exitCode).toBe(2)
    expect(err).toContain('"pynq-z9" is no board; expected pynq-z1, pynq-z2, xc7z010')
  })
})
