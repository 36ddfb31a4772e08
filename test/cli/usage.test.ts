import {spawnSync} from "node:child_process"
import {writeFileSync} from "node:fs"
import {join} from "node:path"
import {expect, test} from "vitest"
import {configFlags} from "../../cli/flags.ts"
import type {Verb} from "../../cli/verb.ts"
import {verbs} from "../../cli/verbs/index.ts"
import {configKeys} from "../../src/config/schema.ts"
import {TlastError} from "../../src/errors.ts"
import {root} from "../tools.ts"
import {cli, temporary} from "./cli.ts"

test("a mistyped verb is answered with the nearest, exit 2", async () => {
  expect(await cli("biuld")).toMatchObject({
    exitCode: 2,
    err: expect.stringMatching(/unknown command 'biuld'\n {2}did you mean build\?/),
  })
})

test("a mistyped flag is answered with the nearest, exit 2", async () => {
  expect(await cli("build --lane 2")).toMatchObject({
    exitCode: 2,
    err: expect.stringMatching(/'--lane'\n {2}did you mean --lanes\?/),
  })
})

test("a word too many, a flag without its value: exit 2", async () => {
  expect(await cli("build digits16")).toMatchObject({exitCode: 2, err: expect.stringMatching(/too many arguments/)})
  expect(await cli("build --lanes")).toMatchObject({exitCode: 2, err: expect.stringMatching(/argument missing/)})
})

test.each([
  ["build --lanes two", /--lanes: "two" is not a number/],
  ["build --lanes 17", /--lanes: 17 found\n {2}a whole number from 1 to 16/],
  ["build --clock 100000000", /--clock: 100000000 found\n {2}clocks are in MHz: 100/],
  ["build --weights fixed", /--weights: "fixed" found\n {2}it is one of: constant, loadable/],
  ["quantize --weight-bits 9", /--weight-bits: 9 found\n {2}a whole number from 1 to 8/],
  ["quantize --activation-bits 0", /--activation-bits: 0 found\n {2}a whole number from 1 to 8/],
  ["train --seed 1.5", /--seed: 1.5 found/],
  ["train --network digts16", /no such network.*\n {2}did you mean digits16\?/],
  ["train --data mnits", /no such data set.*\n {2}did you mean mnist\?/],
  ["build --from plam", /there is no stage "plam".*\n {2}did you mean plan\?/],
  ["build --network nowhere.tflite", /nowhere\.tflite: no such file/],
  ["build --config nowhere.json", /nowhere\.json: no such file/],
  ["build --data ./nowhere", /nowhere: has no train-images-idx3-ubyte/],
])("%s: exit 2, naming the flag or file", async (line, pattern) => {
  const {exitCode, err, out} = await cli(`${line} --out ${temporary()}`)
  expect(err).toMatch(pattern)
  expect(out).toBe("")
  expect(exitCode).toBe(2)
})

test("an unknown key of a configuration is answered with the nearest, exit 2", async () => {
  const file = join(temporary(), "tlast.config.json")
  writeFileSync(file, '{"quantize": {"weigthBits": 4}}')
  const {exitCode, err} = await cli(["build", "--config", file])
  expect(err).toMatch(
    /tlast\.config\.json: unknown key "quantize\.weigthBits"\n {2}did you mean "quantize\.weightBits"\?/,
  )
  expect(exitCode).toBe(2)
})

test("a folder that cannot be written is refused before anything runs, exit 2", async () => {
  const file = join(temporary(), "file")
  writeFileSync(file, "")
  expect(await cli(["build", "--out", join(file, "x")])).toMatchObject({
    exitCode: 2,
    err: expect.stringMatching(/choose another --out/),
  })
})

