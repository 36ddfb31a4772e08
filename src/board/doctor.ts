import {TlastError} from "../errors.ts"
import {sha256} from "../host/hash.ts"
import type {Files, Host} from "../host/host.ts"
import {resultsOf, wireOf} from "./accelerator.ts"
import {parseBit} from "./bitstream.ts"
import {dmaRegister, status} from "./dma.ts"
import {DmaDriver, type Exchange, type RemoteBoard, type RemoteBuffer} from "./driver.ts"
import {type FaultName, faults} from "./faults.ts"
import {type Installed, parseHandOff, readInstalled} from "./installed.ts"

/** One thing that is wrong. */
export interface Finding {
  readonly name: FaultName | "damaged-package" | "no-bitstream" | "wrong-results"
  /** What was measured. */
  readonly found: string
  readonly cause: string
  readonly cure: string
}

const finding = (name: FaultName, found: string): Finding => ({
  name,
  found,
  cause: faults[name].cause,
  cure: faults[name].cure,
})

/** Looks at a package's folder: files, stems, hierarchy, part, hashes. Nothing is run. */
export async function diagnosePackage(files: Files, folder: string): Promise<readonly Finding[]> {
  const {description} = await readInstalled(files, folder)
  const {stem} = description
  const findings: Finding[] = []
  const damaged = await damagedFiles(files, folder)
  if (damaged.length > 0)
    findings.push({
      name: "damaged-package",
      found: `${damaged.join(", ")} differ from manifest.json`,
      cause: "files of the package were changed or cut after it was made",
      cure: "copy the package again, or make it again with `tlast package`",
    })
  if (!(await files.exists(`${folder}/${stem}.bit`))) {
    findings.push({
      name: "no-bitstream",
      found: `${stem}.bit is missing`,
      cause: "Vivado has not made it, and no virtual board has left its stand-in",
      cure: "run build.tcl in Vivado, or `tlast board serve --package` for a stand-in",
    })
    return findings
  }
  const {part} = parseBit(await files.read(`${folder}/${stem}.bit`), `${folder}/${stem}.bit`)
  if (!description.part.startsWith(`xc${part}`))
    findings.push(finding("wrong-part", `${stem}.bit is for ${part}, the package for ${description.part}`))
  if (!(await files.exists(`${folder}/${stem}.hwh`))) {
    const others = (await files.list(folder)).filter((name) => name.endsWith(".hwh"))
    const beside = others.length > 0 ? `, only ${others.join(", ")}` : ""
    findings.push(finding("missing-hwh", `no ${stem}.hwh beside ${stem}.bit${beside}`))
    return findings
  }
  const handOff = parseHandOff(await files.readText(`${folder}/${stem}.hwh`), `${folder}/${stem}.hwh`)
  if (handOff.dma !== description.dma)
    findings.push(
      finding("wrong-hierarchy", `${stem}.hwh has its DMA at ${handOff.dma ?? "no place"}, not ${description.dma}`),
    )
  if (handOff.part !== description.part)
    findings.push(finding("wrong-part", `${stem}.hwh is for ${handOff.part}, the package for ${description.part}`))
  if (handOff.lengthBits < description.dma_length_bits)
    findings.push(
      finding(
        "short-length",
        `${stem}.hwh has a DMA with ${handOff.lengthBits} length bits, not ${description.dma_length_bits}`,
      ),
    )
  return findings
}

async function damagedFiles(files: Files, folder: string): Promise<readonly string[]> {
  if (!(await files.exists(`${folder}/manifest.json`))) return ["manifest.json"]
  const manifest = JSON.parse(await files.readText(`${folder}/manifest.json`)) as {
    files?: Record<string, {sha256: string}>
  }
  const damaged: string[] = []
  for (const [path, entry] of Object.entries(manifest.files ?? {})) {
    if (path.split("/").includes("..")) continue
    const good =
      (await files.exists(`${folder}/${path}`)) &&
      (await sha256(await files.read(`${folder}/${path}`))) === entry.sha256
    if (!good) damaged.push(path)
  }
  return damaged
}

/** Milliseconds of a register access from which calls are slow: a board on Ethernet needs about one. */
const SLOW_MS = 15

/**
 * Loads the package on a board and measures: part, clock, DMA, then the self-test images through it. Stops at the first
 * finding that makes the next ones meaningless. Throws NO_BOARD or BOARD_ERROR where there is nothing to measure.
 */
