import {TlastError} from "../errors.ts"
import type {Board} from "../graph/board.ts"

/** A cell of the block design. `path` has its hierarchy: "memory/axi_dma_0". */
export interface Cell {
  readonly path: string
  /**
   * vendor:library:name without a version (the newest is taken), the module of the RTL it references, or the IP that
   * Vitis HLS exported, with its version and the folder beside build.tcl that has its component.xml.
   */
  readonly source:
    | {readonly kind: "ip"; readonly vlnv: string}
    | {readonly kind: "module"; readonly module: string}
    | ({readonly kind: "exported"} & ExportedIp)
  /** CONFIG names without the prefix. `required` ones must exist in the user's Vivado, `optional` ones may be gone. */
  readonly required: Readonly<Record<string, string>>
  readonly optional: Readonly<Record<string, string>>
}

/** What run_hls.tcl leaves: vendor:library:name:version, and where. */
export interface ExportedIp {
  readonly vlnv: string
  readonly folder: string
}

/** A pin of the hierarchy "memory". */
export interface HierarchyPin {
  readonly path: string
  readonly kind: "master" | "slave" | "clock" | "reset"
  readonly vlnv?: string
}

/** Interface connection: master (or the cell's side of an external port) first. */
export interface Link {
  readonly name: string
  readonly from: string
  readonly to: string
}

/** One driver, its sinks. Nets cross a hierarchy only at its pins. */
export interface Net {
  readonly name: string
  readonly driver: string
  readonly sinks: readonly string[]
}

export interface AddressSegment {
  readonly space: string
  readonly segment: string
  readonly offset: number
  readonly range: number
}

/** Everything build.tcl, the hand-off, the picture and the tables say about the system around the core. */
export interface BlockDesign {
  readonly name: string
  readonly part: string
  readonly streamBits: {readonly input: number; readonly output: number}
  readonly clock: FabricClock
  readonly cells: readonly Cell[]
  readonly pins: readonly HierarchyPin[]
  readonly ports: readonly {readonly name: string; readonly vlnv: string; readonly pin: string}[]
  readonly links: readonly Link[]
  readonly nets: readonly Net[]
  readonly addresses: readonly AddressSegment[]
}

export interface FabricClock {
  readonly requestedMhz: number
  /** What the board really runs: the PLL over a whole number. Never above what was asked. */
  readonly mhz: number
  readonly divisor0: number
  readonly divisor1: number
}

export interface BlockDesignOptions {
  readonly board: Board
  /** Module name of the core's top. */
  readonly core: string
  /** In place of that module; its clock and reset are ap_clk and ap_rst_n, as Vitis HLS calls them. */
  readonly exported?: ExportedIp
  /** Width of s_axis in bits: 8, 16, 32 or 64. */
  readonly inputBits: number
  /** Width of m_axis in bits: 32 in raw packets. */
  readonly outputBits: number
  readonly clockMhz: number
}

const aximm = "xilinx.com:interface:aximm_rtl:1.0"
export const dmaPath = "memory/axi_dma_0"
export const corePath = "memory/core_0"
export const dmaBase = 0x40400000
export const dmaRange = 0x10000
/** Bits of the DMA's length register: one transfer is at most 2^26 - 1 bytes. */
export const lengthBits = 26

/** Settings of axi_dma, with the reason of each: the source of the table in the report and the README. */
export const dmaSettings = (inputBits: number): readonly {name: string; value: string; why: string}[] => [
  {
    name: "c_include_sg",
    value: "0",
    why: "direct register mode: PYNQ's driver needs it, and one batch is one descriptor anyway",
  },
  {
    name: "c_sg_length_width",
    value: `${lengthBits}`,
    why: "64 MiB a transfer; the default of 14 bits stops at 16,383 bytes",
  },
  {name: "c_micro_dma", value: "0", why: "the full engine: bursts, any length"},
  {name: "c_include_mm2s", value: "1", why: "memory to stream: images"},
  {name: "c_m_axi_mm2s_data_width", value: "64", why: "as wide as the HP0 port"},
  {name: "c_m_axis_mm2s_tdata_width", value: `${inputBits}`, why: "the core's s_axis: no width converter in between"},
  {name: "c_mm2s_burst_size", value: "32", why: "256 bytes a burst on 64 bits"},
  {name: "c_include_mm2s_dre", value: "0", why: "buffers are aligned to 8 bytes, so no realignment engine"},
  {name: "c_include_mm2s_sf", value: "1", why: "store and forward: no bubbles inside a burst when DDR is busy"},
  {name: "c_include_s2mm", value: "1", why: "stream to memory: results"},
  {name: "c_m_axi_s2mm_data_width", value: "64", why: "as wide as the HP0 port"},
  {name: "c_s2mm_burst_size", value: "32", why: "256 bytes a burst on 64 bits"},
  {name: "c_include_s2mm_dre", value: "0", why: "as above"},
  {name: "c_include_s2mm_sf", value: "1", why: "a burst is written when it is whole"},
  {name: "c_addr_width", value: "32", why: "all of a Zynq-7000's DDR"},
]

