// AXI DMA 7.1 in direct register mode (no scatter-gather, no DRE), after Xilinx PG021. What each clause does is a test
// of its own name: test/board/dma.test.ts.

/** Byte offsets of the registers, S2MM's behind MM2S's. */
export const dmaRegister = {
  mm2sControl: 0x00,
  mm2sStatus: 0x04,
  mm2sAddress: 0x18,
  mm2sAddressHigh: 0x1c,
  mm2sLength: 0x28,
  s2mmControl: 0x30,
  s2mmStatus: 0x34,
  s2mmAddress: 0x48,
  s2mmAddressHigh: 0x4c,
  s2mmLength: 0x58,
} as const

/** Bits of DMACR. */
export const control = {run: 1 << 0, reset: 1 << 2, keyhole: 1 << 3, iocIrq: 1 << 12, errorIrq: 1 << 14} as const

/** Bits of DMASR. */
export const status = {
  halted: 1 << 0,
  idle: 1 << 1,
  scatterGather: 1 << 3,
  internalError: 1 << 4,
  slaveError: 1 << 5,
  decodeError: 1 << 6,
  ioc: 1 << 12,
  error: 1 << 14,
} as const

/** Physical memory as the DMA's master port sees it. Undefined or false: nothing answers there (DECERR). */
export interface Memory {
  read(address: number, length: number): Uint8Array | undefined
  write(address: number, data: Uint8Array): boolean
}

export interface DmaOptions {
  readonly memory: Memory
  /** "Width of Buffer Length Register", 8 to 26. */
  readonly lengthBits: number
  /** Bytes of a beat of m_axis_mm2s and of s_axis_s2mm. */
  readonly sendBytes: number
  readonly receiveBytes: number
}

/** Something a working program never does, where hardware's answer is undefined: kept for the doctor. */
export interface Misuse {
  readonly channel: "mm2s" | "s2mm"
  readonly what: "unaligned" | "busy" | "halted" | "zero-length" | "length-cut"
  readonly detail: string
}

/** A transfer that MM2S has begun: the bytes of one packet, TLAST with the last. */
export interface Sending {
  readonly data: Uint8Array
}

/** Misuses kept, the oldest going first: a client can make them without end. */
export const KEPT_MISUSES = 64
const KEPT_CONTROL = control.run | control.keyhole | control.iocIrq | control.errorIrq
/** A reserved bit that reads 1. */
const FIXED_CONTROL = 1 << 1
const IRQS = status.ioc | status.error

interface Channel {
  readonly name: "mm2s" | "s2mm"
  readonly beatBytes: number
  control: number
  status: number
  address: number
  addressHigh: number
  length: number
  /** Bytes of the running transfer that were received (S2MM). */
  done: number
  busy: boolean
}

/** The engine between memory and two streams. Software reads and writes registers; the stream side is asked per packet. */
export class AxiDma {
  readonly #options: DmaOptions
  readonly #send: Channel
  readonly #receive: Channel
  #sending: Sending | undefined
  readonly misuses: Misuse[] = []

  constructor(options: DmaOptions) {
    this.#options = options
    this.#send = idleChannel("mm2s", options.sendBytes)
    this.#receive = idleChannel("s2mm", options.receiveBytes)
  }

  /** A 32-bit register; what is not there reads 0. */
  read(offset: number): number {
    const [channel, register] = this.#at(offset)
    switch (register) {
      case dmaRegister.mm2sControl:
        return (channel.control | FIXED_CONTROL) >>> 0
      case dmaRegister.mm2sStatus:
        return channel.status >>> 0
      case dmaRegister.mm2sAddress:
        return channel.address >>> 0
      case dmaRegister.mm2sAddressHigh:
        return channel.addressHigh >>> 0
      case dmaRegister.mm2sLength:
        return channel.length
      default:
        return 0
    }
  }

  /** Writes a 32-bit register; writes to what is read-only or not there are lost. */
  write(offset: number, value: number): void {
    const [channel, register] = this.#at(offset)
    switch (register) {
      case dmaRegister.mm2sControl:
        this.#writeControl(channel, value)
        break
      case dmaRegister.mm2sStatus:
        channel.status &= ~(value & IRQS)
        break
      case dmaRegister.mm2sAddress:
        channel.address = value >>> 0
        break
      case dmaRegister.mm2sAddressHigh:
        channel.addressHigh = value >>> 0
        break
      case dmaRegister.mm2sLength:
        this.#writeLength(channel, value)
        break
    }
  }