export async function diagnoseBoard(
  board: RemoteBoard,
  installed: Installed,
  host: Pick<Host, "files" | "clock">,
): Promise<readonly Finding[]> {
  const {description, handOff, folder} = installed
  const {stem} = description
  try {
    await board.load(await host.files.read(`${folder}/${stem}.bit`), stem)
  } catch (error) {
    if (error instanceof TlastError && error.code === "LOAD_FAILED" && /this board has/.test(error.problem.message))
      return [finding("wrong-part", error.problem.message)]
    throw error
  }
  const findings: Finding[] = []
  const clock = await fabricClock(board, description.clock_mhz)
  if (clock !== undefined) findings.push(finding("wrong-clock", clock))
  const dma = new DmaDriver(await board.mmio(handOff.base, 0x10000), () => host.clock.wallSeconds())
  const busy = await leftBusy(dma)
  if (busy !== undefined) findings.push(finding("not-idle", busy))
  const slow = await callTime(dma, host)
  if (slow > SLOW_MS) findings.push(finding("slow-calls", `a register access takes ${slow.toFixed(1)} ms`))
  const buffers: RemoteBuffer[] = []
  try {
    const allocate = async (bytes: number) => {
      const buffer = await board.allocate(bytes)
      buffers.push(buffer)
      return buffer
    }
    await dma.reset()
    const short = await lengthBits(dma, allocate, description.dma_length_bits)
    if (short !== undefined) return [...findings, finding("short-length", short)]
    const stale = await staleData(allocate)
    const found = await stream(dma, installed, allocate, stale)
    if (found !== undefined) findings.push(found)
    await dma.reset()
    return findings
  } finally {
    for (const buffer of buffers) await buffer.free()
  }
}

/** FCLK0 as the SLCR has it, set to what the design needs if it differs; a sentence where that did not help. */
async function fabricClock(board: RemoteBoard, wanted: number): Promise<string | undefined> {
  const slcr = await board.mmio(0xf800_0000, 0x200)
  const pll = (((await slcr.read(0x108)) >> 12) & 127) * 50
  const measure = async () => {
    const word = await slcr.read(0x170)
    return pll / Math.max(1, ((word >> 8) & 63) * ((word >> 20) & 63))
  }
  const off = (mhz: number) => Math.abs(mhz - wanted) > 0.01 * wanted
  if (!off(await measure())) return undefined
  const product = Math.round(pll / wanted)
  const first = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10].find((n) => product % n === 0 && product / n <= 63) ?? 1
  await slcr.write(0x170, ((product / first) << 8) | (first << 20))
  const found = await measure()
  return off(found) ? `FCLK0 is ${found.toFixed(2)} MHz and cannot be set to ${wanted}` : undefined
}

/** A channel that runs, is not idle, and has a length: somebody's transfer. */
async function leftBusy(dma: DmaDriver): Promise<string | undefined> {
  for (const [name, base] of [
    ["MM2S", 0],
    ["S2MM", dmaRegister.s2mmControl],
  ] as const) {
    const flags = await dma.read(base + dmaRegister.mm2sStatus)
    const length = await dma.read(base + dmaRegister.mm2sLength)
    if ((flags & (status.halted | status.idle)) === 0 && length > 0)
      return `${name} is busy with ${length} bytes before anything was started (DMASR 0x${flags.toString(16)})`
  }
  return undefined
}

async function callTime(dma: DmaDriver, {clock}: Pick<Host, "clock">): Promise<number> {
  const times: number[] = []
  for (let i = 0; i < 9; i++) {
    const from = clock.wallSeconds()
    await dma.read(dmaRegister.mm2sStatus)
    times.push(clock.wallSeconds() - from)
  }
  // The best of several: other programs on this machine make calls slow too.
  return 1000 * Math.min(...times)
}

/** Arms S2MM with the longest length and reads it back. */
async function lengthBits(
  dma: DmaDriver,
  allocate: (bytes: number) => Promise<RemoteBuffer>,
  bits: number,
): Promise<string | undefined> {
  const {address} = await allocate(4096)
  const wanted = 2 ** bits - 8
  await dma.write(dmaRegister.s2mmAddress, address)
  await dma.write(dmaRegister.s2mmLength, wanted)
  const found = await dma.read(dmaRegister.s2mmLength)
  await dma.reset()
  return found === wanted
    ? undefined
    : `LENGTH ${wanted} reads back as ${found}: the register has fewer than ${bits} bits`
}

/** Writes a pattern, flushes, spoils the processor's copy, invalidates: what comes back is what is in memory. */
async function staleData(allocate: (bytes: number) => Promise<RemoteBuffer>): Promise<boolean> {
  const buffer = await allocate(64)
  const pattern = Uint8Array.from({length: 64}, (_, i) => 3 * i + 1)
  await buffer.write(pattern)
  await buffer.write(new Uint8Array(64).fill(0xee), false)
  const back = await buffer.read()
  return !back.every((byte, i) => byte === pattern[i])
}

