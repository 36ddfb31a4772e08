import type {Resources} from "../graph/design.ts"

/** report/summary.json: what scripts read. Rates are per second, percents 0..100, clocks in Hz. */
export interface Summary {
  readonly network: string
  readonly accuracy: {readonly float: number; readonly quantised: number; readonly images: number}
  /** One entry a simulator. latencyCycles: from the acceptance of an image's last beat to that of its first result beat. */
  readonly rtl: readonly RtlSummary[]
  readonly predicted: {readonly cyclesPerImage: number; readonly latencyCycles: number} & Resources
  readonly resources: Resources & {readonly device: string; readonly source: string}
  /** Of the accelerator: simulated cycles at the clock asked for, which no place and route has confirmed. */
  readonly throughput: {readonly clockHz: number; readonly imagesPerSecond: number}
  /** Measured on the computer that made the report. */
  readonly software: readonly {readonly engine: "tlast" | "litert"; readonly imagesPerSecond: number}[]
}

export interface RtlSummary {
  readonly simulator: "embedded" | "verilator"
  readonly images: number
  /** Outputs that differ from golden. */
  readonly mismatches: number
  readonly cyclesPerImage: number
  readonly latencyCycles: number
}
