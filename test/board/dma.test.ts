import {describe, expect, test} from "vitest"
import {AxiDma, control, dmaRegister, type Memory, status} from "../../src/board/dma.ts"

const base = 0x1000_0000
const {mm2sControl, mm2sStatus, mm2sAddress, mm2sLength} = dmaRegister
const {s2mmControl, s2mmStatus, s2mmAddress, s2mmLength} = dmaRegister

function ddr(size = 4096): Memory & {readonly bytes: Uint8Array} {
  const bytes = Uint8Array.from({length: size}, (_, i) => i & 0xff)
  const inside = (address: number, length: number) => address >= base && address + length <= base + size
  return {
    bytes,
    read: (address, length) =>
      inside(address, length) ? bytes.subarray(address - base, address - base + length) : undefined,
    write: (address, data) => {
      if (!inside(address, data.length)) return false
      bytes.set(data, address - base)
      return true
    },
  }
}

function engine(lengthBits = 26) {
  const memory = ddr()
  return {memory, dma: new AxiDma({memory, lengthBits, sendBytes: 4, receiveBytes: 4})}
}

function running(lengthBits = 26) {
  const it = engine(lengthBits)
  it.dma.write(mm2sControl, control.run)
  it.dma.write(s2mmControl, control.run)
  return it
}

function arm(dma: AxiDma, length: number, address = base) {
  dma.write(s2mmAddress, address)
  dma.write(s2mmLength, length)
}

describe("PG021 MM2S_DMACR and S2MM_DMACR", () => {
  test("RS = 0 after reset, and the channel is halted", () => {
    const {dma} = engine()
    for (const offset of [mm2sControl, s2mmControl]) expect(dma.read(offset) & control.run).toBe(0)
    for (const offset of [mm2sStatus, s2mmStatus]) expect(dma.read(offset)).toBe(status.halted)
  })

  test("RS = 1 starts one channel and clears its Halted only", () => {
    const {dma} = engine()
    dma.write(mm2sControl, control.run)
    expect(dma.read(mm2sStatus) & status.halted).toBe(0)
    expect(dma.read(s2mmStatus) & status.halted).toBe(status.halted)
  })

  test("RS = 0 halts an idle channel at once", () => {
    const {dma} = running()
    dma.write(mm2sControl, 0)
    expect(dma.read(mm2sStatus)).toBe(status.halted)
  })

  test("RS = 0 lets the transfer in progress end, then halts", () => {
    const {dma} = running()
    dma.write(mm2sAddress, base)
    dma.write(mm2sLength, 8)
    dma.write(mm2sControl, 0)
    expect(dma.read(mm2sStatus) & status.halted).toBe(0)
    dma.sent()
    expect(dma.read(mm2sStatus)).toBe(status.halted | status.ioc)
  })

  test("Reset in either channel resets both, and reads 0 when done", () => {
    const {dma} = running()
    arm(dma, 8)
    dma.write(mm2sControl, control.reset)
    expect(dma.read(mm2sControl) & control.reset).toBe(0)
    expect(dma.read(s2mmStatus)).toBe(status.halted)
    expect(dma.room).toBe(0)
    expect(dma.read(s2mmAddress)).toBe(0)
  })

  test("IOC_IrqEn passes the completion to the interrupt line, which IOC_Irq written 1 clears", () => {
    const {dma} = running()
    dma.write(s2mmControl, control.run | control.iocIrq)
    arm(dma, 8)
    expect(dma.interrupts.s2mm).toBe(false)
    dma.received(Uint8Array.of(1, 2, 3, 4), true)
    expect(dma.interrupts).toEqual({mm2s: false, s2mm: true})
    dma.write(s2mmStatus, status.ioc)
    expect(dma.interrupts.s2mm).toBe(false)
  })

  test("Err_IrqEn passes an error to the interrupt line, and a completion not", () => {
    const {dma} = running()
    dma.write(s2mmControl, control.run | control.errorIrq)
    arm(dma, 4)
    dma.received(Uint8Array.of(1, 2, 3, 4), true)
    expect(dma.interrupts.s2mm).toBe(false)
    arm(dma, 4)
    dma.received(Uint8Array.of(1, 2, 3, 4), false)
    expect(dma.interrupts.s2mm).toBe(true)
  })
})