/** FCLK0 at or under `clockMhz`: pll / (divisor0 * divisor1), both 1..63, as the PS7 can make it. */
export function fabricClock(pllMhz: number, clockMhz: number): FabricClock {
  if (!(clockMhz >= 10 && clockMhz <= 250)) {
    throw new TlastError({
      code: "CLOCK_OUT_OF_RANGE",
      where: "clock",
      message: `${clockMhz} MHz, and FCLK0 is taken between 10 and 250 MHz`,
      hint: "give --clock in MHz; 100 is the usual start",
    })
  }
  // 1000 / 142.857 is 7.00002: a request rounded for print must not lose a whole divisor.
  for (let n = Math.max(1, Math.ceil(pllMhz / clockMhz - 1e-3)); ; n++) {
    for (let divisor1 = Math.floor(Math.sqrt(n)); divisor1 >= 1; divisor1--) {
      if (n % divisor1 === 0 && n / divisor1 <= 63) {
        return {requestedMhz: clockMhz, mhz: pllMhz / n, divisor0: n / divisor1, divisor1}
      }
    }
  }
}

/** PS7, DMA, interconnects, reset and core, for one board and stream width. Throws STREAM_WIDTH for a width no DMA has. */
export function blockDesign(options: BlockDesignOptions): BlockDesign {
  const {board, inputBits, outputBits, clockMhz} = options
  for (const [port, bits] of [
    ["s_axis", inputBits],
    ["m_axis", outputBits],
  ] as const) {
    if (![8, 16, 32, 64].includes(bits)) {
      throw new TlastError({
        code: "STREAM_WIDTH",
        where: port,
        message: `${bits} bits wide, and the DMA's streams are 8, 16, 32 or 64`,
        hint: "choose --lanes 1, 2, 4 or 8 (bytes a beat)",
      })
    }
  }
  const clock = fabricClock(board.clock.pllMhz, clockMhz)
  return {
    name: "system",
    part: board.part,
    streamBits: {input: inputBits, output: outputBits},
    clock,
    cells: cells(options, clock),
    pins: [
      {path: "memory/S_AXI_LITE", kind: "slave", vlnv: aximm},
      {path: "memory/M_AXI_MM2S", kind: "master", vlnv: aximm},
      {path: "memory/M_AXI_S2MM", kind: "master", vlnv: aximm},
      {path: "memory/aclk", kind: "clock"},
      {path: "memory/aresetn", kind: "reset"},
    ],
    ports: [
      {name: "DDR", vlnv: "xilinx.com:interface:ddrx_rtl:1.0", pin: "processing_system7_0/DDR"},
      {
        name: "FIXED_IO",
        vlnv: "xilinx.com:display_processing_system7:fixedio_rtl:1.0",
        pin: "processing_system7_0/FIXED_IO",
      },
    ],
    links: links(),
    nets: nets(options.exported === undefined ? ["aclk", "aresetn"] : ["ap_clk", "ap_rst_n"]),
    addresses: [
      {space: "processing_system7_0/Data", segment: `${dmaPath}/S_AXI_LITE/Reg`, offset: dmaBase, range: dmaRange},
      ...["MM2S", "S2MM"].map((channel) => ({
        space: `${dmaPath}/Data_${channel}`,
        segment: "processing_system7_0/S_AXI_HP0/HP0_DDR_LOWOCM",
        offset: 0,
        range: board.memory.ddrBytes,
      })),
    ],
  }
}

