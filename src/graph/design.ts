/** Emitted hardware as text: what simulate, synthesize and package read. Paths are relative, `/`-separated. */
export interface Design {
  /** Name of the top module. */
  readonly top: string
  /** Verilog and SystemVerilog sources and the memory files they $readmemh, by path, packages before their users. */
  readonly files: Readonly<Record<string, string>>
}

/** Counts in the units of Xilinx 7-series; bram36 counts a RAMB18 as a half. */
export interface Resources {
  readonly lut: number
  readonly ff: number
  readonly dsp: number
  readonly bram36: number
}