/** Up to eight self-test images with room to spare, and what the way they came back says. */
async function stream(
  dma: DmaDriver,
  installed: Installed,
  allocate: (bytes: number) => Promise<RemoteBuffer>,
  stale: boolean,
): Promise<Finding | undefined> {
  if (stale) return finding("stale-data", "64 bytes written and flushed do not come back after an invalidate")
  const {description, selfTest, loads} = installed
  const {input, output} = description
  const size = input.height * input.width * input.channels
  const images = Math.min(8, selfTest.images.length / size)
  for (const words of loads) {
    const send = new Uint8Array(words.slice().buffer)
    const found = await exchange(dma, allocate, send, send)
    if (found !== undefined) return found
  }
  const wire = wireOf(installed, selfTest.images.subarray(0, images * size))
  const expected = selfTest.results.subarray(0, images * output.count)
  const raw = description.packets.kind === "raw"
  const answer = raw ? new Uint8Array(expected.slice().buffer) : undefined
  return exchange(dma, allocate, wire.send, answer ?? wire.receiveBytes, (bytes) => {
    const results = resultsOf(installed, bytes, images)
    const wrong = expected.findIndex((value, i) => value !== results[i])
    return wrong < 0 ? undefined : `result ${wrong} is ${results[wrong]}, expected ${expected[wrong]}`
  })
}

const SPARE = 64

async function exchange(
  dma: DmaDriver,
  allocate: (bytes: number) => Promise<RemoteBuffer>,
  send: Uint8Array,
  answer: Uint8Array | number,
  compare: (bytes: Uint8Array) => string | undefined = () => undefined,
): Promise<Finding | undefined> {
  const bytes = typeof answer === "number" ? answer : answer.length
  const [source, target] = [await allocate(send.length), await allocate(bytes + SPARE)]
  await source.write(send)
  // A mark shows which bytes the DMA wrote; the spare room, whether more comes than should.
  await target.write(new Uint8Array(bytes + SPARE).fill(0xa5))
  const ended = await dma.transfer(source, target, {timeoutSeconds: 3})
  const memory = await target.read()
  const arrived = memory.findLastIndex((byte) => byte !== 0xa5) + 1
  return judge(ended, memory, arrived, bytes, answer, compare)
}

function judge(
  {ended, received, sendStatus, receiveStatus}: Exchange,
  memory: Uint8Array,
  arrived: number,
  bytes: number,
  answer: Uint8Array | number,
  compare: (bytes: Uint8Array) => string | undefined,
): Finding | undefined {
  const registers = `(MM2S DMASR 0x${sendStatus.toString(16)}, S2MM DMASR 0x${receiveStatus.toString(16)})`
  const hex = `${arrived} of ${bytes} bytes are in memory`
  if (ended === "error") return finding("packet-too-long", `the receive stopped with an error ${registers}`)
  if (ended === "neither" || ended === "receive-only")
    return finding("no-ap-start", `the core takes no input to the end, ${hex} ${registers}`)
  if (ended === "send-only") {
    return arrived >= bytes
      ? finding("no-tlast", `all ${bytes} bytes are in memory and the receive does not end ${registers}`)
      : finding("core-waiting", `everything was sent, and ${hex} ${registers}`)
  }
  if (received === bytes) {
    if (arrived === 0) return finding("no-tkeep", `${received} bytes are said to have come, and none is in memory`)
    const wrong = compare(memory.subarray(0, bytes))
    return wrong === undefined
      ? undefined
      : {
          name: "wrong-results",
          found: wrong,
          cause: "the right number of results came back with other values: another design is loaded, or timing fails",
          cure: "take .bit and package of one build; check the timing report and the clock",
        }
  }
  if (received === 0 || arrived === 0)
    return finding("no-tkeep", `the packet ended with ${received} bytes written of ${bytes}`)
  if (received > bytes) return finding("packet-too-long", `${received} bytes came where ${bytes} were expected`)
  if (received * 2 === bytes && isPacked(memory, answer))
    return finding("wrong-width", `${received} bytes came, and they are the low halves of the ${bytes} expected`)
  return finding("lost-results", `${received} of ${bytes} bytes came, with TLAST ${registers}`)
}

/** True where the bytes are the low halves of each expected word of four or of two. */
function isPacked(memory: Uint8Array, answer: Uint8Array | number): boolean {
  if (typeof answer === "number") return true
  return [4, 2].some((word) => {
    const halves = answer.filter((_, i) => i % word < word / 2)
    return halves.every((byte, i) => byte === memory[i])
  })
}
