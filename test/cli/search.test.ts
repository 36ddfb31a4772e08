import {existsSync, readFileSync, writeFileSync} from "node:fs"
import {join} from "node:path"
import {expect, test} from "vitest"
import type {SearchReport} from "../../src/search/search.ts"
import {cli, temporary} from "./cli.ts"
import {tinyData} from "./tiny.ts"

/** A search of two topologies with two choices of bits over 8x8 images. */
function project() {
  const folder = temporary()
  const config = join(folder, "tlast.config.json")
  const out = join(folder, "search")
  const bits = [8, 4].map((n) => ({weights: n, activations: n, pixels: n}))
  writeFileSync(
    config,
    JSON.stringify({
      data: tinyData(join(folder, "data")),
      train: {epochs: 6, batch: 16, rate: 0.02, heldOut: 100, augment: false},
      search: {filters: [[1], [2]], kernels: [3], bits, accuracy: 90},
    }),
  )
  return {folder, out, args: ["--config", config, "--out", out]}
}

test("finds the fewest LUTs that reach an accuracy, goes on where it stopped, and its answer builds", async () => {
  const {out, args} = project()
  const stop = new AbortController()
  // Stopped as soon as something was trained: what there is by then is kept.
  const interrupted = await cli(["search", ...args], {
    signal: stop.signal,
    terminal: {
      out: (text) => {
        if (text.startsWith("short")) stop.abort()
      },
    },
  })
  expect(interrupted.exitCode).toBe(130)
  const kept = (JSON.parse(readFileSync(join(out, "report/search.json"), "utf8")) as SearchReport).points
  expect(kept.length).toBeGreaterThan(0)

  const {exitCode, out: said, err} = await cli(["search", ...args])
  expect(err.split("\n").filter((line) => /error/i.test(line))).toEqual([])
  expect(exitCode).toBe(0)
  const report = JSON.parse(readFileSync(join(out, "report/search.json"), "utf8")) as SearchReport
  expect(report.points.slice(0, kept.length)).toEqual(kept)
  expect(report.candidates).toBe(4)
  const answer = report.points.find(({candidate, effort}) => candidate === report.answer && effort === "long")
  expect(answer?.accuracy).toBeGreaterThanOrEqual(90)
  expect(said).toContain(`tlast build --config ${out}/long/${report.answer}/tlast.config.json`)
  expect(readFileSync(join(out, "report/search.html"), "utf8")).toContain(report.answer ?? "?")

  const built = await cli(["plan", "--config", `${out}/long/${report.answer}/tlast.config.json`])
  expect(built.exitCode).toBe(0)
  expect(existsSync(`${out}/long/${report.answer}/plan.json`)).toBe(true)
  // Nothing is left to do for a second run.
  const again = await cli(["search", ...args, "--json"])
  expect(JSON.parse(again.out)).toEqual(report)
}, 120_000)
