import type {Probe} from "../graph/design.ts"
import type {Shape} from "../graph/shape.ts"
import type {PlanReport} from "../plan/options.ts"
import type {SynthesizeReport} from "../synthesize/run.ts"
import type {HlsReport} from "../verify/hls.ts"
import type {VerifyReport} from "../verify/verify.ts"

// Reports of the stages that have no folder to export a type of their own. The others' are exported where they are made:
// train/options.ts, quantize/report.ts, plan/, simulate/, verify/, synthesize/run.ts.

export interface DataReport {
  readonly stage: "data"
  readonly name: string
  /** Images. */
  readonly training: number
  readonly test: number
  readonly shape: Shape
  readonly classes: number
  /** SHA-256 of images and labels, as read: what decides everything after. */
  readonly hashes: {readonly training: string; readonly test: string}
}

/** In place of the TrainReport where a file brought the parameters. */
export interface ImportReport {
  readonly stage: "train"
  readonly network: string
  readonly parameters: number
  readonly imported: {
    readonly file: string
    readonly sha256: string
    /** "float"; "bit-exact": its integers are kept; "rewritten": dequantised, to be quantised again. */
    readonly verdict: string
  }
}

export interface PlanStageReport extends PlanReport {
  readonly stage: "plan"
  /** False where it does not fit on the device. */
  readonly passed: boolean
}

/** The plan without a build. */
export interface EstimateReport extends PlanReport {
  readonly stage: "estimate"
  /** False where it does not fit on the device. */
  readonly passed: boolean
  /** Of a finished build (its folder), of a model file (its name), or assumed (the distribution): LUT and FF depend on them. */
  readonly weights: {readonly from: "build" | "file" | "assumed"; readonly what: string}
}

export interface ExportReport {
  readonly stage: "export"
  readonly files: readonly {readonly path: string; readonly bytes: number; readonly what: string}[]
  /** Why there is no int8 file, where there is none: it would not compute the same integers. */
  readonly int8Refused?: string
}

export interface GoldenReport {
  readonly stage: "golden"
  readonly network: string
  readonly images: number
  /** Integers of one image's output. */
  readonly outputs: number
  /** Percent of the test images; in a tie the lowest class wins. */
  readonly accuracy: number
  /** confusion[label][read] */
  readonly confusion: readonly (readonly number[])[]
  /** Every misread image, in order. */
  readonly misread: readonly {readonly index: number; readonly label: number; readonly read: number}[]
}

export interface EmitReport {
  readonly stage: "emit"
  readonly top: string
  /** In the order a tool must read them; in the build's folder rtl/. */
  readonly files: readonly string[]
  readonly lines: number
  /** Where each layer's integers can be watched. */
  readonly probes: readonly Probe[]
  /** With --backend hls: the C++ project, in the build's folder hls/. */
  readonly hls?: readonly string[]
}

/** When something first and last moves at a place, in clocks from the acceptance of an image's first beat. */
export interface TimelineRow {
  readonly name: string
  readonly first: number
  readonly last: number
}

/** Every image through the RTL, against golden and against the plan. */
export interface SimulateReport extends VerifyReport {
  readonly stage: "simulate"
  readonly passed: boolean
  /** One image, core idle: s_axis, each block of the plan that has a valid bit, m_axis. */
  readonly timeline: readonly TimelineRow[]
}

/** A few hundred images under every stall schedule, broken streams and resets, in every simulator found. */
export interface StallReport extends VerifyReport {
  readonly stage: "verify"
  readonly passed: boolean
  /** With --backend hls: the C++ compiled here against golden. */
  readonly hls?: HlsReport
  /** Simulators that were not found here. */
  readonly notRun: readonly string[]
}

export interface SynthReport extends SynthesizeReport {
  readonly stage: "synth"
  /** False where it does not fit on the device. */
  readonly passed: boolean
}

/** One engine in software on this computer, one thread. */
export interface SoftwareReport {
  readonly engine: "tlast" | "litert"
  /** A CPU-second. */
  readonly imagesPerSecond: number
  readonly version?: string
}
