import {readdirSync, readFileSync, writeFileSync} from "node:fs"
import {join} from "node:path"
import {expect, test} from "vitest"
import {cli} from "./cli.ts"
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

test("tlast weights of a core with constant weights says how to build one without", {timeout: 300_000}, async () => {
  const {err, exitCode} = await cli(["weights", ...tinyProject().args])
  expect(err).toContain("--weights loadable --packets header")
  expect(exitCode).toBe(2)
})
