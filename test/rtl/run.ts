import {execFileSync} from "node:child_process"
import {mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync} from "node:fs"
import {tmpdir} from "node:os"
import {join} from "node:path"
import {library} from "../../src/emit/emit.ts"
import type {Design} from "../../src/graph/design.ts"
import type {Plan} from "../../src/plan/plan.ts"

const root = new URL("../../", import.meta.url).pathname

/** The hand-written modules by name. */
export const sources: Record<string, string> = Object.fromEntries(
  library.map((file) => [file, readFileSync(join(root, "rtl", file), "utf8")]),
)

export interface Beat {
  readonly data: bigint
  readonly keep: number
  readonly last: boolean
}

/** Images as beats of one packet. */
export function beatsOf({stream, lanes}: Plan, elements: ArrayLike<number>): Beat[] {
  const {dataBits, elementBits} = stream.input
  const count = elements.length / lanes
  return Array.from({length: count}, (_, b) => {
    let data = 0n
    for (let lane = lanes - 1; lane >= 0; lane--)
      data = (data << BigInt(elementBits)) | BigInt.asUintN(elementBits, BigInt(elements[b * lanes + lane] as number))
    return {data, keep: 2 ** (dataBits / 8) - 1, last: b === count - 1}
  })
}

export interface Run {
  readonly words: readonly number[]
  readonly last: readonly boolean[]
  /** Clocks in which the beats were accepted, and the results. */
  readonly taken: readonly number[]
  readonly given: readonly number[]
  readonly shortImages: number
}

/** A compiled design: Verilator, in its own folder. */
export function compile(design: Design): {
  run(beats: readonly Beat[], results: number, stalls?: {idle: number; stall: number; seed: number}): Run
  folder: string
} {
  const folder = mkdtempSync(join(tmpdir(), "tlast-rtl-"))
  for (const [path, text] of Object.entries(design.files)) writeFileSync(join(folder, path), text)
  const code = Object.keys(design.files).filter((path) => /\.s?v$/.test(path))
  mkdirSync(join(folder, "obj"))
  const harness = join(root, "test/rtl/harness.cpp")
  execFileSync(
    "verilator",
    [
      "--cc",
      "--exe",
      "--build",
      "-Wall",
      "-O3",
      "--top-module",
      design.top,
      "--prefix",
      "Vtop",
      "--Mdir",
      "obj",
      "-o",
      "sim",
      "-MAKEFLAGS",
      "OPT_FAST=-O1 OPT_SLOW=-O0",
      ...code,
      harness,
    ],
    {cwd: folder, stdio: "pipe", timeout: 600_000},
  )
  let count = 0
  return {
    folder,
    run(beats, results, {idle, stall, seed} = {idle: 0, stall: 0, seed: 1}) {
      const file = `beats${count++}.txt`
      writeFileSync(
        join(folder, file),
        beats.map(({data, keep, last}) => `${data.toString(16)} ${keep.toString(16)} ${last ? 1 : 0}`).join("\n"),
      )
      const text = execFileSync("obj/sim", [file, `${results}`, `${idle}`, `${stall}`, `${seed}`], {
        cwd: folder,
        encoding: "utf8",
        timeout: 600_000,
        maxBuffer: 2 ** 28,
      })
      const lines = text.split("\n").map((line) => line.split(" "))
      const outs = lines.filter(([kind]) => kind === "out")
      return {
        words: outs.map((line) => Number(line[2])),
        last: outs.map((line) => line[3] === "1"),
        taken: lines.filter(([kind]) => kind === "in").map((line) => Number(line[1])),
        given: outs.map((line) => Number(line[1])),
        shortImages: Number(lines.find(([kind]) => kind === "short")?.[1]),
      }
    },
  }
}

/** Names of a folder's files. */
export const filesOf = (folder: string): string[] => readdirSync(folder)
