/** A register of axi_dma 7.1 in direct mode (PG021): byte offset, reset value, fields as [name, first bit, bits]. */
export interface DmaRegister {
  readonly name: string
  readonly offset: number
  readonly reset: number
  readonly what: string
  readonly fields: readonly (readonly [name: string, bit: number, bits: number])[]
}

const control = [
  ["RS", 0, 1],
  ["Reset", 2, 1],
  ["Keyhole", 3, 1],
  ["Cyclic_BD_Enable", 4, 1],
  ["IOC_IrqEn", 12, 1],
  ["Dly_IrqEn", 13, 1],
  ["Err_IrqEn", 14, 1],
  ["IRQThreshold", 16, 8],
  ["IRQDelay", 24, 8],
] as const

const status = [
  ["Halted", 0, 1],
  ["Idle", 1, 1],
  ["SGIncld", 3, 1],
  ["DMAIntErr", 4, 1],
  ["DMASlvErr", 5, 1],
  ["DMADecErr", 6, 1],
  ["SGIntErr", 8, 1],
  ["SGSlvErr", 9, 1],
  ["SGDecErr", 10, 1],
  ["IOC_Irq", 12, 1],
  ["Dly_Irq", 13, 1],
  ["Err_Irq", 14, 1],
  ["IRQThresholdSts", 16, 8],
  ["IRQDelaySts", 24, 8],
] as const

const channel = (name: string, base: number, address: string, at: number, what: string): readonly DmaRegister[] => [
  {name: `${name}_DMACR`, offset: base, reset: 0x10002, what: `${name} control`, fields: control},
  {name: `${name}_DMASR`, offset: base + 4, reset: 0x10000, what: `${name} status`, fields: status},
  {
    name: `${name}_${address}`,
    offset: at,
    reset: 0,
    what: `${name} ${what} address`,
    fields: [[`${what}_Address`, 0, 32]],
  },
  {
    name: `${name}_${address}_MSB`,
    offset: at + 4,
    reset: 0,
    what: `${name} ${what} address, upper half`,
    fields: [[`${what}_Address`, 0, 32]],
  },
  {
    name: `${name}_LENGTH`,
    offset: base + 0x28,
    reset: 0,
    what: `${name} bytes; writing it starts the transfer`,
    fields: [["Length", 0, 26]],
  },
]

/** In direct mode only; the descriptor registers of scatter-gather are not there. */
export const dmaRegisters: readonly DmaRegister[] = [
  ...channel("MM2S", 0x00, "SA", 0x18, "Source"),
  ...channel("S2MM", 0x30, "DA", 0x48, "Destination"),
]
