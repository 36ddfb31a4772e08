import {execFileSync} from "node:child_process"
import {mkdirSync, readdirSync, readFileSync, writeFileSync} from "node:fs"
import {delimiter, join} from "node:path"
import {expect, test} from "vitest"
import {runGolden} from "../../src/golden/run.ts"
import {integerNetworkFromJson} from "../../src/graph/json.ts"
import {headerFields, type Loadable, loadTargets} from "../../src/graph/packets.ts"
import {loadPackets} from "../../src/weights/pack.ts"
import {requirePython, root} from "../tools.ts"
import {cli, temporary} from "./cli.ts"
import {tinyProject} from "./tiny.ts"

const loadable = ["--weights", "loadable", "--packets", "header"]

test("tlast weights writes a packet for all that can be loaded, and checks the core's echoes", {
  timeout: 300_000,
}, async () => {
  const {args, out, folder} = tinyProject()
  const first = await cli(["weights", ...args, ...loadable])
  expect(first.err).not.toContain("error")
  expect(first.out).toMatch(/conv1 weights +\[1, 0, 3, 1, 1, 2, 1\] +25 words/)
  expect(first.exitCode).toBe(0)
  const names = readdirSync(join(out, "weights")).sort()
  const arrays = Array.from({length: 6}, (_, i) => `load_${i}.npy`)
  expect(names).toEqual([
    "1-conv1-weights.bin",
    "2-conv1-biases.bin",
    "3-conv1-shift.bin",
    "4-dense1-weights.bin",
    "5-dense1-biases.bin",
    "6-dense1-shift.bin",
    ...arrays,
  ])
  expect(first.out).toContain("accelerator.load_weights(")
  const files = names.slice(0, 6)
  // The driver's files hold the same words, behind NumPy's header.
  for (const [i, name] of arrays.entries()) {
    const words = readFileSync(join(out, "weights", files[i] ?? ""))
    expect(readFileSync(join(out, "weights", name)).subarray(-words.length)).toEqual(words)
  }

  // A core that is right answers with what it was sent.
  const sent = Buffer.concat(files.map((file) => readFileSync(join(out, "weights", file))))
  const answer = join(folder, "answer.bin")
  writeFileSync(answer, sent)
  const good = await cli(["weights", join(out, "integer.json"), ...args, ...loadable, "--answer", answer])
  expect(good.err).not.toContain("error")
  expect(good.out).toContain("every echo is what was sent")

  writeFileSync(
    answer,
    sent.map((byte, i) => (i === 20 ? byte ^ 1 : byte)),
  )
  const bad = await cli(["weights", ...args, ...loadable, "--answer", answer])
  expect(bad.err).toContain("ECHO_DIFFERS")
  expect(bad.exitCode).toBe(1)
  writeFileSync(answer, sent.subarray(0, sent.length - 2))
  expect((await cli(["weights", ...args, ...loadable, "--answer", answer])).err).toContain("ANSWER_")
})

test("the guide's TypeScript loads one build's model into another, and Python makes the same packets", {
  timeout: 300_000,
}, async (context) => {
  const {args, out} = tinyProject()
  const other = join(temporary(), "other")
  expect((await cli(["plan", ...args, ...loadable])).exitCode).toBe(0)
  const config = args.slice(0, 2)
  expect((await cli(["quantize", ...config, "--out", other, "--seed", "2", ...loadable])).exitCode).toBe(0)
  const files = {built: join(out, "integer.json"), other: join(other, "integer.json")}

  const [, code = ""] = /```ts\n([^`]*)```/.exec(readFileSync(join(root, "docs/guide/another-model.md"), "utf8")) ?? []
  const place = join(root, "build", "test-guide")
  mkdirSync(place, {recursive: true})
  const file = join(place, "another-model.ts")
  writeFileSync(file, code.replaceAll("build/loadable", out).replaceAll("build/other", other))
  const {results} = (await import(/* @vite-ignore */ file)) as {results: Int32Array}
  const network = (path: string) => integerNetworkFromJson(readFileSync(path, "utf8"), path)
  const [built, model] = [network(files.built), network(files.other)]
  expect(results).toEqual(runGolden(model, new Uint8Array(2 * 64)).outputs)
  expect(results).not.toEqual(runGolden(built, new Uint8Array(2 * 64)).outputs)

  const takes: Loadable = JSON.parse(readFileSync(join(out, "plan.json"), "utf8")).loadable
  const targets = loadTargets(built, takes).map(({layer, kind, header, words}) => ({
    name: `${layer.name} ${kind}`,
    header: headerFields.map((field) => header[field]),
    words,
  }))
  const python = requirePython(context)
  const script = `import json, sys
from tlast_pynq import load_packets
print(json.dumps([words.tolist() for _, words in load_packets(json.loads(sys.argv[1]), sys.argv[2])]))`
  const printed = execFileSync(python, ["-c", script, JSON.stringify({targets}), files.other], {
    env: {...process.env, PYTHONPATH: [join(root, "python"), join(root, "test/python/fake")].join(delimiter)},
    encoding: "utf8",
  })
  expect(JSON.parse(printed)).toEqual(loadPackets(built, model, takes).map(({words}) => [...words]))
})

test("tlast weights of a core with constant weights says how to build one without", {timeout: 300_000}, async () => {
  const {err, exitCode} = await cli(["weights", ...tinyProject().args])
  expect(err).toContain("--weights loadable --packets header")
  expect(exitCode).toBe(2)
})
