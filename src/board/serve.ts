import {
  type CallHandler,
  type Message,
  RpcError,
  type RpcServer,
  type Services,
  type Transport,
} from "../host/transport.ts"
import {MOST_WRITTEN} from "./files.ts"
import {CHUNK, PYNQ_PORT, protocol} from "./protocol.ts"
import type {VirtualBoard} from "./virtual-board.ts"

export interface ServeOptions {
  /** Who can reach it; PYNQ.remote has no password, so the default is this machine only. */
  readonly address?: string
  readonly port?: number
}

/** Seconds that buffers outlive the connection that used them last. */
const GRACE = 5

/** Puts a virtual board on the network, as PYNQ.remote. */
export async function serveBoard(
  board: VirtualBoard,
  transport: Transport,
  {address = "127.0.0.1", port = PYNQ_PORT}: ServeOptions = {},
): Promise<RpcServer> {
  const timers = new Set<ReturnType<typeof setTimeout>>()
  const server = await transport.serve({
    protocol,
    services: services(board),
    address,
    port,
    onPeerGone: (peer) => {
      const timer = setTimeout(() => {
        timers.delete(timer)
        board.release(peer)
      }, GRACE * 1000)
      timers.add(timer)
    },
  })
  return {
    port: server.port,
    stop: async () => {
      for (const timer of timers) clearTimeout(timer)
      await server.stop()
      await board.stop()
    },
  }
}