  /** Level of mm2s_introut and s2mm_introut. */
  get interrupts(): {readonly mm2s: boolean; readonly s2mm: boolean} {
    const level = ({control: enables, status: flags}: Channel) => (enables & flags & IRQS) !== 0
    return {mm2s: level(this.#send), s2mm: level(this.#receive)}
  }

  /** The packet MM2S is sending, until `sent`. */
  get sending(): Sending | undefined {
    return this.#sending
  }

  /** Its last beat was accepted. */
  sent(): void {
    this.#sending = undefined
    complete(this.#send)
  }

  /** Bytes S2MM can take now: 0 while no transfer is armed, so s_axis_s2mm_tready is low. */
  get room(): number {
    return this.#receive.busy ? this.#receive.length - this.#receive.done : 0
  }

  /**
   * Beats from s_axis_s2mm: the bytes that TKEEP kept, and whether TLAST came with the last. A packet longer than LENGTH
   * stores LENGTH bytes, then is an internal error: RS clears, Halted sets, and only a reset helps.
   */
  received(data: Uint8Array, last: boolean): void {
    const channel = this.#receive
    if (!channel.busy) return
    const taken = data.subarray(0, channel.length - channel.done)
    if (taken.length > 0 && !this.#options.memory.write(addressOf(channel) + channel.done, taken)) {
      fail(channel, status.decodeError)
      return
    }
    channel.done += taken.length
    if (taken.length < data.length || (channel.done === channel.length && !last)) {
      channel.length = channel.done
      fail(channel, status.internalError)
    } else if (last) {
      channel.length = channel.done
      complete(channel)
    }
  }

  #at(offset: number): [Channel, number] {
    return offset >= dmaRegister.s2mmControl ? [this.#receive, offset - dmaRegister.s2mmControl] : [this.#send, offset]
  }

  #writeControl(channel: Channel, value: number): void {
    if (value & control.reset) {
      for (const each of [this.#send, this.#receive]) Object.assign(each, idleChannel(each.name, each.beatBytes))
      this.#sending = undefined
      return
    }
    const failed = (channel.status & (status.internalError | status.slaveError | status.decodeError)) !== 0
    channel.control = failed ? value & KEPT_CONTROL & ~control.run : value & KEPT_CONTROL
    if (channel.control & control.run) channel.status &= ~status.halted
    else if (!channel.busy) halt(channel)
  }

  #writeLength(channel: Channel, value: number): void {
    const length = value & (2 ** this.#options.lengthBits - 1)
    if (length !== value >>> 0)
      this.#misuse(
        channel,
        "length-cut",
        `LENGTH ${value >>> 0} became ${length}: the register has ${this.#options.lengthBits} bits`,
      )
    const refused = refusal(channel, length)
    if (refused) {
      this.#misuse(channel, ...refused)
      return
    }
    if (addressOf(channel) % channel.beatBytes !== 0) {
      const detail = `address 0x${addressOf(channel).toString(16)} is no multiple of ${channel.beatBytes}: without DRE its low bits are lost`
      this.#misuse(channel, "unaligned", detail)
      channel.address -= channel.address % channel.beatBytes
    }
    channel.length = length
    channel.done = 0
    channel.busy = true
    channel.status &= ~status.idle
    if (channel.name === "s2mm") return
    const data = this.#options.memory.read(addressOf(channel), length)
    if (data === undefined) fail(channel, status.decodeError)
    else this.#sending = {data: data.slice()}
  }

  #misuse({name}: Channel, what: Misuse["what"], detail: string): void {
    this.misuses.push({channel: name, what, detail})
    if (this.misuses.length > KEPT_MISUSES) this.misuses.shift()
  }
}

function idleChannel(name: Channel["name"], beatBytes: number): Channel {
  const registers = {control: 0, status: status.halted, address: 0, addressHigh: 0, length: 0}
  return {name, beatBytes, ...registers, done: 0, busy: false}
}

/** Why writing LENGTH starts nothing, if so. */
function refusal({busy, status: flags}: Channel, length: number): readonly [Misuse["what"], string] | undefined {
  if (flags & status.halted) return ["halted", "LENGTH written while halted has no effect"]
  if (busy) return ["busy", "LENGTH written before the running transfer ended"]
  return length === 0 ? ["zero-length", "LENGTH 0 starts nothing"] : undefined
}

const addressOf = ({address, addressHigh}: Channel): number => addressHigh * 2 ** 32 + address

/** A transfer's end: Idle and IOC, and Halted where software had cleared RS meanwhile. */
function complete(channel: Channel): void {
  channel.busy = false
  channel.status |= status.idle | status.ioc
  if (!(channel.control & control.run)) halt(channel)
}

function halt(channel: Channel): void {
  channel.status = (channel.status | status.halted) & ~status.idle
}

function fail(channel: Channel, error: number): void {
  channel.busy = false
  channel.control &= ~control.run
  channel.status |= error | status.error | status.ioc
  halt(channel)
}
