import {existsSync, readFileSync, rmSync, writeFileSync} from "node:fs"
import {join} from "node:path"
import {afterAll, beforeAll, describe, expect, test} from "vitest"
import {Accelerator} from "../../src/board/accelerator.ts"
import {bitToBin, parseBit, readBin, standInBit} from "../../src/board/bitstream.ts"
import {BufferPool, POOL} from "../../src/board/buffers.ts"
import {connect} from "../../src/board/driver.ts"
import {servePage} from "../../src/board/page.ts"
import {writeStandIn} from "../../src/board/stand-in.ts"
import {grpc} from "../../src/host/grpc.ts"
import {http} from "../../src/host/http.ts"
import {compile} from "../../src/simulate/embedded/compile.ts"
import {openSession} from "../../src/simulate/embedded/session.ts"
import {cli} from "../cli/cli.ts"
import {tiny} from "../package/tiny.ts"
import {host, type MadePackage, makePackage, type Served, serveMade} from "./package.ts"

describe("a stand-in bitstream", () => {
  const bit = standInBit("xc7z020clg400-1", "net_12345678", "ab".repeat(32))

  test("has a header that says its part and what it is", () => {
    expect(parseBit(bit, "x.bit")).toMatchObject({
      part: "7z020clg400",
      design: expect.stringContaining("STAND_IN=tlast"),
    })
  })

  test("names its design through pynq's byte order", () => {
    expect(readBin(bitToBin(parseBit(bit, "x.bit").data), "x.bin")).toEqual({
      kind: "stand-in",
      stem: "net_12345678",
      part: "xc7z020clg400-1",
      design: "ab".repeat(32),
    })
  })

  test("has no sync word, so that no FPGA starts on it", () => {
    expect(Buffer.from(bit).includes(Buffer.from([0xaa, 0x99, 0x55, 0x66]))).toBe(false)
    expect(Buffer.from(bit).includes(Buffer.from([0x66, 0x55, 0x99, 0xaa]))).toBe(false)
  })

  test("is refused cut at any place, in words", () => {
    for (let length = 0; length < bit.length; length += 7)
      expect(() => parseBit(bit.subarray(0, length), "x.bit"), `${length} bytes`).toThrow(/x\.bit: /)
  })
})

describe("contiguous buffers", () => {
  test("lie on pages, never overlap, and use freed room again", () => {
    const pool = new BufferPool()
    const [a, b, c] = [pool.allocate(5000, true, "p"), pool.allocate(1, true, "p"), pool.allocate(4096, true, "q")]
    expect([a, b, c].map(({address}) => address - POOL.base)).toEqual([0, 8192, 12_288])
    pool.free(b.id)
    expect(pool.allocate(4000, true, "p").address).toBe(b.address)
    expect(pool.freeOf("p")).toBe(2)
    expect(pool.used).toBe(4096)
  })

  test("show the DMA what was flushed, and the processor what was invalidated", () => {
    const pool = new BufferPool()
    const {id, cache, address} = pool.allocate(4, true, "p")
    cache.fill(7)
    expect([...(pool.read(address, 4) ?? [])]).toEqual([0, 0, 0, 0])
    pool.flush(id)
    expect([...(pool.read(address, 4) ?? [])]).toEqual([7, 7, 7, 7])
    expect(pool.write(address + 1, Uint8Array.of(9))).toBe(true)
    expect([...cache]).toEqual([7, 7, 7, 7])
    pool.invalidate(id)
    expect([...cache]).toEqual([7, 9, 7, 7])
    expect(pool.write(address + 4, Uint8Array.of(1))).toBe(false)
  })
})

