import {existsSync, readdirSync, readFileSync} from "node:fs"
import {join} from "node:path"
import {beforeAll, describe, expect, test} from "vitest"
import type {PackageReport} from "../../src/package/package.ts"
import {type CliResult, cli} from "../cli/cli.ts"
import {tinyProject} from "../cli/tiny.ts"
import {requireTool} from "../tools.ts"
import {exportedComponent} from "./fixture.ts"
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
    expect(runMock(filesIn(folder), "build.tcl").output).toContain(`tlast: wrote ${report().stem}.bit`)
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

test("tlast package of a core with loadable weights carries the packets that load them", async (context) => {
  const {args, out} = tinyProject()
  const kind = ["--weights", "loadable", "--packets", "header", "--results", "32"]
  const run = await cli(["package", "--board", "pynq-z2", "--unverified", ...args, ...kind])
  expect(run.err).not.toContain("error")
  expect(run.exitCode).toBe(0)
  const files = filesIn(join(out, "board/pynq-z2"))
  const {packets} = JSON.parse(new TextDecoder().decode(files["accelerator.json"]))
  expect(packets).toMatchObject({kind: "header", results: 32, result_words: 8})
  const loads = packets.targets.map((target: {name: string; header: readonly number[]; words: number}, i: number) => {
    const words = new Int16Array((files[`load_${i}.npy`] ?? new Uint8Array()).slice(-2 * (7 + target.words)).buffer)
    expect(Array.from(words.subarray(0, 7))).toEqual(target.header)
    return `${target.name} ${target.words}`
  })
  expect(loads.slice(0, 2)).toEqual(["conv1 weights 18", "conv1 biases 4"])
  expect(loads).toContain("dense1 weights 72")
  requireTool("tclsh", context)
  const {facts} = runMock(files, "build.tcl")
  expect(facts).toContain("config memory/axi_dma_0,c_m_axis_mm2s_tdata_width 16")
})

test("tlast package --backend hls makes a package around the IP that its run_hls.tcl exports", async (context) => {
  const {args, out} = tinyProject()
  const run = await cli(["package", "--board", "pynq-z1", "--unverified", "--backend", "hls", ...args])
  expect(run.err).not.toContain("error")
  expect(run.exitCode).toBe(0)
  expect(run.out).toMatch(/next {4}cd \S+\/board\/pynq-z1\/hls && vitis_hls -f run_hls.tcl\nthen {4}cd/)
  expect(run.out).toContain("not run: Vitis HLS")
  const files = filesIn(join(out, "board/pynq-z1"))
  const text = (path: string) => new TextDecoder().decode(files[path])
  expect(text("hls/tiny.cpp")).toBe(readFileSync(join(out, "hls/tiny.cpp"), "utf8"))
  // Ten images of 64 pixels and 4 results.
  expect(text("hls/tiny_in.txt").trim().split("\n")).toHaveLength(640)
  expect(text("hls/tiny_out.txt").trim().split("\n")).toHaveLength(40)
  requireTool("tclsh", context)
  const exported = {"hls/tiny_hls/solution/impl/ip/component.xml": exportedComponent("tiny", 8)}
  const {output} = runMock({...files, ...exported}, "build.tcl")
  expect(output).toContain("tlast: wrote tiny_")
})

/** Every file under a folder, by its path in it. */
function filesIn(folder: string): Record<string, Uint8Array> {
  const files: Record<string, Uint8Array> = {}
  for (const name of readdirSync(folder, {recursive: true, withFileTypes: true})) {
    if (!name.isFile()) continue
    const path = join(name.parentPath, name.name)
    files[path.slice(folder.length + 1)] = new Uint8Array(readFileSync(path))
  }
  return files
}