describe("PG021 MM2S_DMASR and S2MM_DMASR", () => {
  test("Idle is 0 after RS = 1 until a first transfer has completed", () => {
    const {dma} = running()
    expect(dma.read(mm2sStatus)).toBe(0)
    dma.write(mm2sAddress, base)
    dma.write(mm2sLength, 8)
    expect(dma.read(mm2sStatus)).toBe(0)
    dma.sent()
    expect(dma.read(mm2sStatus)).toBe(status.idle | status.ioc)
  })

  test("Idle is 0 while a transfer runs and while halted", () => {
    const {dma} = running()
    arm(dma, 4)
    dma.received(Uint8Array.of(1, 2, 3, 4), true)
    expect(dma.read(s2mmStatus) & status.idle).toBe(status.idle)
    arm(dma, 4)
    expect(dma.read(s2mmStatus) & status.idle).toBe(0)
    dma.received(Uint8Array.of(1, 2, 3, 4), true)
    dma.write(s2mmControl, 0)
    expect(dma.read(s2mmStatus) & status.idle).toBe(0)
  })

  test("IOC_Irq and Err_Irq are cleared by writing 1, other bits are read-only", () => {
    const {dma} = running()
    arm(dma, 4)
    dma.received(new Uint8Array(8), true)
    expect(dma.read(s2mmStatus)).toBe(0x5011)
    dma.write(s2mmStatus, 0xffff_ffff)
    expect(dma.read(s2mmStatus)).toBe(status.halted | status.internalError)
  })

  test("DMADecErr: an address nothing answers at halts the channel", () => {
    const {dma} = running()
    dma.write(mm2sAddress, 0x8000_0000)
    dma.write(mm2sLength, 8)
    expect(dma.read(mm2sStatus)).toBe(status.halted | status.decodeError | status.error | status.ioc)
    expect(dma.sending).toBeUndefined()
    arm(dma, 8, base + 4092)
    dma.received(new Uint8Array(8), true)
    expect(dma.read(s2mmStatus) & (status.halted | status.decodeError)).toBe(status.halted | status.decodeError)
  })

  test("SGIncld is 0: there is no scatter-gather", () => {
    expect(running().dma.read(mm2sStatus) & status.scatterGather).toBe(0)
  })
})