describe("the board beside the core", () => {
  let made: MadePackage
  let served: Served
  beforeAll(async () => {
    made = await makePackage(tiny(9), {images: 30})
    served = await serveMade(made.folder)
  }, 60_000)
  afterAll(async () => {
    await served.stop()
    rmSync(made.folder, {recursive: true})
  })

  test("a session keeps its state over pieces of any length, and takes nothing behind TLAST", async () => {
    const session = await openSession(await compile(served.installed.design, {lanes: 1, host}), 20_000)
    const found: number[] = []
    const lasts: number[] = []
    // Three packets of ten images queued at once; the sink takes at most 7 words, the clock runs 1 to 97 cycles.
    for (let n = 0; n < 3; n++) session.send(made.images.subarray(n * 1440, (n + 1) * 1440))
    for (let n = 0; found.length < 300; n++) {
      const take = n % 5 === 0 ? 0 : 1 + (n % 7)
      const run = session.run({cycles: 1 + ((n * 31) % 97), take})
      expect(run.taken).toBeLessThanOrEqual(take)
      const inner = run.last.indexOf(1)
      if (inner >= 0) expect(inner).toBe(run.taken - 1)
      found.push(...new Int32Array(run.bytes.buffer))
      if (inner >= 0) lasts.push(found.length)
      if (n > 20_000) break
    }
    expect(Int32Array.from(found)).toEqual(made.golden)
    expect(lasts).toEqual([100, 200, 300])
    expect(session.unsent).toBe(0)
  }, 60_000)

  test("shows registers, stream and a waveform on its page, to this machine only", async () => {
    const page = await servePage(served.virtual, http, {address: "127.0.0.1", port: 0})
    const get = (path: string, init?: RequestInit) => fetch(`http://127.0.0.1:${page.port}${path}`, init)
    expect((await get("/trace.vcd")).status).toBe(404)
    const board = await connect("127.0.0.1", grpc, {port: served.port})
    const {stem} = served.installed.description
    await board.load(readFileSync(join(made.folder, `${stem}.bit`)), stem)
    const accelerator = await Accelerator.open(board, served.installed, () => host.clock.wallSeconds())
    expect((await get("/record?cycles=300", {method: "POST"})).status).toBe(200)
    expect(await accelerator.predict(made.images)).toEqual(made.golden)
    const state = (await (await get("/state")).json()) as {design: string; stream: {transfers: object[]}}
    expect(state.design).toBe(stem)
    expect(state.stream.transfers[0]).toMatchObject({
      sentBytes: 4320,
      receivedBytes: 1200,
      inputCycles: 4320,
      stalls: 0,
    })
    const vcd = await (await get("/trace.vcd")).text()
    expect(vcd).toContain("s_axis_tvalid")
    expect(vcd.match(/^#\d+$/gm)).toHaveLength(600)
    expect(await (await get("/")).text()).toContain("<h2>AXI DMA</h2>")
    expect((await get("/etc/passwd")).status).toBe(404)
    board.close()
    await page.stop()
  }, 30_000)

  test("never writes over Vivado's files", async () => {
    const {stem} = served.installed.description
    const path = join(made.folder, `${stem}.bit`)
    const standIn = readFileSync(path)
    const vivados = Uint8Array.from(standIn)
    vivados.set(new TextEncoder().encode("net_wrap;UserID=0XFFFFFFFF"), 16)
    writeFileSync(path, vivados)
    await writeStandIn(host.files, served.installed)
    expect(readFileSync(path)).toEqual(Buffer.from(vivados))
    writeFileSync(path, standIn)
  })

  test("the command line runs the package on a board, asks the doctor, and serves until it is stopped", async () => {
    const place = ["--package", made.folder, "--port", `${served.port}`]
    const run = await cli(["board", "run", ...place, "--images", "20"])
    expect(run.err).toBe("")
    expect(run.out).toMatch(/self-test passed\n20 images in [\d.]+ s, 100\.00 % right/)
    const doctor = await cli(["board", "doctor", "127.0.0.1", ...place])
    expect(doctor).toMatchObject({exitCode: 0, err: ""})
    expect(doctor.out).toContain("nothing wrong found")
    const stop = AbortSignal.abort()
    const serve = await cli(
      ["board", "serve", "--package", made.folder, "--port", "0", "--page", "0", "--fault", "no-tkeep"],
      {
        signal: stop,
      },
    )
    expect(serve.out).toContain("fault   no-tkeep: the core's m_axis_tkeep is 0")
    expect(existsSync(join(made.folder, "virtual", `${served.installed.description.stem}.bit`))).toBe(true)
  }, 60_000)

  test.each([
    [["board", "fly"], /"fly" is no action; expected serve, run or doctor/],
    [["board", "run"], /no package; expected --package/],
    [["board", "run", "/nowhere"], /accelerator\.json is missing/],
    [["board", "serve", "/nowhere", "--port", "99999"], /accelerator\.json is missing/],
    [["board", "doctor"], /no package/],
    [
      ["board", "serve", "/nowhere", "--simulator", "verilator"],
      /embedded simulator only.*\n.*verify --simulator verilator/,
    ],
    [["board", "serve", "/nowhere", "--simulator", "icarus"], /"icarus" found; expected embedded/],
  ])("%j is refused", async (argv, expected) => {
    const {exitCode, err} = await cli(argv)
    expect(err).toMatch(expected)
    expect(exitCode).toBe(2)
  })

  test("a board that is not there is said to be missing", async () => {
    const {exitCode, err} = await cli(["board", "run", "--package", made.folder, "--port", "9"])
    expect(err).toContain("nothing that speaks PYNQ.remote answers")
    expect(exitCode).toBe(4)
  }, 20_000)
})
