import {mkdtempSync, readFileSync, writeFileSync} from "node:fs"
import {tmpdir} from "node:os"
import {join} from "node:path"
import {beforeEach, expect, test} from "vitest"
import {nodeHost} from "../../src/host/node.ts"
import {type BuildOptions, runBuild} from "../../src/pipeline/run.ts"
import {settingsOf} from "../../src/pipeline/settings.ts"
import type {StageName, Step} from "../../src/pipeline/step.ts"

const host = nodeHost()
let out: string
let ran: StageName[]

beforeEach(() => {
  out = mkdtempSync(join(tmpdir(), "tlast-pipeline-"))
  ran = []
})

/** A stage that copies what its needs wrote, with its option behind. */
function step(name: StageName, needs: readonly StageName[], option: unknown = 0, extra: Partial<Step> = {}): Step {
  return {
    name,
    summary: name,
    needs,
    sources: [],
    options: () => option,
    async run({outputs}) {
      ran.push(name)
      const read = await Promise.all(needs.map((need) => outputs.bytes(`${need}.txt`)))
      const text = `${read.map((bytes) => new TextDecoder().decode(bytes)).join("")}${name}${option} `
      return {report: {stage: name, text}, files: {[`${name}.txt`]: text}}
    },
    ...extra,
  }
}

const chain = (options: Partial<Record<StageName, unknown>> = {}): Step[] => [
  step("data", [], options.data),
  step("train", ["data"], options.train),
  step("quantize", ["train"], options.quantize),
]

async function build(steps: readonly Step[], more: Partial<BuildOptions> = {}) {
  ran = []
  return runBuild({host, settings: await settingsOf({out}, host), steps, ...more})
}

const text = (path: string): string => readFileSync(join(out, path), "utf8")

test("a second build runs nothing and has the same manifest", async () => {
  const first = await build(chain())
  expect(ran).toEqual(["data", "train", "quantize"])
  const second = await build(chain())
  expect(ran).toEqual([])
  expect(second).toEqual(first)
  expect(JSON.parse(text("manifest.json"))).toEqual(first.manifest)
})

test("a changed option runs its stage and those that read what it changed", async () => {
  await build(chain())
  await build(chain({train: 1}))
  expect(ran).toEqual(["train", "quantize"])
  expect(text("quantize.txt")).toBe("data0 train1 quantize0 ")
})

test("a stage that makes the same bytes again does not make the next run", async () => {
  await build(chain())
  const same = step("data", [], "other option", {
    run: async () => ({report: {stage: "data", text: "data0 "}, files: {"data.txt": "data0 "}}),
  })
  await build([same, ...chain().slice(1)])
  expect(ran).toEqual([])
})

test.each(["train.txt", "report/train.json"])("a stage whose %s was changed by hand runs again", async (path) => {
  const {manifest} = await build(chain())
  writeFileSync(join(out, path), "{}")
  expect((await build(chain())).manifest).toEqual(manifest)
  expect(ran).toEqual(["train"])
})

test("a broken record is no record", async () => {
  await build(chain())
  for (const broken of ["", "{", "[]", '{"key": 1}', '{"key": "x", "files": {"a": 1}, "local": []}']) {
    writeFileSync(join(out, ".cache/train.json"), broken)
    await build(chain())
    expect(ran).toEqual(["train"])
  }
})

test("a stage that fails leaves no record, no manifest, and its error in build.log", async () => {
  await build(chain())
  const failing = step("train", ["data"], 2, {run: () => Promise.reject(new Error("no luck today"))})
  await expect(build([...chain().slice(0, 1), failing, ...chain().slice(2)])).rejects.toThrow("no luck today")
  expect(await host.files.exists(`${out}/manifest.json`)).toBe(false)
  expect(await host.files.exists(`${out}/.cache/train.json`)).toBe(false)
  expect(text("build.log")).toContain("no luck today")
  await build(chain())
  expect(ran).toEqual(["train"])
})

test("files that a stage no longer makes are removed", async () => {
  await build(chain())
  const other = step("quantize", ["train"], 5, {
    run: async () => ({report: {stage: "quantize"}, files: {"new.txt": "new"}}),
  })
  await build([...chain().slice(0, 2), other])
  expect(await host.files.exists(`${out}/quantize.txt`)).toBe(false)
  expect(text("new.txt")).toBe("new")
})

test("--from runs a stage again though it is cached, --to stops after one", async () => {
  await build(chain())
  await build(chain(), {from: "train"})
  expect(ran).toEqual(["train", "quantize"])
  await build(chain({data: 9}), {to: "data"})
  expect(ran).toEqual(["data"])
})

test("files that depend on this computer are named in the manifest without a hash, and decide nothing", async () => {
  let clock = 0
  const timed = () =>
    step("train", ["data"], 0, {
      run: async () => ({
        report: {stage: "train"},
        files: {"train.txt": "same ", "time.txt": `${clock++}`},
        local: ["time.txt"],
      }),
    })
  const steps = () => [...chain().slice(0, 1), timed(), ...chain().slice(2)]
  const first = await build(steps())
  const second = await build(steps(), {from: "train", to: "train"})
  await build(steps())
  expect(ran).toEqual([])
  expect(first.manifest.local).toEqual(["time.txt"])
  expect(first.manifest.files["time.txt"]).toBeUndefined()
  expect(second.manifest.files["train.txt"]).toBe(first.manifest.files["train.txt"])
})

test("an aborted signal stops before the next stage with exit code 130", async () => {
  const controller = new AbortController()
  const stopping = step("data", [], 0, {
    run: async () => {
      controller.abort()
      return {report: {stage: "data"}, files: {"data.txt": ""}}
    },
  })
  const steps = [stopping, ...chain().slice(1)]
  await expect(build(steps, {signal: controller.signal})).rejects.toMatchObject({exitCode: 130})
  expect(await host.files.exists(`${out}/.cache/data.json`)).toBe(true)
})

test("a place that cannot be a folder is refused before anything runs", async () => {
  writeFileSync(join(out, "file"), "")
  const settings = await settingsOf({out: join(out, "file", "below")}, host)
  await expect(runBuild({host, settings, steps: chain()})).rejects.toMatchObject({code: "NOT_A_FOLDER", exitCode: 2})
  expect(ran).toEqual([])
})

test("a full disk stops the build with exit code 4 and no record of the stage", async () => {
  const full = {
    ...host,
    files: {
      ...host.files,
      write: (path: string, data: string | Uint8Array) =>
        path.endsWith("train.txt")
          ? host.files.write("/dev/full/x", data).catch(() => Promise.reject(diskFull()))
          : host.files.write(path, data),
    },
  }
  const settings = await settingsOf({out}, host)
  await expect(runBuild({host: full, settings, steps: chain()})).rejects.toMatchObject({exitCode: 4})
  expect(await host.files.exists(`${out}/.cache/train.json`)).toBe(false)
  const {manifest} = await build(chain())
  expect(ran).toEqual(["train", "quantize"])
  expect(Object.keys(manifest.files)).toContain("train.txt")
})

const diskFull = (): Error => Object.assign(new Error("ENOSPC"), {exitCode: 4})
