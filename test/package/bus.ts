import {spawnSync} from "node:child_process"
import {mkdirSync, mkdtempSync, rmSync, writeFileSync} from "node:fs"
import {tmpdir} from "node:os"
import {dirname, join} from "node:path"
import type {Design} from "../../src/graph/design.ts"
import {root} from "../tools.ts"

export interface BusVectors {
  /** Bytes of each image as the stream carries them, and the words that must come back. */
  readonly images: readonly (readonly number[])[]
  readonly results: readonly (readonly number[])[]
  /** Images of each packet; they add up to all images. */
  readonly packets: readonly number[]
  readonly interval: number
  readonly seed: number
}

/** cocotb's verdict on a design on Icarus: tests passed and failed, and its output. */
export function runBus(
  python: string,
  design: Design,
  vectors: BusVectors,
): {passed: number; failed: number; output: string} {
  const folder = mkdtempSync(join(tmpdir(), "tlast-bus-"))
  try {
    for (const [path, text] of Object.entries(design.files)) {
      mkdirSync(dirname(join(folder, path)), {recursive: true})
      writeFileSync(join(folder, path), text)
    }
    writeFileSync(join(folder, "vectors.json"), JSON.stringify(vectors))
    const sources = Object.keys(design.files)
      .filter((path) => /\.s?v$/.test(path))
      .map((path) => join(folder, path))
    const run = spawnSync(
      python,
      [join(root, "test/python/bus/run_bus.py"), folder, design.top, join(folder, "vectors.json"), ...sources],
      {encoding: "utf8", timeout: 600_000, env: {...process.env, PATH: `${dirname(python)}:${process.env.PATH}`}},
    )
    const output = run.stdout + run.stderr
    const [, passed = "0", failed = "1"] = /TESTS=\d+ PASS=(\d+) FAIL=(\d+)/.exec(output) ?? []
    return {passed: Number(passed), failed: Number(failed), output}
  } finally {
    rmSync(folder, {recursive: true, force: true})
  }
}