function cells({board, core, exported, inputBits}: BlockDesignOptions, clock: FabricClock): readonly Cell[] {
  const ip = (
    path: string,
    name: string,
    required: Record<string, string>,
    optional: Record<string, string> = {},
  ): Cell => ({
    path,
    source: {kind: "ip", vlnv: `xilinx.com:ip:${name}`},
    required,
    optional,
  })
  const fabric = {
    PCW_USE_M_AXI_GP0: "1",
    PCW_USE_S_AXI_HP0: "1",
    PCW_S_AXI_HP0_DATA_WIDTH: "64",
    PCW_FPGA_FCLK0_ENABLE: "1",
    PCW_EN_CLK0_PORT: "1",
    PCW_EN_RST0_PORT: "1",
    PCW_FPGA0_PERIPHERAL_FREQMHZ: mhzText(clock.mhz),
  }
  // The direct-mode settings exist in every axi_dma 7.1; micro DMA and the address width came later and may be renamed.
  const soft = new Set(["c_micro_dma", "c_addr_width"])
  const settings = dmaSettings(inputBits)
  return [
    ip("processing_system7_0", "processing_system7", {...board.ps7, ...fabric}),
    ip("rst_ps7", "proc_sys_reset", {}),
    ip("ps7_0_axi_periph", "axi_interconnect", {NUM_SI: "1", NUM_MI: "1"}),
    ip("axi_mem_intercon", "axi_interconnect", {NUM_SI: "2", NUM_MI: "1"}),
    ip(
      dmaPath,
      "axi_dma",
      Object.fromEntries(settings.filter((s) => !soft.has(s.name)).map((s) => [s.name, s.value])),
      Object.fromEntries(settings.filter((s) => soft.has(s.name)).map((s) => [s.name, s.value])),
    ),
    {
      path: corePath,
      source: exported ? {kind: "exported", ...exported} : {kind: "module", module: core},
      required: {},
      optional: {},
    },
  ]
}

const links = (): readonly Link[] => [
  {name: "gp0", from: "processing_system7_0/M_AXI_GP0", to: "ps7_0_axi_periph/S00_AXI"},
  {name: "registers", from: "ps7_0_axi_periph/M00_AXI", to: "memory/S_AXI_LITE"},
  {name: "images_read", from: "memory/M_AXI_MM2S", to: "axi_mem_intercon/S00_AXI"},
  {name: "results_write", from: "memory/M_AXI_S2MM", to: "axi_mem_intercon/S01_AXI"},
  {name: "hp0", from: "axi_mem_intercon/M00_AXI", to: "processing_system7_0/S_AXI_HP0"},
  {name: "memory/registers", from: "memory/S_AXI_LITE", to: `${dmaPath}/S_AXI_LITE`},
  {name: "memory/images_read", from: `${dmaPath}/M_AXI_MM2S`, to: "memory/M_AXI_MM2S"},
  {name: "memory/results_write", from: `${dmaPath}/M_AXI_S2MM`, to: "memory/M_AXI_S2MM"},
  {name: "memory/images", from: `${dmaPath}/M_AXIS_MM2S`, to: `${corePath}/s_axis`},
  {name: "memory/results", from: `${corePath}/m_axis`, to: `${dmaPath}/S_AXIS_S2MM`},
]

function nets([clock, reset]: readonly [string, string]): readonly Net[] {
  const periph = ["ACLK", "S00_ACLK", "M00_ACLK"].map((pin) => `ps7_0_axi_periph/${pin}`)
  const memory = ["ACLK", "S00_ACLK", "S01_ACLK", "M00_ACLK"].map((pin) => `axi_mem_intercon/${pin}`)
  const resets = [...periph, ...memory].map((pin) => pin.replace("ACLK", "ARESETN"))
  return [
    {
      name: "fclk0",
      driver: "processing_system7_0/FCLK_CLK0",
      sinks: [
        "processing_system7_0/M_AXI_GP0_ACLK",
        "processing_system7_0/S_AXI_HP0_ACLK",
        "rst_ps7/slowest_sync_clk",
        ...periph,
        ...memory,
        "memory/aclk",
      ],
    },
    {name: "fclk_reset0_n", driver: "processing_system7_0/FCLK_RESET0_N", sinks: ["rst_ps7/ext_reset_in"]},
    {name: "aresetn", driver: "rst_ps7/peripheral_aresetn", sinks: [...resets, "memory/aresetn"]},
    {
      name: "memory/aclk",
      driver: "memory/aclk",
      sinks: [
        ...["s_axi_lite_aclk", "m_axi_mm2s_aclk", "m_axi_s2mm_aclk"].map((pin) => `${dmaPath}/${pin}`),
        `${corePath}/${clock}`,
      ],
    },
    {name: "memory/aresetn", driver: "memory/aresetn", sinks: [`${dmaPath}/axi_resetn`, `${corePath}/${reset}`]},
  ]
}

/** "100", "142.857143": as Vivado prints frequencies. */
export const mhzText = (mhz: number): string => `${Number(mhz.toFixed(6))}`
