import type {BlockDesign} from "../emit/block-design.ts"
import type {AcceleratorFile} from "../emit/python.ts"
import type {Board} from "../graph/board.ts"
import {sha256} from "../host/hash.ts"

/** Something verified before packaging, in words, with its number. */
export interface Check {
  /** "RTL equals golden" */
  readonly what: string
  /** "10,000 images, 0 mismatches, embedded simulator" */
  readonly result: string
}

/** What nobody has run: said in every package, until someone has. */
const rtlNotRun = [
  "Vivado: neither synthesis, implementation nor timing; the scripts were checked against a mock of its commands",
  "a board: no bitstream was loaded, no DMA transfer made on hardware",
  "resources and clock after place and route",
] as const

/** The same, of a core that is HLS C++ where so. */
export const notRun = (hls: boolean): readonly string[] =>
  hls
    ? [
        "Vitis HLS: the C++ was compiled and compared with golden by an ordinary compiler, never synthesised;" +
          " its interval is predicted, its resources and latency are not",
        ...rtlNotRun,
      ]
    : rtlNotRun

export interface PackageFacts {
  readonly accelerator: AcceleratorFile
  readonly block: BlockDesign
  /** The core is the IP that Vitis HLS exports. */
  readonly hls: boolean
  readonly board: Board
  readonly checks: readonly Check[]
  readonly version: string
  /** Test images in the package. */
  readonly images: number
}

/** manifest.json: every other file with its length and SHA-256, the model, the tool, what was checked and what was not. */
export async function manifest(
  {accelerator, board, checks, version, hls}: PackageFacts,
  files: Readonly<Record<string, Uint8Array>>,
): Promise<string> {
  const entries: Record<string, {bytes: number; sha256: string}> = {}
  for (const path of Object.keys(files).sort()) {
    const data = files[path]
    if (data) entries[path] = {bytes: data.length, sha256: await sha256(data)}
  }
  const value = {
    format: "tlast board package",
    version: 1,
    tool: `tlast ${version}`,
    network: accelerator.name,
    model_sha256: accelerator.model_sha256,
    board: board.name,
    part: board.part,
    bitstream: `${accelerator.stem}.bit`,
    checked: checks,
    core: hls ? "hls" : "rtl",
    not_run: notRun(hls),
    files: entries,
  }
  return `${JSON.stringify(value, null, 2)}\n`
}
