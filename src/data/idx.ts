import {TlastError} from "../errors.ts"

/** An idx file of unsigned bytes: the format of MNIST. The last dimension varies fastest. */
export interface Idx {
  readonly dimensions: readonly number[]
  /** As many as the product of the dimensions; a view into the file where it was not gzipped. */
  readonly bytes: Uint8Array
}

/** More than any of the data sets this is for: 60,000 colour images of 64x64 pixels are 0.7 GB. */
const LARGEST_FILE = 2 ** 30

/**
 * Reads an idx file, gzipped or not. `where` (its path) leads every error: BAD_IDX says what was found and expected.
 * A gzipped file is inflated no further than its own header announces, so a small file cannot fill the memory.
 */
export async function readIdx(file: Uint8Array, where: string): Promise<Idx> {
  if (file.length === 0) throw bad(where, "is empty", "download the file again")
  const plain = file[0] === 0x1f && file[1] === 0x8b ? await inflate(file, where) : file
  const {dimensions, start, end} = header(plain, plain.length, where)
  if (plain.length !== end) {
    const what = plain.length < end ? "is cut short" : "has bytes left over"
    throw bad(
      where,
      `${what}: ${plain.length} bytes found, ${dimensions.join(" x ")} needs ${end}`,
      "download the file again",
    )
  }
  return {dimensions, bytes: plain.subarray(start, end)}
}

/** Reads the header from the first bytes of a file; `end` is the length the whole file must have. */
function header(bytes: Uint8Array, length: number, where: string): {dimensions: number[]; start: number; end: number} {
  const magic = Array.from(bytes.subarray(0, 4), (byte) => byte.toString(16).padStart(2, "0")).join("")
  const count = bytes[3] ?? 0
  if (length < 4 || !magic.startsWith("0000") || count < 1 || count > 4) {
    throw bad(
      where,
      `starts with 0x${magic}: not an idx file (0x000008 and its dimensions, 1 to 4)`,
      "name an idx file",
    )
  }
  if (bytes[2] !== 8) {
    throw bad(
      where,
      `holds elements of type 0x${magic.slice(4, 6)}, expected 0x08: unsigned bytes`,
      "convert it to bytes",
    )
  }
  const start = 4 + 4 * count
  if (length < start) throw bad(where, `is cut short: its header needs ${start} bytes`, "download the file again")
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const dimensions = Array.from({length: count}, (_, index) => view.getUint32(4 + 4 * index))
  const end = dimensions.reduce((product, dimension) => product * dimension, 1) + start
  if (dimensions.includes(0)) throw bad(where, `holds nothing: ${dimensions.join(" x ")}`, "name a file with images")
  if (end > LARGEST_FILE) {
    throw bad(where, `announces ${dimensions.join(" x ")} bytes, at most ${LARGEST_FILE} are read`, "use fewer images")
  }
  return {dimensions, start, end}
}

async function inflate(file: Uint8Array, where: string): Promise<Uint8Array> {
  const source = new Blob([file as Uint8Array<ArrayBuffer>]).stream()
  const reader = source.pipeThrough(new DecompressionStream("gzip")).getReader()
  const chunks: Uint8Array[] = []
  let length = 0
  let limit = Number.POSITIVE_INFINITY
  try {
    for (;;) {
      const {done, value} = await reader.read()
      if (done) break
      chunks.push(value)
      length += value.length
      if (limit === Number.POSITIVE_INFINITY && length >= 20) limit = header(join(chunks, 20), length, where).end
      if (length > limit) throw bad(where, `inflates past the ${limit} bytes its header announces`, "download it again")
    }
  } catch (cause) {
    if (cause instanceof TlastError) throw cause
    const message = `is not a whole gzip file: ${cause instanceof Error ? cause.message : String(cause)}`
    throw new TlastError({code: "BAD_IDX", where, message, hint: "download the file again"}, {cause})
  } finally {
    await reader.cancel().catch(() => {})
  }
  return join(chunks, length)
}

function join(chunks: readonly Uint8Array[], length: number): Uint8Array {
  const whole = new Uint8Array(length)
  let filled = 0
  for (const chunk of chunks) {
    const part = chunk.subarray(0, length - filled)
    whole.set(part, filled)
    filled += part.length
  }
  return whole
}

const bad = (where: string, message: string, hint: string) => new TlastError({code: "BAD_IDX", where, message, hint})
