import {TlastError} from "../errors.ts"
import {type Message, type RpcClient, RpcError, type Transport} from "../host/transport.ts"
import {bitToBin, parseBit} from "./bitstream.ts"
import {control, dmaRegister, status} from "./dma.ts"
import {paths} from "./files.ts"
import type {Installed} from "./installed.ts"
import {CHUNK, PYNQ_PORT, protocol} from "./protocol.ts"

export interface ConnectOptions {
  readonly port?: number
  readonly timeoutSeconds?: number
}

/** A connection to any PYNQ.remote board, or to a virtual one. */
export interface RemoteBoard {
  readonly name: string
  readFile(path: string): Promise<Uint8Array>
  exists(path: string): Promise<boolean>
  writeFile(path: string, data: Uint8Array): Promise<void>
  /** Configures the fabric with a .bit, as pynq does. Throws BAD_BITSTREAM, or LOAD_FAILED with what the board says. */
  load(bit: Uint8Array, stem: string): Promise<void>
  allocate(bytes: number): Promise<RemoteBuffer>
  /** A window on physical addresses; throws BOARD_ERROR. */
  mmio(base: number, bytes: number): Promise<Registers>
  close(): void
}

export interface RemoteBuffer {
  readonly address: number
  readonly bytes: number
  /** Copies to the board; `flush` as well unless told not to. */
  write(data: Uint8Array, flush?: boolean): Promise<void>
  /** Invalidates (unless told not to), then copies from the board. */
  read(from?: number, to?: number, invalidate?: boolean): Promise<Uint8Array>
  free(): Promise<void>
}

export interface Registers {
  read(offset: number): Promise<number>
  write(offset: number, value: number): Promise<void>
}

/** Connects to a board's PYNQ.remote server. Throws NO_BOARD. */
export async function connect(
  address: string,
  transport: Transport,
  {port = PYNQ_PORT, timeoutSeconds = 5}: ConnectOptions = {},
): Promise<RemoteBoard> {
  const client = await transport.connect({protocol, address, port, timeoutSeconds})
  const remote = new Remote(client, address)
  const name = (await remote.exists(paths.board)) ? new TextDecoder().decode(await remote.readFile(paths.board)) : ""
  return Object.assign(remote, {name: name.replace(/\0/g, "").trim() || "unknown board"})
}

class Remote implements RemoteBoard {
  name = ""
  readonly #client: RpcClient
  readonly #where: string
  readonly #files = "remote_device.RemoteDevice"

  constructor(client: RpcClient, where: string) {
    this.#client = client
    this.#where = where
  }