/** What the board answers. Errors of buffers and MMIO travel in `msg`, as pynq wants them; others as a status. */
export function services(board: VirtualBoard): Services {
  const {buffers, memory, files, clocks} = board
  let writing = 0
  return {
    "remote_device.RemoteDevice": {
      set_bitstream_attrs: unary(() => ({status: true})),
      shutdown: unary(() => ({status: true})),
      set_pl_clk: unary((request) => {
        const [i, div0, div1, mhz] = ["i", "div0", "div1", "clk_mhz"].map((name) => number(request, name))
        if (div0 && div1) clocks.set(i ?? 0, div0, div1)
        else {
          const ratio = Math.max(1, Math.min(63, Math.round(board.board.clock.pllMhz / Math.max(1, mhz ?? 100) / 5)))
          clocks.set(i ?? 0, 5, ratio)
        }
        return {status: true}
      }),
      existsfile: unary((request) => ({exists: files.exists(text(request, "file_path"))})),
      readfile: async function* (requests) {
        const data = files.read(text(await only(requests), "file_path"))
        for (let from = 0; from < Math.max(1, data.length); from += CHUNK)
          yield {data: data.subarray(from, from + CHUNK)}
      },
      writefile: async function* (requests) {
        const pieces: Uint8Array[] = []
        let path: string | undefined
        let size = 0
        try {
          for await (const request of requests) {
            path ??= text(request, "file_path")
            const piece = bytes(request, "data")
            size += piece.length
            writing += piece.length
            if (size > MOST_WRITTEN || writing > 2 * MOST_WRITTEN)
              throw new RpcError("exhausted", `more than ${MOST_WRITTEN} bytes for one file`)
            pieces.push(piece)
          }
          if (path === undefined) throw new RpcError("invalid", "no file was named")
          await files.write(path, join(pieces, size))
        } finally {
          writing -= size
        }
        yield {}
      },
      // 3.1 has it beside the files; the bitstream comes in pieces.
      download: async function* (requests) {
        const pieces: Uint8Array[] = []
        let size = 0
        for await (const request of requests) {
          const piece = bytes(request, "buffer")
          size += piece.length
          if (size > MOST_WRITTEN) throw new RpcError("exhausted", `more than ${MOST_WRITTEN} bytes of bitstream`)
          pieces.push(piece)
        }
        await files.write("/lib/firmware/download.bin", join(pieces, size))
        await files.write("/sys/class/fpga_manager/fpga0/firmware", new TextEncoder().encode("download.bin"))
        yield {status: true}
      },
    },
    "mmio.Mmio": {
      get_mmio: unary(
        said((request) => ({
          status: true,
          mmio_id: memory.open(number(request, "base_addr"), number(request, "length")),
        })),
      ),
      read: unary(
        said(async (request) => ({
          status: true,
          data: await memory.read(text(request, "mmio_id"), number(request, "offset"), number(request, "length")),
        })),
      ),
      write: unary(
        said(async (request) => {
          await memory.write(text(request, "mmio_id"), number(request, "offset"), bytes(request, "data"))
          return {status: true}
        }),
      ),
    },
    "buffer.RemoteBuffer": {
      allocate: unary((request, peer) => {
        // pynq 4.0 looks at no message here: only a status reaches its user.
        return {buffer_id: buffers.allocate(number(request, "size"), request.cacheable === true, peer).id}
      }),
      write: async function* (requests, {peer}) {
        let next = 0
        try {
          for await (const request of requests) {
            const {cache} = buffers.get(text(request, "buffer_id"), peer)
            const piece = bytes(request, "data")
            const from = number(request, "start") || next
            if (from < 0 || from + piece.length > cache.length)
              throw new RpcError("invalid", `bytes ${from} to ${from + piece.length} of a buffer of ${cache.length}`)
            cache.set(piece, from)
            next = from + piece.length
          }
        } catch (error) {
          yield message(error)
          return
        }
        yield {}
      },
      read: async function* (requests, {peer}) {
        try {
          const request = await only(requests)
          const {cache} = buffers.get(text(request, "buffer_id"), peer)
          const from = number(request, "start")
          const to = number(request, "end") || cache.length
          if (from < 0 || to < from || to > cache.length)
            throw new RpcError("invalid", `bytes ${from} to ${to} of a buffer of ${cache.length}`)
          for (let at = from; at < to; at += CHUNK) yield {data: cache.subarray(at, Math.min(to, at + CHUNK))}
        } catch (error) {
          yield message(error)
        }
      },
      freebuffer: unary(
        said((request) => {
          buffers.free(text(request, "buffer_id"))
          return {}
        }),
      ),
      flush: unary(
        said((request, peer) => {
          buffers.flush(buffers.get(text(request, "buffer_id"), peer).id)
          return {}
        }),
      ),
      invalidate: unary(
        said((request, peer) => {
          buffers.invalidate(buffers.get(text(request, "buffer_id"), peer).id)
          return {}
        }),
      ),
      physical_address: unary(said((request) => ({address: buffers.get(text(request, "buffer_id")).address}))),
      // User space maps the same pages elsewhere.
      virtual_address: unary(
        said((request) => ({address: 0xb000_0000 - 0x1000_0000 + buffers.get(text(request, "buffer_id")).address})),
      ),
      cacheable: unary(said((request) => ({cacheable: buffers.get(text(request, "buffer_id")).cacheable}))),
    },
    "gpio.Gpio": {},
  }
}

type Answer = (request: Message, peer: string) => Message | Promise<Message>

function unary(answer: Answer): CallHandler {
  return async function* (requests, {peer}) {
    yield await answer(await only(requests), peer)
  }
}

/** Errors as pynq reads them: in `msg`. */
function said(answer: Answer): Answer {
  return async (request, peer) => {
    try {
      return await answer(request, peer)
    } catch (error) {
      return message(error)
    }
  }
}

function message(error: unknown): Message {
  if (error instanceof RpcError) return {status: false, msg: error.message}
  throw error
}

async function only(requests: AsyncIterable<Message>): Promise<Message> {
  for await (const request of requests) return request
  throw new RpcError("invalid", "the call ended without a request")
}

function join(pieces: readonly Uint8Array[], size: number): Uint8Array {
  const whole = new Uint8Array(size)
  let at = 0
  for (const piece of pieces) {
    whole.set(piece, at)
    at += piece.length
  }
  return whole
}

const text = (request: Message, name: string): string => String(request[name] ?? "")
const number = (request: Message, name: string): number => Number(request[name] ?? 0)
const bytes = (request: Message, name: string): Uint8Array => {
  const value = request[name]
  return value instanceof Uint8Array ? value : new Uint8Array(0)
}
