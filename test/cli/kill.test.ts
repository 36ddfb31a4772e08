import {type ChildProcess, spawn, spawnSync} from "node:child_process"
import {existsSync, readFileSync, writeFileSync} from "node:fs"
import {join} from "node:path"
import {setTimeout as wait} from "node:timers/promises"
import {beforeAll, expect, test} from "vitest"
import {ensureBuild} from "../../tools/setup.mjs"
import {root} from "../tools.ts"
import {tinyProject} from "./tiny.ts"

const main = join(root, "dist/cli/main.js")

beforeAll(() => {
  expect(ensureBuild(), "tlast compiles").toBe(true)
})

/** A project whose training takes a few seconds, so that it can be stopped in the middle. */
function slowProject() {
  const project = tinyProject()
  const config = project.args[1] ?? ""
  writeFileSync(config, readFileSync(config, "utf8").replace("epochs: 12", "epochs: 150"))
  const start = (): ChildProcess => spawn(process.execPath, [main, "golden", ...project.args], {stdio: "ignore"})
  return {...project, start}
}

/** Waits until the training has left a checkpoint, then sends the signal; resolves with the exit code. */
async function stopInTraining(child: ChildProcess, out: string, signal: NodeJS.Signals): Promise<number | null> {
  const ended = new Promise<number | null>((resolve) => child.on("exit", resolve))
  const checkpoint = join(out, ".cache/train.checkpoint.json")
  for (let tries = 0; !existsSync(checkpoint) && tries < 3000; tries++) await wait(10)
  expect(existsSync(checkpoint)).toBe(true)
  child.kill(signal)
  return ended
}

test("killed in the middle of training, the same command goes on and ends with the identical manifest", async () => {
  const {args, out, start} = slowProject()
  expect(await stopInTraining(start(), out, "SIGKILL")).toBe(null)
  expect(existsSync(join(out, "model.json"))).toBe(false)
  expect(await stopInTraining(start(), out, "SIGKILL")).toBe(null)
  const run = (folder: string) =>
    spawnSync(process.execPath, [main, "golden", "--config", args[1] ?? "", "--out", folder], {encoding: "utf8"})
  expect(run(out).status).toBe(0)
  expect(run(`${out}-whole`).status).toBe(0)
  const manifest = (folder: string) => readFileSync(join(folder, "manifest.json"), "utf8")
  expect(manifest(out)).toBe(manifest(`${out}-whole`))
})

test("Ctrl-C ends with exit code 130 and keeps the checkpoint", async () => {
  const {out, start} = slowProject()
  expect(await stopInTraining(start(), out, "SIGINT")).toBe(130)
  expect(existsSync(join(out, ".cache/train.checkpoint.json"))).toBe(true)
})
