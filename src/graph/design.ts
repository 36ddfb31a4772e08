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
  /** High in each clock that carries new outputs of the layer, in NHWC order; or a bit a position, low first. */
  readonly valid: string
  /** A bit a position: those that lie in the image; all of them where it is missing. */
  readonly inside?: string
  /** Output c of position p in its bits [(p*channels + c)*bits +: bits]. */
  readonly data: string
  /** Positions side by side (default 1). */
  readonly positions?: number
  /** Channels at a time; the last time of a position there may be more of them than the layer has left. */
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
