/** Emitted hardware as text: what simulate, synthesize and package read. Paths are relative, `/`-separated. */
export interface Design {
  /** Name of the top module. */
  readonly top: string
  /** Verilog and SystemVerilog sources and the memory files they $readmemh, by path, packages before their users. */
  readonly files: Readonly<Record<string, string>>
  /** Where each layer's integers can be watched, in stream order; verify names the first layer that differs with them. */
  readonly probes?: readonly Probe[]
}

/** A bundle of a layer's outputs inside the design, by hierarchical signal name below the top. */
export interface Probe {
  readonly layer: string
  /** High in each clock that carries `channels` new outputs of the layer, in NHWC order. */
  readonly valid: string
  /** Output c of them in its bits [c*bits +: bits]. */
  readonly data: string
  readonly channels: number
  readonly bits: number
  readonly signed: boolean
}

/** Counts in the units of Xilinx 7-series; bram36 counts a RAMB18 as a half. */
export interface Resources {
  readonly lut: number
  readonly ff: number
  readonly dsp: number
  readonly bram36: number
}
