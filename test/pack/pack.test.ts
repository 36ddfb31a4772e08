import {execFileSync} from "node:child_process"
import {existsSync, mkdtempSync, readdirSync, readFileSync} from "node:fs"
import {tmpdir} from "node:os"
import {join} from "node:path"
import {expect, test} from "vitest"
import {root} from "../tools.ts"

const run = (command: string, args: readonly string[], cwd: string): string =>
  execFileSync(command, args, {
    cwd,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
    maxBuffer: 1e8,
    timeout: 1_800_000,
  })

test("packed, installed in an empty folder, `npx tlast demo` makes a proven accelerator", {timeout: 3_600_000}, () => {
  const folder = mkdtempSync(join(tmpdir(), "tlast-pack-"))
  run("npm", ["pack", "--pack-destination", folder, "--loglevel=error"], root)
  const [tarball = ""] = readdirSync(folder).filter((name) => name.endsWith(".tgz"))
  expect(tarball).toMatch(/^tlast-\d+\.\d+\.\d+\.tgz$/)
  const user = mkdtempSync(join(tmpdir(), "tlast-user-"))
  run("npm", ["init", "-y"], user)
  run(
    "npm",
    ["install", "--prefer-offline", "--no-audit", "--no-fund", "--loglevel=error", join(folder, tarball)],
    user,
  )

  // One epoch and 500 images keep it short; every stage is the real one.
  const text = run("npx", ["--no-install", "tlast", "demo", "--epochs", "1", "--images", "500"], user)
  for (let stage = 1; stage <= 10; stage++) expect(text).toContain(`[${String(stage).padStart(2)}/10]`)
  const built = join(user, "build", "digits16")
  const summary = JSON.parse(readFileSync(join(built, "report", "summary.json"), "utf8")) as {
    rtl: {images: number; mismatches: number; cyclesPerImage: number}[]
  }
  expect(summary.rtl[0]).toMatchObject({images: 500, mismatches: 0, cyclesPerImage: 784})
  for (const path of ["model.tflite", "model.int8.tflite", "manifest.json", "report/index.html", "sim/outputs.npy"])
    expect(existsSync(join(built, path)), path).toBe(true)

  const again = run("npx", ["--no-install", "tlast", "build", "--epochs", "1", "--images", "500"], user)
  expect(again.match(/\(cached\)/g)?.length).toBeGreaterThanOrEqual(10)

  const api =
    'import {conv2d, network} from "tlast"; console.log(network("n", {height: 5, width: 5, channels: 1}, [conv2d({filters: 2, kernel: 3})]).layers[0].output)'
  expect(run("node", ["--input-type=module", "-e", api], user)).toContain("height: 3")
})
