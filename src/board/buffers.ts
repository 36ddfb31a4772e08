import {RpcError} from "../host/transport.ts"
import type {Memory} from "./dma.ts"

/** Where PYNQ's contiguous memory lies, and how much there is of it. */
export const POOL = {base: 0x1000_0000, bytes: 128 * 2 ** 20} as const
const PAGE = 4096
/** Allocations at a time: each costs an entry, however small it is. */
const MOST = 4096

/** One allocation: what the processor sees and what the DMA sees are two things until a flush or an invalidate. */
export interface PhysicalBuffer {
  readonly id: string
  readonly address: number
  readonly cacheable: boolean
  /** The processor's view. */
  readonly cache: Uint8Array
  /** What is in DDR: the same array where the buffer is not cached. */
  readonly memory: Uint8Array
  /** The connection that used it last. */
  owner: string
}

/** Physically contiguous memory, page by page, first fit, bounded as on a board. */
export class BufferPool implements Memory {
  readonly #buffers = new Map<string, PhysicalBuffer>()
  #next = 1
  /** Fault "stale-data": caches are never written back nor thrown away. */
  incoherent = false

  get count(): number {
    return this.#buffers.size
  }

  /** Bytes in use. */
  get used(): number {
    return [...this.#buffers.values()].reduce((sum, {memory}) => sum + pages(memory.length), 0)
  }

  /** Throws RpcError "invalid" for a size that is none, "exhausted" where it does not fit. */
  allocate(size: number, cacheable: boolean, owner: string): PhysicalBuffer {
    if (!Number.isInteger(size) || size <= 0)
      throw new RpcError("invalid", `a buffer of ${size} bytes; expected 1 to ${POOL.bytes}`)
    const address = this.#buffers.size < MOST ? this.#place(pages(size)) : undefined
    if (address === undefined) {
      const text = `no room for ${size} bytes: ${this.used} of ${POOL.bytes} are taken by ${this.count} buffers; free some (freebuffer)`
      throw new RpcError("exhausted", text)
    }
    const memory = new Uint8Array(size)
    const id = `buffer-${this.#next++}`
    const buffer = {id, address, cacheable, memory, cache: cacheable ? new Uint8Array(size) : memory, owner}
    this.#buffers.set(id, buffer)
    return buffer
  }

  /** Throws RpcError "not-found". */
  get(id: string, owner?: string): PhysicalBuffer {
    const buffer = this.#buffers.get(id)
    if (buffer === undefined)
      throw new RpcError("not-found", `no buffer "${id.slice(0, 40)}": it was freed, or never was`)
    if (owner !== undefined) buffer.owner = owner
    return buffer
  }

  free(id: string): void {
    this.get(id)
    this.#buffers.delete(id)
  }

  /** Frees what a connection that is gone had allocated or used last; returns how many. */
  freeOf(owner: string): number {
    const gone = [...this.#buffers.values()].filter((buffer) => buffer.owner === owner)
    for (const {id} of gone) this.#buffers.delete(id)
    return gone.length
  }

  flush(id: string): void {
    const buffer = this.get(id)
    if (!this.incoherent) buffer.memory.set(buffer.cache)
  }

  invalidate(id: string): void {
    const buffer = this.get(id)
    if (!this.incoherent) buffer.cache.set(buffer.memory)
  }

  /** As the DMA's master port sees it: nothing answers where no buffer is. */
  read(address: number, length: number): Uint8Array | undefined {
    const buffer = this.#holding(address, length)
    return buffer?.memory.subarray(address - buffer.address, address - buffer.address + length)
  }

  write(address: number, data: Uint8Array): boolean {
    const buffer = this.#holding(address, data.length)
    buffer?.memory.set(data, address - buffer.address)
    return buffer !== undefined
  }

  #holding(address: number, length: number): PhysicalBuffer | undefined {
    for (const buffer of this.#buffers.values()) {
      if (address >= buffer.address && address + length <= buffer.address + buffer.memory.length) return buffer
    }
    return undefined
  }

  #place(size: number): number | undefined {
    const taken = [...this.#buffers.values()].sort((a, b) => a.address - b.address)
    let from: number = POOL.base
    for (const {address, memory} of taken) {
      if (address - from >= size) return from
      from = address + pages(memory.length)
    }
    return POOL.base + POOL.bytes - from >= size ? from : undefined
  }
}

const pages = (bytes: number): number => Math.ceil(bytes / PAGE) * PAGE