  async exists(path: string): Promise<boolean> {
    return (await this.#one(this.#files, "existsfile", {file_path: path})).exists === true
  }

  async readFile(path: string): Promise<Uint8Array> {
    return joined(await this.#all(this.#files, "readfile", [{file_path: path}]))
  }

  async writeFile(path: string, data: Uint8Array): Promise<void> {
    const pieces: Message[] = []
    for (let at = 0; at === 0 || at < data.length; at += CHUNK)
      pieces.push({file_path: path, data: data.subarray(at, at + CHUNK)})
    await this.#all(this.#files, "writefile", pieces)
  }

  async load(bit: Uint8Array, stem: string): Promise<void> {
    const {data} = parseBit(bit, `${stem}.bit`)
    const text = new TextEncoder()
    try {
      await this.#one(this.#files, "set_bitstream_attrs", {binfile_name: `${stem}.bin`, partial: false})
      await this.writeFile(`${paths.firmwareFolder}${stem}.bin`, bitToBin(data))
      await this.writeFile(paths.flags, text.encode("0"))
      await this.writeFile(paths.manager, text.encode(`${stem}.bin`))
    } catch (error) {
      if (!(error instanceof TlastError) || error.code !== "BOARD_ERROR") throw error
      throw new TlastError({...error.problem, code: "LOAD_FAILED", hint: "see which part and which package it is for"})
    }
  }

  async allocate(size: number): Promise<RemoteBuffer> {
    const service = "buffer.RemoteBuffer"
    const {buffer_id: id} = await this.#one(service, "allocate", {size, dtype: "|u1", cacheable: true})
    const {address} = await this.#one(service, "physical_address", {buffer_id: id})
    return {
      address: Number(address),
      bytes: size,
      write: async (data, flush = true) => {
        if (data.length > size) throw this.#problem("buffer", `${data.length} bytes into a buffer of ${size}`)
        const pieces: Message[] = []
        for (let at = 0; at < data.length; at += CHUNK)
          pieces.push({buffer_id: id, data: data.subarray(at, at + CHUNK)})
        await this.#all(service, "write", pieces)
        if (flush) await this.#one(service, "flush", {buffer_id: id})
      },
      read: async (from = 0, to = size, invalidate = true) => {
        if (invalidate) await this.#one(service, "invalidate", {buffer_id: id})
        return joined(await this.#all(service, "read", [{buffer_id: id, start: from, end: to}]))
      },
      free: async () => void (await this.#one(service, "freebuffer", {buffer_id: id})),
    }
  }

  async mmio(base: number, bytes: number): Promise<Registers> {
    const {mmio_id: id} = await this.#one("mmio.Mmio", "get_mmio", {base_addr: base, length: bytes})
    return {
      read: async (offset) =>
        Number((await this.#one("mmio.Mmio", "read", {mmio_id: id, offset, length: 4, word_order: "little"})).data) >>>
        0,
      write: async (offset, value) => {
        const data = new Uint8Array(4)
        new DataView(data.buffer).setUint32(0, value >>> 0, true)
        await this.#one("mmio.Mmio", "write", {mmio_id: id, offset, data})
      },
    }
  }

  close(): void {
    this.#client.close()
  }

  async #all(service: string, method: string, requests: readonly Message[]): Promise<readonly Message[]> {
    try {
      const answers = await this.#client.call(service, method, requests)
      for (const {msg} of answers) if (typeof msg === "string" && msg !== "") throw this.#problem(method, msg)
      return answers
    } catch (error) {
      throw error instanceof RpcError ? this.#problem(method, error.message) : error
    }
  }

  async #one(service: string, method: string, request: Message): Promise<Message> {
    return (await this.#all(service, method, [request]))[0] ?? {}
  }

  #problem(method: string, message: string): TlastError {
    return new TlastError({
      code: "BOARD_ERROR",
      where: `${this.#where}, ${method}`,
      message,
      hint: "see what the board says; `tlast board doctor` looks for the usual causes",
      exitCode: 1,
    })
  }
}

function joined(answers: readonly Message[]): Uint8Array {
  const pieces = answers.map(({data}) => (data instanceof Uint8Array ? data : new Uint8Array(0)))
  const whole = new Uint8Array(pieces.reduce((sum, {length}) => sum + length, 0))
  let at = 0
  for (const piece of pieces) {
    whole.set(piece, at)
    at += piece.length
  }
  return whole
}

/** What one transfer came to. */
export interface Exchange {
  readonly ended: "both" | "send-only" | "receive-only" | "neither" | "error"
  /** S2MM's LENGTH: bytes received, once it has ended. */
  readonly received: number
  readonly sendStatus: number
  readonly receiveStatus: number
}

/** Both channels of an AXI DMA in direct mode, over a board's registers. */
export class DmaDriver {
  readonly #registers: Registers
  readonly #now: () => number

  constructor(registers: Registers, now: () => number) {
    this.#registers = registers
    this.#now = now
  }

  /** Soft reset of both channels, then RS. */
  async reset(): Promise<void> {
    const {mm2sControl, s2mmControl} = dmaRegister
    await this.#registers.write(mm2sControl, control.reset)
    for (let i = 0; i < 1000 && (await this.#registers.read(mm2sControl)) & control.reset; i++);
    await this.#registers.write(mm2sControl, control.run)
    await this.#registers.write(s2mmControl, control.run)
  }

  /** Receiver first, then sender; polls until both have ended, an error, or the timeout. `busySeconds` is slept through. */
  async transfer(
    send: {readonly address: number; readonly bytes: number},
    receive: {readonly address: number; readonly bytes: number},
    {busySeconds = 0, timeoutSeconds = 2} = {},
  ): Promise<Exchange> {
    const r = this.#registers
    for (const [base, {address, bytes}] of [
      [dmaRegister.s2mmControl, receive],
      [dmaRegister.mm2sControl, send],
    ] as const) {
      await r.write(base + dmaRegister.mm2sStatus, status.ioc | status.error)
      await r.write(base + dmaRegister.mm2sAddress, address % 2 ** 32)
      await r.write(base + dmaRegister.mm2sAddressHigh, Math.floor(address / 2 ** 32))
      await r.write(base + dmaRegister.mm2sLength, bytes)
    }
    const pause = (seconds: number) => new Promise<void>((resolve) => setTimeout(resolve, 1000 * seconds))
    if (busySeconds > 0.002) await pause(busySeconds)
    const failed = status.internalError | status.slaveError | status.decodeError
    const deadline = this.#now() + timeoutSeconds
    for (;;) {
      const receiveStatus = await r.read(dmaRegister.s2mmStatus)
      const sendStatus = await r.read(dmaRegister.mm2sStatus)
      const [sent, received] = [(sendStatus & status.idle) !== 0, (receiveStatus & status.idle) !== 0]
      const error = ((sendStatus | receiveStatus) & failed) !== 0
      if ((sent && received) || error || this.#now() > deadline) {
        const ended = error
          ? "error"
          : sent && received
            ? "both"
            : sent
              ? "send-only"
              : received
                ? "receive-only"
                : "neither"
        return {ended, received: await r.read(dmaRegister.s2mmLength), sendStatus, receiveStatus}
      }
      await pause(0.001)
    }
  }

  read(offset: number): Promise<number> {
    return this.#registers.read(offset)
  }

  write(offset: number, value: number): Promise<void> {
    return this.#registers.write(offset, value)
  }
}

/** Pixels as the stream carries them: shifted, and packed where elements are narrower than a byte. */
export function toWire(pixels: Uint8Array, {shift, wire_bits}: Installed["description"]["input"]): Uint8Array {
  const elements = shift === 0 ? pixels : pixels.map((byte) => byte >> shift)
  if (wire_bits === 8) return elements
  const each = 8 / wire_bits
  const packed = new Uint8Array(elements.length / each)
  for (const [i, element] of elements.entries()) {
    const at = Math.floor(i / each)
    packed[at] = (packed[at] ?? 0) | (element << (wire_bits * (i % each)))
  }
  return packed
}