describe("PG021 MM2S_LENGTH and S2MM_LENGTH", () => {
  test("writing MM2S_LENGTH sends that many bytes from MM2S_SA", () => {
    const {dma} = running()
    dma.write(mm2sAddress, base + 16)
    dma.write(mm2sLength, 5)
    expect([...(dma.sending?.data ?? [])]).toEqual([16, 17, 18, 19, 20])
  })

  test("LENGTH written while halted has no effect", () => {
    const {dma} = engine()
    dma.write(mm2sAddress, base)
    dma.write(mm2sLength, 8)
    expect(dma.sending).toBeUndefined()
    expect(dma.read(mm2sLength)).toBe(0)
    dma.write(mm2sControl, control.run)
    expect(dma.sending).toBeUndefined()
    expect(dma.misuses).toMatchObject([{channel: "mm2s", what: "halted"}])
  })

  test("LENGTH 0 starts nothing and is no error of MM2S", () => {
    const {dma} = running()
    dma.write(mm2sLength, 0)
    expect(dma.read(mm2sStatus)).toBe(0)
    expect(dma.sending).toBeUndefined()
  })

  test.each([
    [8, 255],
    [14, 16_383],
    [23, 8_388_607],
    [26, 67_108_863],
  ])("a length register of %i bits holds at most %i bytes and loses what is above", (bits, most) => {
    const {dma} = running(bits)
    arm(dma, most)
    expect(dma.room).toBe(most)
    const next = running(bits).dma
    arm(next, most + 1)
    expect(next.room).toBe(0)
    expect(next.misuses.map(({what}) => what)).toEqual(["length-cut", "zero-length"])
  })

  test("S2MM_LENGTH reads back the bytes received when TLAST comes before LENGTH", () => {
    const {dma, memory} = running()
    arm(dma, 100)
    dma.received(Uint8Array.of(9, 8, 7, 6), false)
    expect(dma.read(s2mmStatus) & status.idle).toBe(0)
    dma.received(Uint8Array.of(5, 4), true)
    expect(dma.read(s2mmLength)).toBe(6)
    expect(dma.read(s2mmStatus)).toBe(status.idle | status.ioc)
    expect([...memory.bytes.subarray(0, 7)]).toEqual([9, 8, 7, 6, 5, 4, 6])
  })

  test("S2MM: a packet longer than LENGTH is DMAIntErr: RS clears, Halted sets, only a reset helps", () => {
    const {dma, memory} = running()
    arm(dma, 4)
    dma.received(Uint8Array.of(9, 9, 9, 9, 8, 8, 8, 8), true)
    expect(dma.read(s2mmStatus)).toBe(0x5011)
    expect(dma.read(s2mmControl) & control.run).toBe(0)
    expect([...memory.bytes.subarray(0, 5)]).toEqual([9, 9, 9, 9, 4])
    dma.write(s2mmControl, control.run)
    expect(dma.read(s2mmStatus) & status.halted).toBe(status.halted)
    dma.write(s2mmControl, control.reset)
    dma.write(s2mmControl, control.run)
    arm(dma, 4)
    dma.received(Uint8Array.of(1, 2, 3, 4), true)
    expect(dma.read(s2mmStatus)).toBe(status.idle | status.ioc)
  })

  test("S2MM: LENGTH reached without TLAST is the same error", () => {
    const {dma} = running()
    arm(dma, 4)
    dma.received(Uint8Array.of(1, 2, 3, 4), false)
    expect(dma.read(s2mmStatus)).toBe(0x5011)
  })

  test("S2MM: without TLAST a shorter packet never completes", () => {
    const {dma} = running()
    arm(dma, 8)
    dma.received(Uint8Array.of(1, 2, 3, 4), false)
    expect(dma.read(s2mmStatus)).toBe(0)
    expect(dma.room).toBe(4)
  })

  test("S2MM takes nothing before LENGTH is written", () => {
    const {dma, memory} = running()
    expect(dma.room).toBe(0)
    dma.received(Uint8Array.of(1, 2, 3, 4), true)
    expect([...memory.bytes.subarray(0, 4)]).toEqual([0, 1, 2, 3])
  })

  test("bytes that TKEEP does not keep are neither stored nor counted", () => {
    const {dma} = running()
    arm(dma, 8)
    dma.received(new Uint8Array(0), true)
    expect(dma.read(s2mmLength)).toBe(0)
    expect(dma.read(s2mmStatus)).toBe(status.idle | status.ioc)
  })

  test("writing LENGTH while a transfer runs changes nothing, and is remembered as misuse", () => {
    const {dma} = running()
    arm(dma, 8)
    dma.write(s2mmLength, 16)
    expect(dma.room).toBe(8)
    expect(dma.misuses).toMatchObject([{channel: "s2mm", what: "busy"}])
  })
})

describe("PG021 MM2S_SA and S2MM_DA", () => {
  test("without DRE an address that is no multiple of the beat is undefined: its low bits are lost here", () => {
    const {dma} = running()
    dma.write(mm2sAddress, base + 6)
    dma.write(mm2sLength, 4)
    expect([...(dma.sending?.data ?? [])]).toEqual([4, 5, 6, 7])
    expect(dma.misuses).toMatchObject([{channel: "mm2s", what: "unaligned"}])
  })

  test("registers that are not there read 0", () => {
    const {dma} = running()
    for (const offset of [0x08, 0x10, 0x14, 0x2c, 0x38, 0x5c]) expect(dma.read(offset)).toBe(0)
  })
})
