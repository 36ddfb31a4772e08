import {TlastError} from "../errors.ts"

/** What a .bit says before its data. */
export interface BitHeader {
  readonly design: string
  /** "7z020clg400": without "xc" and speed grade. */
  readonly part: string
  readonly date: string
  readonly time: string
  readonly data: Uint8Array
}

const START = [0x0f, 0xf0, 0x0f, 0xf0, 0x0f, 0xf0, 0x0f, 0xf0, 0x00]
const SYNC = 0xaa995566
/** Type-1 write of one word to IDCODE. */
const WRITE_IDCODE = 0x30018001
const MARK = "tlast virtual board stand-in, NOT a bitstream\n"
const STANDARD = "no-vivado"

/** IDCODEs of Zynq-7000 (UG470's table; the top four bits are the revision). */
const devices: ReadonlyMap<number, string> = new Map([
  [0x3722093, "xc7z010"],
  [0x373b093, "xc7z015"],
  [0x3727093, "xc7z020"],
  [0x372c093, "xc7z030"],
])

/** Reads a .bit. Throws BAD_BITSTREAM with what is wrong. */
export function parseBit(data: Uint8Array, where: string): BitHeader {
  const bad = (message: string) => badBitstream(where, message)
  const word = (at: number) => ((data[at] ?? 0) << 8) | (data[at + 1] ?? 0)
  if (word(0) !== START.length || START.some((byte, i) => data[2 + i] !== byte))
    throw bad("the file does not start as a .bit does")
  const fields: Record<string, string> = {}
  let at = 2 + START.length + 2
  for (const name of ["a", "b", "c", "d"]) {
    if (data[at] !== name.charCodeAt(0)) throw bad(`field "${name}" is missing in the header`)
    const length = word(at + 1)
    if (at + 3 + length > data.length) throw bad(`field "${name}" of ${length} bytes ends behind the file`)
    fields[name] = text(data.subarray(at + 3, at + 3 + length)).replace(/\0+$/, "")
    at += 3 + length
  }
  if (data[at] !== 0x65) throw bad('field "e" is missing in the header')
  const length = word(at + 1) * 2 ** 16 + word(at + 3)
  const body = data.subarray(at + 5)
  if (body.length !== length) throw bad(`${body.length} bytes of configuration data; the header says ${length}`)
  return {design: fields.a ?? "", part: fields.b ?? "", date: fields.c ?? "", time: fields.d ?? "", data: body}
}

/** The file that takes a bitstream's place on a virtual board: a true header, and no configuration behind it. */
export function standInBit(part: string, stem: string, designHash: string): Uint8Array {
  const payload = new TextEncoder().encode(`${MARK}${JSON.stringify({stem, part, design: designHash})}\n`)
  const data = new Uint8Array(Math.ceil(payload.length / 4) * 4).fill(0x20)
  data.set(payload)
  const fields = [
    `${stem};STAND_IN=tlast;Version=${STANDARD}`,
    part.replace(/^xc/, "").replace(/-\d+$/, ""),
    "none",
    "none",
  ]
  const head = [0, START.length, ...START, 0, 1]
  for (const [index, field] of fields.entries()) {
    const bytes = [...new TextEncoder().encode(field), 0]
    head.push(0x61 + index, bytes.length >> 8, bytes.length & 255, ...bytes)
  }
  head.push(0x65, data.length >>> 24, (data.length >> 16) & 255, (data.length >> 8) & 255, data.length & 255)
  return Uint8Array.from([...head, ...data])
}

/** A .bin: the data with the bytes of each word in the other order, as the FPGA manager takes it. */
export function bitToBin(data: Uint8Array): Uint8Array {
  const result = new Uint8Array(Math.floor(data.length / 4) * 4)
  for (let i = 0; i < result.length; i++) result[i] = data[(i & ~3) + 3 - (i & 3)] ?? 0
  return result
}

/** What a .bin configures: one of our designs by its hash, or a device by its IDCODE. */
export type Configuration =
  | {readonly kind: "stand-in"; readonly stem: string; readonly part: string; readonly design: string}
  | {readonly kind: "bitstream"; readonly device: string | undefined; readonly idcode: number}

/** Looks into a .bin. Throws BAD_BITSTREAM for what no FPGA would take. */
export function readBin(bin: Uint8Array, where: string): Configuration {
  if (bin.length === 0) throw badBitstream(where, "the file is empty")
  if (bin.length % 4 !== 0) throw badBitstream(where, `${bin.length} bytes are no whole 32-bit words`)
  const swapped = bitToBin(bin.subarray(0, Math.min(bin.length, 4096)))
  const start = text(swapped)
  if (start.startsWith(MARK)) {
    try {
      const {stem, part, design} = JSON.parse(start.slice(MARK.length).trim()) as Record<string, unknown>
      if (typeof stem === "string" && typeof part === "string" && typeof design === "string")
        return {kind: "stand-in", stem, part, design}
    } catch {
      // Said below.
    }
    throw badBitstream(where, "a stand-in of tlast whose description is damaged")
  }
  if (text(bin.subarray(0, MARK.length)) === MARK || wordAt(swapped, SYNC) < 0) {
    const order = wordAt(bin.subarray(0, 4096), SYNC) >= 0
    throw badBitstream(
      where,
      order
        ? "the bytes of each word are in the .bit's order; a .bin has them swapped"
        : `no sync word 0xAA995566 in the first ${Math.min(bin.length, 4096)} bytes`,
    )
  }
  const sync = wordAt(swapped, SYNC)
  const write = wordAt(swapped.subarray(sync), WRITE_IDCODE)
  const view = new DataView(swapped.buffer)
  const idcode = write < 0 || sync + write + 8 > swapped.length ? 0 : view.getUint32(sync + write + 4) & 0xfffffff
  return {kind: "bitstream", device: devices.get(idcode), idcode}
}

function wordAt(data: Uint8Array, word: number): number {
  for (let at = 0; at + 4 <= data.length; at += 4) {
    const found =
      (((data[at] ?? 0) << 24) | ((data[at + 1] ?? 0) << 16) | ((data[at + 2] ?? 0) << 8) | (data[at + 3] ?? 0)) >>> 0
    if (found === word) return at
  }
  return -1
}

const text = (data: Uint8Array): string => new TextDecoder("latin1").decode(data)

const badBitstream = (where: string, message: string): TlastError =>
  new TlastError({
    code: "BAD_BITSTREAM",
    where,
    message,
    hint: "take the .bit that Vivado (build.tcl) or `tlast board serve` left, and let pynq make the .bin of it",
  })
