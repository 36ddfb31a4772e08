import {readFileSync, rmSync} from "node:fs"
import {connect as http2} from "node:http2"
import {connect as dial} from "node:net"
import {join} from "node:path"
import {afterAll, beforeAll, describe, expect, test} from "vitest"
import {Accelerator} from "../../src/board/accelerator.ts"
import {dmaRegister} from "../../src/board/dma.ts"
import {connect, DmaDriver, type RemoteBoard} from "../../src/board/driver.ts"
import {protocol} from "../../src/board/protocol.ts"
import {grpc} from "../../src/host/grpc.ts"
import type {Message, RpcClient} from "../../src/host/transport.ts"
import {integer, random} from "../golden/networks.ts"
import {tiny} from "../package/tiny.ts"
import {memoryAfterGc} from "./memory.ts"
import {host, type MadePackage, makePackage, type Served, serveMade} from "./package.ts"

const buffer = "buffer.RemoteBuffer"
const device = "remote_device.RemoteDevice"

describe("a virtual board among hostile clients", () => {
  let made: MadePackage
  let served: Served
  let client: RpcClient
  let board: RemoteBoard
  const call = (service: string, method: string, ...requests: Message[]) =>
    client.call(service, method, requests, {timeoutSeconds: 20})
  const bit = () => readFileSync(join(made.folder, `${served.installed.description.stem}.bit`))

  beforeAll(async () => {
    made = await makePackage(tiny(5), {images: 40})
    served = await serveMade(made.folder)
    client = await grpc.connect({protocol, address: "127.0.0.1", port: served.port, timeoutSeconds: 5})
    board = await connect("127.0.0.1", grpc, {port: served.port})
    await board.load(bit(), served.installed.description.stem)
  }, 60_000)
  afterAll(async () => {
    client.close()
    board.close()
    await served.stop()
    rmSync(made.folder, {recursive: true})
  })

  /** A good client gets golden's results, whatever went before. */
  const works = async () => {
    const good = await connect("127.0.0.1", grpc, {port: served.port})
    const accelerator = await Accelerator.open(good, served.installed, () => host.clock.wallSeconds(), 40)
    expect(await accelerator.predict(made.images)).toEqual(made.golden)
    await accelerator.close()
    good.close()
  }

  test.each<[string, string, Message, RegExp]>([
    [buffer, "read", {buffer_id: "nobody"}, /no buffer "nobody"/],
    [buffer, "flush", {buffer_id: ""}, /no buffer/],
    [buffer, "freebuffer", {buffer_id: "x".repeat(100_000)}, /no buffer "x{40}"/],
    ["mmio.Mmio", "read", {mmio_id: "../etc", offset: 0, length: 4}, /no MMIO window/],
    ["mmio.Mmio", "read", {mmio_id: "40400000+10000", offset: 65_536, length: 4}, /outside of the window/],
    ["mmio.Mmio", "read", {mmio_id: "40400000+10000", offset: 0, length: 8}, /expected 1, 2 or 4/],
    ["mmio.Mmio", "read", {mmio_id: "0+1000", offset: 0, length: 4}, /nothing answers at 0x0/],
    ["mmio.Mmio", "write", {mmio_id: "40400000+10000", offset: 2, data: new Uint8Array(4)}, /whole aligned words/],
    ["mmio.Mmio", "get_mmio", {base_addr: 3, length: 4}, /multiple of 4/],
    ["mmio.Mmio", "get_mmio", {base_addr: 0, length: 2 ** 52}, /expected up to/],
  ])("%s.%s of %j is answered with a message", async (service, method, request, expected) => {
    expect((await call(service, method, request))[0]?.msg).toMatch(expected)
  })

  test.each<[string, string, Message, RegExp]>([
    [buffer, "allocate", {size: 0}, /a buffer of 0 bytes/],
    [buffer, "allocate", {size: -5}, /a buffer of -5 bytes/],
    [buffer, "allocate", {size: 2 ** 31 - 1}, /no room for 2147483647 bytes/],
    [device, "readfile", {file_path: "/lib/firmware/../../etc/passwd"}, /without \. and \.\./],
    [device, "readfile", {file_path: "/etc/passwd"}, /no such file/],
    [device, "writefile", {file_path: "/etc/passwd", data: Buffer.from("x")}, /cannot be written/],
    [device, "writefile", {file_path: "/lib/firmware/a/b.bin", data: Buffer.from("x")}, /cannot be written/],
    [device, "writefile", {file_path: "relative", data: Buffer.from("x")}, /expected an absolute path/],
    [
      device,
      "writefile",
      {file_path: "/sys/class/fpga_manager/fpga0/firmware", data: Buffer.from("none.bin")},
      /no such file/,
    ],
    [device, "set_pl_clk", {i: 9, div0: 1, div1: 1}, /expected 0 to 3/],
    ["gpio.Gpio", "get_gpio", {}, /does not have that/],
  ])("%s.%s of %j ends with a status", async (service, method, request, expected) => {
    await expect(call(service, method, request)).rejects.toThrow(expected)
  })

  test.each<[string, Uint8Array, RegExp]>([
    ["empty", new Uint8Array(0), /the file is empty/],
    ["odd", new Uint8Array(7), /whole 32-bit words/],
    ["noise", new Uint8Array(8192).fill(7), /no sync word/],
    ["unswapped", Uint8Array.of(0xaa, 0x99, 0x55, 0x66), /have them swapped|bytes of each word/],
    [
      "foreign",
      Uint8Array.of(0x66, 0x55, 0x99, 0xaa, 0x01, 0x80, 0x01, 0x30, 0x93, 0x20, 0x72, 0x03),
      /for xc7z010, and this board has/,
    ],
    [
      "unknown",
      Uint8Array.of(0x66, 0x55, 0x99, 0xaa, 0x01, 0x80, 0x01, 0x30, 0x93, 0x70, 0x72, 0x03),
      /no package served here/,
    ],
  ])("a bitstream that is %s is refused with its reason, and the loaded one stays", async (name, bin, expected) => {
    await call(device, "writefile", {file_path: `/lib/firmware/${name}.bin`, data: bin})
    const manager = "/sys/class/fpga_manager/fpga0/firmware"
    await expect(call(device, "writefile", {file_path: manager, data: Buffer.from(`${name}.bin`)})).rejects.toThrow(
      expected,
    )
    await works()
  })

  test("a real bitstream of this part is taken by the content hash in its name", async () => {
    const {stem} = served.installed.description
    const bin = Uint8Array.of(0x66, 0x55, 0x99, 0xaa, 0x01, 0x80, 0x01, 0x30, 0x93, 0x70, 0x72, 0x03)
    await call(device, "writefile", {file_path: `/lib/firmware/${stem}.bin`, data: bin})
    await call(device, "writefile", {
      file_path: "/sys/class/fpga_manager/fpga0/firmware",
      data: Buffer.from(`${stem}.bin`),
    })
    await works()
    await board.load(bit(), stem)
  })

  test("writes beyond a buffer are refused and nothing is written", async () => {
    const own = await board.allocate(100)
    await expect(own.write(new Uint8Array(101))).rejects.toThrow(/101 bytes into a buffer of 100/)
    const [answer] = await call(buffer, "allocate", {size: 8})
    const id = String(answer?.buffer_id)
    const [over] = await call(buffer, "write", {buffer_id: id, data: new Uint8Array(9)})
    expect(over?.msg).toMatch(/bytes 0 to 9 of a buffer of 8/)
    const [negative] = await call(buffer, "read", {buffer_id: id, start: -4, end: 4})
    expect(negative?.msg).toMatch(/bytes -4 to 4/)
    await own.free()
  })

  test("fifty clients at once are all served", async () => {
    const names = await Promise.all(
      Array.from({length: 50}, async () => {
        const one = await connect("127.0.0.1", grpc, {port: served.port, timeoutSeconds: 20})
        const own = await one.allocate(10_000)
        await own.write(new Uint8Array(10_000).fill(9))
        expect((await own.read()).every((byte) => byte === 9)).toBe(true)
        await own.free()
        one.close()
        return one.name
      }),
    )
    expect(new Set(names)).toEqual(new Set(["PYNQ-Z2 (tlast virtual board)"]))
    await works()
  }, 60_000)

  test("a client that vanishes in mid-transfer leaves the core to the next, and its buffers are freed", async () => {
    const doomed = await grpc.connect({protocol, address: "127.0.0.1", port: served.port, timeoutSeconds: 5})
    const one = async (service: string, method: string, request: Message) =>
      (await doomed.call(service, method, [request]))[0] ?? {}
    const {buffer_id} = await one(buffer, "allocate", {size: 4096})
    const {address} = await one(buffer, "physical_address", {buffer_id})
    const before = served.virtual.buffers.count
    const {mmio_id} = await one("mmio.Mmio", "get_mmio", {base_addr: 0x4040_0000, length: 65_536})
    const write = async (offset: number, value: number) => {
      const data = new Uint8Array(4)
      new DataView(data.buffer).setUint32(0, value, true)
      await one("mmio.Mmio", "write", {mmio_id, offset, data})
    }
    await write(dmaRegister.mm2sControl, 1)
    await write(dmaRegister.mm2sAddress, Number(address))
    // Not a whole image, and nobody receives: the core keeps what it has.
    await write(dmaRegister.mm2sLength, 1000)
    doomed.close()
    await new Promise((resolve) => setTimeout(resolve, 6500))
    expect(served.virtual.buffers.count).toBe(before - 1)
    // A new overlay resets the fabric, as Overlay() does.
    await board.load(bit(), served.installed.description.stem)
    await works()
  }, 30_000)

  test("half-closed streams and raw noise end only their own connection", async () => {
    // A stream of buffer pieces that is never ended.
    const session = http2(`http://127.0.0.1:${served.port}`)
    session.on("error", () => {})
    const open = session.request({
      ":method": "POST",
      ":path": "/remote_device.RemoteDevice/writefile",
      "content-type": "application/grpc",
      te: "trailers",
    })
    open.on("error", () => {})
    open.write(Buffer.from([0, 0, 0, 0, 4, 10, 2, 47, 97]))
    const next = random(99)
    const noise = (bytes: number) => Buffer.from(Array.from({length: bytes}, () => integer(next, 0, 255)))
    // Well-framed calls whose message is no protobuf.
    const statuses = await Promise.all(
      Array.from(
        {length: 60},
        (_, i) =>
          new Promise<unknown>((resolve) => {
            const path = ["/buffer.RemoteBuffer/allocate", "/mmio.Mmio/read", "/buffer.RemoteBuffer/write"][i % 3]
            const request = session.request({
              ":method": "POST",
              ":path": path ?? "",
              "content-type": "application/grpc",
              te: "trailers",
            })
            let status: unknown
            request.on("response", (headers) => (status ??= headers["grpc-status"]))
            request.on("trailers", (headers) => (status ??= headers["grpc-status"]))
            request.on("error", () => resolve("reset"))
            request.on("close", () => resolve(status ?? "reset"))
            request.resume()
            const body = noise(1 + (i % 40))
            request.end(Buffer.concat([Buffer.from([0, 0, 0, 0, body.length]), body]))
          }),
      ),
    )
    expect(statuses).toHaveLength(60)
    expect(statuses.every((status) => status !== undefined)).toBe(true)
    for (let i = 0; i < 20; i++) {
      const socket = dial(served.port, "127.0.0.1")
      socket.on("error", () => {})
      socket.write(noise(200))
      if (i % 2) socket.destroy()
      else socket.end()
    }
    await works()
    session.destroy()
    await works()
  }, 60_000)

  test("a message of more than 4 MiB is refused", async () => {
    await expect(call(buffer, "write", {buffer_id: "x", data: new Uint8Array(5 * 2 ** 20)})).rejects.toThrow(
      /larger|max|size/i,
    )
    await works()
  })

  test("memory is flat over transfers (a sample; bench/board makes 10,000)", async () => {
    const dma = new DmaDriver(await board.mmio(0x4040_0000, 65_536), () => host.clock.wallSeconds())
    await dma.reset()
    const [input, output] = [await board.allocate(144), await board.allocate(40)]
    await input.write(made.images.subarray(0, 144))
    const {count, used} = served.virtual.buffers
    const transfers = async (times: number) => {
      for (let i = 0; i < times; i++) expect((await dma.transfer(input, output)).ended).toBe("both")
      return memoryAfterGc()
    }
    // Compiled code and caches have their size after some of them.
    const before = await transfers(100)
    const after = await transfers(300)
    // Of 9,000 transfers 0.4 MiB of heap stayed (bench/board); 3 KiB kept of each would be 0.9 MiB here.
    expect(after.heap - before.heap).toBeLessThan(0.75 * 2 ** 20)
    expect(after.buffers - before.buffers).toBeLessThan(0.25 * 2 ** 20)
    expect(new Int32Array((await output.read()).buffer)).toEqual(made.golden.subarray(0, 10))
    expect({count: served.virtual.buffers.count, used: served.virtual.buffers.used}).toEqual({count, used})
    expect(served.virtual.fabric?.coupling.transfers.length).toBeLessThanOrEqual(64)
    await input.free()
    await output.free()
  })
})
