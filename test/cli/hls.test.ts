import {mkdirSync, readFileSync, symlinkSync} from "node:fs"
import {dirname, join} from "node:path"
import {expect, test} from "vitest"
import {nodeHost} from "../../src/host/node.ts"
import {apTypes} from "../hls/fixture.ts"
import {requireTool} from "../tools.ts"
import {cli} from "./cli.ts"
import {tinyProject} from "./tiny.ts"

test("--backend hls without a C++ compiler ends with 3 and how to get one", {timeout: 300_000}, async () => {
  const host = nodeHost()
  const bare = {...host, which: async (name: string) => (name.endsWith("++") ? undefined : host.which(name))}
  const {exitCode, err} = await cli(["verify", ...tinyProject().args, "--backend", "hls"], {host: bare})
  expect(err).toMatch(/found no C\+\+ compiler[\s\S]*apt install g\+\+[\s\S]*\[CXX_MISSING\]/)
  expect(exitCode).toBe(3)
})

test("--backend hls behind header packets sends the weights, then packets of images, with the plan's results", {
  timeout: 600_000,
}, async (context) => {
  requireTool("g++", context)
  const {args, out} = tinyProject()
  mkdirSync(join(out, "hls-host"), {recursive: true})
  symlinkSync(dirname(await apTypes(context)), join(out, "hls-host/ap_types"))
  const host = nodeHost()
  // The RTL's second simulator is tested elsewhere.
  const which = async (name: string) => (name === "verilator" ? undefined : host.which(name))
  const kind = "--weights loadable --packets header --results 32 --backend hls --board pynq-z1".split(" ")
  const {exitCode, err} = await cli(["verify", ...args, ...kind], {host: {...host, which}})
  expect(err).not.toContain("error")
  expect(exitCode).toBe(0)
  const {passed, hls} = JSON.parse(readFileSync(join(out, "report/verify.json"), "utf8"))
  // Echoes of two loads, 7 words before the results of each of four packets, two words for each of 80 x 4 results.
  expect(hls).toMatchObject({ok: true, beats: 25 + 79 + 4 * 7 + 640, findings: []})
  expect(hls.bounded).toMatchObject({ok: true, stuck: []})
  expect(passed).toBe(true)

  // The same build, packaged: the stages are not run again, and the manifest has what was compared.
  const packaged = await cli(["package", ...args, ...kind], {host: {...host, which}})
  expect(packaged.err).not.toContain("error")
  const {core, checked} = JSON.parse(readFileSync(join(out, "board/pynq-z1/manifest.json"), "utf8"))
  expect(core).toBe("hls")
  expect(checked).toContainEqual({
    what: "HLS C++ against the integer reference",
    result: "HLS C++ with g++: 772 words equal, no deadlock at the emitted FIFO depths",
  })
  // Two loads, then packets of 1, 2 and 7 images.
  const sent = readFileSync(join(out, "board/pynq-z1/hls/tiny_in.txt"), "utf8").trim().split("\n")
  expect(sent).toHaveLength(25 + 79 + 3 * 7 + 640)
})
