import {TlastError} from "../errors.ts"
import type {Design} from "../graph/design.ts"
import {sha256} from "../host/hash.ts"
import type {Files} from "../host/host.ts"

/** accelerator.json, as far as the board side reads it (emit/python.ts writes it). */
export interface Description {
  readonly name: string
  readonly stem: string
  readonly board: string
  readonly part: string
  readonly dma: string
  readonly dma_length_bits: number
  readonly clock_mhz: number
  readonly input: {
    readonly height: number
    readonly width: number
    readonly channels: number
    readonly shift: number
    readonly wire_bits: number
    readonly bytes: number
  }
  readonly output: {readonly count: number; readonly kind: "logits" | "class"}
  readonly packets: {readonly kind: "raw"} | HeaderDescription
  readonly cycles: {readonly interval: number; readonly latency: number}
}

export interface HeaderDescription {
  readonly kind: "header"
  readonly results: 16 | 32
  readonly result_words: number
  readonly execute: readonly number[]
  readonly targets: readonly {readonly name: string; readonly words: number}[]
}

/** What a .hwh says about the DMA and the core. */
export interface HandOff {
  readonly text: string
  /** "xc7z020clg400-1" */
  readonly part: string
  /** "memory/axi_dma_0", or undefined where there is no AXI DMA. */
  readonly dma: string | undefined
  readonly core: string | undefined
  readonly base: number
  readonly lengthBits: number
  readonly sendBits: number
  readonly receiveBits: number
  readonly scatterGather: boolean
}

/** A board package as it lies in its folder. */
export interface Installed {
  readonly folder: string
  readonly description: Description
  readonly handOff: HandOff
  readonly design: Design
  /** Over the RTL: what a stand-in .bit names. */
  readonly designHash: string
  readonly selfTest: {readonly images: Uint8Array; readonly results: Int32Array}
  /** Words of load_<n>.npy, for header packets. */
  readonly loads: readonly Uint16Array[]
}

/** Reads a package that `tlast package` made. Throws NOT_A_PACKAGE with the file that is missing or wrong. */
export async function readInstalled(files: Files, folder: string): Promise<Installed> {
  const description = parseDescription(await need(files, folder, "accelerator.json"), `${folder}/accelerator.json`)
  const handOff = parseHandOff(await need(files, folder, `virtual/${description.stem}.hwh`), folder)
  const names = (await files.list(`${folder}/rtl`)).filter((name) => /\.(sv|v|mem|svh|vh)$/.test(name))
  const sources: Record<string, string> = {}
  for (const name of names) sources[name] = await files.readText(`${folder}/rtl/${name}`)
  if (handOff.core === undefined || names.length === 0)
    throw notPackage(folder, "it has no RTL of the core", "make it again with `tlast package`")
  const {packets} = description
  const loads: Uint16Array[] = []
  for (let n = 0; packets.kind === "header" && n < packets.targets.length; n++) {
    const npy = parseNpy(await files.read(`${folder}/load_${n}.npy`), `${folder}/load_${n}.npy`)
    loads.push(new Uint16Array(npy.data))
  }
  const images = parseNpy(await files.read(`${folder}/selftest_images.npy`), `${folder}/selftest_images.npy`)
  const results = parseNpy(await files.read(`${folder}/selftest_results.npy`), `${folder}/selftest_results.npy`)
  return {
    folder,
    description,
    handOff,
    design: {top: handOff.core, files: sources},
    designHash: await sha256(JSON.stringify([handOff.core, Object.entries(sources).sort()])),
    selfTest: {images: new Uint8Array(images.data), results: new Int32Array(results.data)},
    loads,
  }
}

async function need(files: Files, folder: string, name: string): Promise<string> {
  if (await files.exists(`${folder}/${name}`)) return files.readText(`${folder}/${name}`)
  throw notPackage(
    folder,
    `${name} is missing`,
    "give the folder that `tlast package` made: build/<name>/board/<board>",
  )
}

function parseDescription(text: string, where: string): Description {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw notPackage(where, "it is not JSON", "make it again with `tlast package`")
  }
  const it = value as {format?: unknown; version?: unknown; stem?: unknown} | null
  if (it?.format !== "tlast accelerator" || it.version !== 1 || !/^[\w-]{1,80}$/.test(String(it.stem)))
    throw notPackage(
      where,
      "it is no description of a tlast accelerator, version 1",
      "make it again with `tlast package`",
    )
  return value as Description
}

/** Reads what matters here of a .hwh; parameters that are missing are those of the IP's defaults. */
export function parseHandOff(text: string, where: string): HandOff {
  const system = /<SYSTEMINFO[^>]*>/.exec(text)?.[0]
  if (system === undefined)
    throw notPackage(where, "the .hwh has no SYSTEMINFO", "take the .hwh that belongs to the .bit")
  const modules = [
    ...text.matchAll(/<MODULE\s[^>]*FULLNAME="\/([^"]+)"[^>]*MODTYPE="([^"]+)"[^>]*VLNV="([^"]*)"[\s\S]*?<\/MODULE>/g),
  ]
  const dma = modules.find(([, , type]) => type === "axi_dma")
  const core = modules.find(([, , , vlnv]) => vlnv?.includes(":module_ref:"))
  const attribute = (name: string) => new RegExp(`\\b${name}="([^"]*)"`).exec(system)?.[1] ?? ""
  const parameter = (name: string, fallback: number) => {
    const found = new RegExp(`<PARAMETER NAME="${name}" VALUE="([^"]*)"`, "i").exec(dma?.[0] ?? "")?.[1]
    return found === undefined ? fallback : Number(found)
  }
  return {
    text,
    part: `x${attribute("DEVICE").replace(/^(?!c)/, "c")}${attribute("PACKAGE")}${attribute("SPEEDGRADE")}`,
    dma: dma?.[1],
    core: core?.[2],
    base: parameter("C_BASEADDR", 0),
    lengthBits: parameter("c_sg_length_width", 14),
    sendBits: parameter("c_m_axis_mm2s_tdata_width", 32),
    receiveBits: parameter("c_s_axis_s2mm_tdata_width", 32),
    scatterGather: parameter("c_include_sg", 1) !== 0,
  }
}

/** An array of a .npy file (little-endian, C order): its bytes and shape. Throws NOT_A_PACKAGE. */
export function parseNpy(
  file: Uint8Array,
  where: string,
): {readonly data: ArrayBuffer; readonly shape: readonly number[]} {
  const head = new TextDecoder("latin1").decode(file.subarray(0, 256))
  const length = (file[8] ?? 0) | ((file[9] ?? 0) << 8)
  const [, order] = /'fortran_order': (\w+)/.exec(head) ?? []
  const [, dimensions] = /'shape': \(([\d, ]*)\)/.exec(head) ?? []
  if (!head.startsWith("\x93NUMPY\x01") || order !== "False" || dimensions === undefined)
    throw notPackage(where, "no .npy file of version 1 in C order", "make it again with `tlast package`")
  const shape = dimensions.split(",").filter((text) => text.trim() !== "")
  // A copy: a view into a larger buffer would bring its neighbours along.
  return {data: Uint8Array.from(file.subarray(10 + length)).buffer, shape: shape.map(Number)}
}

const notPackage = (where: string, message: string, hint: string): TlastError =>
  new TlastError({code: "NOT_A_PACKAGE", where, message, hint})
