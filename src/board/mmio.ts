import {RpcError} from "../host/transport.ts"

/** A range of physical addresses that answers. Offsets are multiples of 4. */
export interface Region {
  readonly name: string
  readonly base: number
  readonly bytes: number
  read(offset: number): number | Promise<number>
  write(offset: number, value: number): void | Promise<void>
}

/** What lies where on the processor's buses. */
export class AddressMap {
  #regions: readonly Region[] = []

  /** Replaces the regions of the fabric by those of a new bitstream. */
  set(regions: readonly Region[]): void {
    this.#regions = regions
  }

  /** An id for a window. Nothing is kept for it, so a client that never frees any leaks none. Throws RpcError. */
  open(base: number, length: number): string {
    if (
      !Number.isSafeInteger(base) ||
      !Number.isSafeInteger(length) ||
      length <= 0 ||
      length > 2 ** 30 ||
      base % 4 !== 0
    )
      throw new RpcError("invalid", `a window of ${length} bytes at ${base}; expected up to 2^30 at a multiple of 4`)
    return `${base.toString(16)}+${length.toString(16)}`
  }

  /** Reads 1, 2 or 4 bytes; 8 are two accesses and not what an answer can carry. */
  async read(id: string, offset: number, length: number): Promise<number> {
    if (![1, 2, 4].includes(length)) throw new RpcError("invalid", `a read of ${length} bytes; expected 1, 2 or 4`)
    const {region, at} = this.#find(id, offset, length)
    const word = (await region.read(at - (at % 4))) >>> 0
    return (word >>> (8 * (at % 4))) & (length === 4 ? -1 : 2 ** (8 * length) - 1)
  }

  /** Writes whole words, lowest address first. */
  async write(id: string, offset: number, data: Uint8Array): Promise<void> {
    if (data.length === 0 || data.length % 4 !== 0 || offset % 4 !== 0 || data.length > 4096)
      throw new RpcError(
        "invalid",
        `a write of ${data.length} bytes at ${offset}; expected whole aligned words, up to 4096 bytes`,
      )
    const view = new DataView(data.buffer, data.byteOffset, data.byteLength)
    this.#find(id, offset, data.length)
    for (let i = 0; i < data.length; i += 4) {
      const {region, at} = this.#find(id, offset + i, 4)
      await region.write(at, view.getUint32(i, true))
    }
  }

  #find(id: string, offset: number, length: number): {region: Region; at: number} {
    const [, base, size] = /^([0-9a-f]{1,12})\+([0-9a-f]{1,12})$/.exec(id) ?? []
    if (base === undefined || size === undefined) throw new RpcError("not-found", `no MMIO window "${id.slice(0, 40)}"`)
    if (!Number.isSafeInteger(offset) || offset < 0 || offset + length > Number.parseInt(size, 16))
      throw new RpcError("invalid", `offset ${offset} is outside of the window of 0x${size} bytes`)
    const address = Number.parseInt(base, 16) + offset
    const region = this.#regions.find((each) => address >= each.base && address + length <= each.base + each.bytes)
    if (region === undefined)
      throw new RpcError(
        "precondition",
        `nothing answers at 0x${address.toString(16)} (a real board hangs there): is the bitstream loaded, and this its .hwh?`,
      )
    return {region, at: address - region.base}
  }
}

/** Offsets in the SLCR, as pynq reads them. */
const slcr = {
  armPll: 0x100,
  ddrPll: 0x104,
  ioPll: 0x108,
  armClock: 0x120,
  fabric: [0x170, 0x180, 0x190, 0x1a0],
} as const

export interface ClockOptions {
  /** PS crystal and IO PLL of the board. */
  readonly crystalMhz: number
  readonly pllMhz: number
  /** Fault: FCLK0 runs at 1.6 times what is asked, and cannot be set. */
  readonly wrong: boolean
}

/** The PS clock registers: four fabric clocks of one PLL. */
export class Clocks implements Region {
  readonly name = "SLCR"
  readonly base = 0xf800_0000
  readonly bytes = 0x1000
  readonly #words = new Map<number, number>()
  readonly #options: ClockOptions

  constructor(options: ClockOptions) {
    this.#options = options
    const multiply = (mhz: number) => Math.round(mhz / options.crystalMhz) << 12
    this.#words.set(slcr.armPll, multiply(1300))
    this.#words.set(slcr.ddrPll, multiply(1050))
    this.#words.set(slcr.ioPll, multiply(options.pllMhz))
    this.#words.set(slcr.armClock, 2 << 8)
    for (const offset of slcr.fabric) this.#words.set(offset, (5 << 8) | (2 << 20))
    if (options.wrong) this.#words.set(slcr.fabric[0], (3 << 8) | (2 << 20))
  }

  read(offset: number): number {
    return this.#words.get(offset) ?? 0
  }

  write(offset: number, value: number): void {
    if (this.#options.wrong && offset === slcr.fabric[0]) return
    if (this.#words.has(offset)) this.#words.set(offset, value)
  }

  /** Of one fabric clock. */
  mhz(index = 0): number {
    const word = this.read(slcr.fabric[index] ?? 0)
    const divisor = ((word >> 8) & 63) * ((word >> 20) & 63)
    return divisor === 0 ? 0 : (((this.read(slcr.ioPll) >> 12) & 127) * this.#options.crystalMhz) / divisor
  }

  /** Throws RpcError "invalid". */
  set(index: number, divisor0: number, divisor1: number): void {
    const offset = slcr.fabric[index]
    const good = (n: number) => Number.isInteger(n) && n >= 1 && n <= 63
    if (offset === undefined || !good(divisor0) || !good(divisor1))
      throw new RpcError(
        "invalid",
        `clock ${index} with divisors ${divisor0} and ${divisor1}; expected 0 to 3, and 1 to 63 each`,
      )
    this.write(offset, (divisor0 << 8) | (divisor1 << 20))
  }
}