test("a flag for the rate stands for the lanes of the configuration; two such flags contradict each other", async () => {
  const file = join(temporary(), "tlast.config.json")
  writeFileSync(file, JSON.stringify({network: "mlp128", lanes: 1}))
  const {exitCode, out, err} = await cli(["estimate", "--config", file, "--rate", "250000", "--json"])
  expect({exitCode, err}).toEqual({exitCode: 0, err: ""})
  expect(JSON.parse(out).imagesPerSecond).toBeGreaterThanOrEqual(250_000)
  expect(await cli(["estimate", "--config", file, "--rate", "250000", "--lanes", "2"])).toMatchObject({
    exitCode: 2,
    err: expect.stringMatching(/PLAN_CONTRADICTION/),
  })
})

test("every flag is a key of the configuration, and has a line of help", async () => {
  for (const {key, help} of configFlags) {
    expect(configKeys).toContain(key)
    expect(help.length).toBeGreaterThan(5)
  }
})

test("the help of tlast lists every verb, that of a verb every flag", async () => {
  const {out, exitCode} = await cli("--help")
  expect(exitCode).toBe(0)
  for (const {name} of verbs) expect(out).toMatch(new RegExp(`\\n {2}${name}[ |]`))
  const build = await cli("build --help")
  for (const {name} of configFlags) expect(build.out).toContain(`--${name} `)
})

const verb = (run: Verb["run"]): Verb => ({name: "try", summary: "try", run})

test.each([
  [
    new TlastError({code: "NO_FIT", where: "x", message: "does not fit", hint: "use less", exitCode: 1}),
    1,
    /error: x: does not fit\n {2}use less\n {2}\[NO_FIT\]/,
  ],
  [new TlastError({code: "TOOL", where: "x", message: "no g++", hint: "install it", exitCode: 3}), 3, /install it/],
  [
    new TlastError({code: "DISK_FULL", where: "x", message: "the disk is full", hint: "free some", exitCode: 4}),
    4,
    /\[DISK_FULL\]/,
  ],
  [new RangeError("Array buffer allocation failed"), 4, /\[OUT_OF_MEMORY\]/],
  [new Error("surprise"), 70, /surprise[\s\S]*please report[\s\S]*\[INTERNAL\][\s\S]*tlast \d+\.\d+\.\d+, try/],
])("%s ends with its exit code", async (error, exitCode, pattern) => {
  const result = await cli("try", {verbs: [verb(() => Promise.reject(error))]})
  expect(result.exitCode).toBe(exitCode)
  expect(result.err).toMatch(pattern)
  expect(result.out).toBe("")
})

test("an interruption ends with 130 and how to go on", async () => {
  const controller = new AbortController()
  const waits = verb(async () => {
    controller.abort()
    throw new Error("aborted somewhere deep down")
  })
  const result = await cli("try", {verbs: [waits], signal: controller.signal})
  expect(result).toMatchObject({exitCode: 130, err: expect.stringMatching(/run the same command again/)})
})

const talks = verb(async ({say, watch}) => {
  say("a line")
  watch.onProgress?.({stage: "try", done: 1, total: 2, unit: "images"})
  return {report: {stage: "try", answer: 42}}
})

test("--json prints the report and nothing else, --quiet nothing", async () => {
  expect(await cli("try", {verbs: [talks]})).toEqual({exitCode: 0, out: "a line\n", err: ""})
  expect(await cli("try --json", {verbs: [talks]})).toEqual({
    exitCode: 0,
    out: `${JSON.stringify({stage: "try", answer: 42}, null, 2)}\n`,
    err: "",
  })
  expect(await cli("try --quiet", {verbs: [talks]})).toEqual({exitCode: 0, out: "", err: ""})
})

test("a failed check is exit 1", async () => {
  const failed = verb(async () => ({report: {}, exitCode: 1}))
  expect((await cli("try", {verbs: [failed]})).exitCode).toBe(1)
})

test("after a build, npx tlast runs in the checkout as the README says", () => {
  const {status, stdout, stderr} = spawnSync("npx", ["--no-install", "tlast", "--version"], {
    cwd: root,
    encoding: "utf8",
  })
  expect({status, stderr: status === 0 ? "" : stderr}).toEqual({status: 0, stderr: ""})
  expect(stdout.trim()).toMatch(/^\d+\.\d+\.\d+$/)
})
