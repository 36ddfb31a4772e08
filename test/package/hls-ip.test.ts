import {spawnSync} from "node:child_process"
import {mkdtempSync, rmSync, writeFileSync} from "node:fs"
import {tmpdir} from "node:os"
import {dirname, join} from "node:path"
import {beforeEach, describe, expect, test} from "vitest"
import {blockDesign} from "../../src/emit/block-design.ts"
import {emitHls} from "../../src/emit/hls.ts"
import {exportedIp} from "../../src/emit/hls-tcl.ts"
import {emitBuildTcl} from "../../src/emit/tcl.ts"
import {nodeHost} from "../../src/host/node.ts"
import {boardNames} from "../../src/package/board.ts"
import {packageBoard} from "../../src/package/package.ts"
import {defaultHlsOptions} from "../../src/plan/hls/options.ts"
import {readHlsLibrary} from "../../src/verify/hls.ts"
import {requirePython, requireTool} from "../tools.ts"
import {exportedComponent} from "./fixture.ts"
import {runMock} from "./mock.ts"
import {board, sampleInput} from "./sample.ts"
import {mutants} from "./tcl-mutants.ts"

const top = "digits16"
const ip = "hls/digits16_hls/solution/impl/ip/component.xml"

/** build.tcl around an exported IP, and the IP where run_hls.tcl leaves it. */
function scripts(name: string, inputBits: number): Record<string, string> {
  const {vlnv, folder} = exportedIp(top)
  const exported = {vlnv, folder: `hls/${folder}`}
  const design = blockDesign({board: board(name), core: top, exported, inputBits, outputBits: 32, clockMhz: 100})
  const options = {
    stem: "digits16_0123abcd",
    core: top,
    sources: ["rtl/never.v"],
    header: ["Made by tlast."],
    board: name,
  }
  return {"build.tcl": emitBuildTcl(design, options), [ip]: exportedComponent(top, inputBits)}
}

describe("build.tcl around the IP that Vitis HLS exports, under the strict mock of Vivado", () => {
  beforeEach((context) => void requireTool("tclsh", context))
  for (const name of boardNames)
    for (const bits of [8, 32, 64])
      test(`builds for ${name} with a ${bits}-bit stream`, () => {
        const run = runMock(scripts(name, bits), "build.tcl")
        expect(run.output).toContain("tlast: wrote digits16_0123abcd.bit")
        expect(run.code).toBe(0)
        expect(run.facts).toContain("cell memory/core_0 module:tlast:hls:digits16:1.0")
        const clock = run.facts.find((fact) => fact.startsWith("net memory/aclk "))
        expect(clock).toContain("memory/core_0/ap_clk")
      })

  test("stops with a sentence when Vitis HLS has not run, or exported another IP", () => {
    const {"build.tcl": script = ""} = scripts("pynq-z2", 8)
    const missing = runMock({"build.tcl": script}, "build.tcl")
    expect(missing.code).toBe(1)
    expect(missing.output).toMatch(
      /tlast: no IP in \S+\/hls\/digits16_hls\/solution\/impl\/ip: run Vitis HLS first, 'vitis_hls -f/,
    )
    const other = runMock({"build.tcl": script, [ip]: exportedComponent("other", 8)}, "build.tcl")
    expect(other.code).toBe(1)
    expect(other.output).toContain("has no IP tlast:hls:digits16:1.0")
  })

  test("an IP of another width, without TKEEP, or without a clock for its streams is found", () => {
    const files = scripts("pynq-z2", 8)
    const right = files[ip] ?? ""
    for (const [wrong, sentence] of [
      [exportedComponent(top, 16), "is 8 bits and memory/core_0/s_axis 16"],
      [exportedComponent(top, 8, 16), "the DMA's input stream has 16 bits, the core's output 32"],
      [right.replaceAll("TKEEP", "TUSER"), "has no TKEEP"],
      [right.replace("ASSOCIATED_BUSIF", "ASSOCIATED"), "no clock is associated with tlast:hls:digits16:1.0's s_axis"],
    ] as const) {
      const run = runMock({...files, [ip]: wrong}, "build.tcl")
      expect(run.output).toContain(sentence)
      expect(run.code).not.toBe(0)
    }
  })

  test("30 seeded mutations, and four of what is new here, are caught", () => {
    const files = scripts("pynq-z2", 8)
    const script = files["build.tcl"] ?? ""
    const own: readonly (readonly [string, string])[] = [
      ["update_ip_catalog\n", ""],
      ["set_property ip_repo_paths", "set_property ip_repo_path"],
      ["tlast:hls:digits16:1.0", "tlast:hls:digits16:1.1"],
      ["core_0/ap_rst_n", "core_0/aresetn"],
    ]
    const changed = own.map(([from, to]) => ({name: from, text: script.replace(from, to)}))
    const all = [...changed, ...mutants(script, 20260102, 30)]
    expect(new Set([script, ...all.map(({text}) => text)]).size).toBe(35)
    const alive = all.filter(({text}) => runMock({...files, "build.tcl": text}, "build.tcl").code === 0)
    expect(alive.map(({name}) => name)).toEqual([])
  })
})

test("build.tcl around an exported IP is clean under tclint", (context) => {
  const tclint = join(dirname(requirePython(context)), "tclint")
  const folder = mkdtempSync(join(tmpdir(), "tlast-tclint-"))
  try {
    for (const name of boardNames) writeFileSync(join(folder, `${name}.tcl`), scripts(name, 8)["build.tcl"] ?? "")
    const run = spawnSync(tclint, [folder], {encoding: "utf8", timeout: 600_000})
    expect(run.stdout + run.stderr).toBe("")
    expect(run.status).toBe(0)
  } finally {
    rmSync(folder, {recursive: true, force: true})
  }
})

test("a package around an exported IP has the C++, the name run_hls.tcl gives it, and the RTL for the virtual board", async () => {
  const input = sampleInput()
  const {top, files, architecture} = emitHls(input.network, defaultHlsOptions, await readHlsLibrary(nodeHost()))
  const pack = await packageBoard({...input, hls: {top, files, interval: architecture.interval}})
  const text = (path: string) => new TextDecoder().decode(pack.files[path])
  const [, vendor, library, version] = /-vendor (\S+) -library (\S+) -version (\S+)/.exec(text("hls/run_hls.tcl")) ?? []
  expect(text("hls/run_hls.tcl")).toContain(`open_project -reset ${top}_hls\nset_top ${top}\n`)
  expect(text("build.tcl")).toContain(`set exported ${vendor}:${library}:${top}:${version}\n`)
  expect(text("build.tcl")).not.toContain("rtl/")
  expect(pack.files["package_ip.tcl"]).toBeUndefined()
  expect(text(`virtual/${pack.report.stem}.hwh`)).toContain("module_ref:tlast_top:")
  expect(text("block_design.svg")).toContain("HLS IP")
  expect(text("README.md")).toContain("vitis_hls -f run_hls.tcl")
  expect(pack.report.notRun[0]).toMatch(/^Vitis HLS: .*never synthesised/)
  expect(JSON.parse(text("manifest.json"))).toMatchObject({core: "hls", not_run: pack.report.notRun})
  expect(JSON.parse(text("accelerator.json")).cycles.interval).toBe(architecture.interval)
  expect(pack.report.stem).not.toBe((await packageBoard(input)).report.stem)
})
