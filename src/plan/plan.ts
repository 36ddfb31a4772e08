import type {Resources} from "../graph/design.ts"
import type {Overflow, Rounding} from "../graph/format.ts"
import type {Loadable} from "../graph/packets.ts"
import type {Size} from "../graph/shape.ts"
import type {WindowPace} from "./schedule.ts"
import type {SerialPlan} from "./serial.ts"
import type {ShiftAdd} from "./shift-add/network.ts"

/** How a linear layer computes: `constant` shift-add networks, `folded` PE x SIMD multipliers, `serial` bit by bit. */
export type Engine = "constant" | "folded" | "serial"

/** What a layer is built as, instead of what the planner would choose. */
export interface LayerChoice {
  readonly engine?: Engine
  readonly pe?: number
  readonly simd?: number
  readonly addersPerStage?: 1 | 2
  /** Of the folded engine: a DSP a product, one for two outputs' products (`packed`), or none. */
  readonly multiplier?: Multiplier
  /** Of the folded engine: where its weights are. */
  readonly memory?: Memory
  /** Of a convolution: where the rows above are kept for its windows. `distributed` is LUTRAM, or shift registers. */
  readonly rows?: Memory
}

export type Multiplier = "dsp" | "packed" | "lut"
export type Memory = "block" | "distributed"

/**
 * The whole architecture, in data: what emit turns into text and the report draws. Every number is a promise about the
 * hardware: cycles, widths, depths, DSP and BRAM exact, LUT and FF predicted. JSON-able, no dates, no paths.
 */
export interface Plan {
  readonly name: string
  /** SHA-256 (or another hash) of the model it was made from. */
  readonly modelHash: string
  /** "xc7z020"; resources are what it has. */
  readonly device: {readonly name: string; readonly resources: Resources}
  readonly board?: string
  readonly clockHz: number
  /** Elements a beat of s_axis carries. */
  readonly lanes: number
  readonly packets: "raw" | "header"
  readonly weights: "constant" | "loadable"
  /** What header packets load besides weights, and how wide results are. */
  readonly loadable?: Loadable
  readonly stream: {
    readonly input: {
      /** Bits of s_axis_tdata: 8, 16, 32, 64. */
      readonly dataBits: number
      /** Bits an element takes in it (1, 2, 4, 8): lane i is tdata[elementBits*i +: elementBits], its low bits the value. */
      readonly elementBits: number
      readonly signed: boolean
      readonly beatsPerImage: number
    }
    /** One result a beat, sign-extended to 32 bits; behind header packets one or two 16-bit words. */
    readonly output: {
      readonly dataBits: 16 | 32
      readonly wordsPerImage: number
      /** One word, the number of the largest result; all results where left out. */
      readonly kind?: "class"
    }
  }
  /** Blocks in stream order. */
  readonly stages: readonly PlanStage[]
  /** Clocks from an image to the next, back to back. */
  readonly interval: number
  /** Clocks from the acceptance of an image's last beat to that of its first result beat, core idle, sink ready. */
  readonly latency: number
  /** Images between the feeder and m_axis at a time: result_out has room for so many. */
  readonly credits: number
  /** Clocks from a beat to the next that the feeder keeps at least, and from an image's last beat to the next's first. */
  readonly pace: WindowPace
  readonly imagesPerSecond: number
  /** What keeps it from being faster: a layer's name, "stream" or "results". */
  readonly limit: string
  readonly resources: Resources
  /** Part of the device left, 0..1; negative where it does not fit. */
  readonly margin: Resources
  readonly fits: boolean
}

/** Positions (pixels) of so many channels a beat, and how often. */
export interface Rate {
  /** Positions a beat. */
  readonly positions: number
  readonly channels: number
  /** Bits of an element, and whether it is signed. */
  readonly bits: number
  readonly signed: boolean
  /** Beats of one image, of the positions that count. */
  readonly beats: number
}

interface StageBase {
  /** Instance in the emitted core is u_<name>: "conv1_window". */
  readonly name: string
  /** The network's layer it belongs to. */
  readonly layer?: string
  /** Stages it reads, by name; the one before it where left out. */
  readonly from?: readonly string[]
  readonly input: Rate
  readonly output: Rate
  /** Clocks of work an image costs here: the largest of all is the plan's interval. */
  readonly interval: number
  /** Clocks from the input that completes an output to that output, nothing waiting. */
  readonly latency: number
  readonly resources: Resources
}

export interface SkidStage extends StageBase {
  readonly kind: "skid"
}
export interface FeederStage extends StageBase {
  readonly kind: "feeder"
  /** Registers behind a wide one: what decides lies near the stream, what is fed near the windows. */
  readonly registers?: number
}
/** The last (KH-1) rows and KW-1+positions pixels, as a shift register, or with most of each row in block RAM. */
export interface WindowStage extends StageBase {
  readonly kind: "window"
  readonly kernel: Size
  /** Height and width of the image it slides over. */
  readonly size: Size
  /** From a window to the next, down and along; 1 where left out. */
  readonly stride?: Size
  readonly memory: "shift" | "block"
  /** A window waits for its engine; then positions enter one at a time. */
  readonly held?: true
}
/** Zeros around an image, for windows that hang over its edge. */
export interface PadStage extends StageBase {
  readonly kind: "pad"
  /** Of the image that comes. */
  readonly size: Size
  /** Rows and positions of zeros. */
  readonly border: {readonly top: number; readonly bottom: number; readonly left: number; readonly right: number}
}
/** Constant sums: a pipelined shift-add network. */
export interface SumsStage extends StageBase {
  readonly kind: "sums"
  readonly engine: "constant"
  readonly adders: number
  readonly adderBits: number
  /** Adders between two registers. */
  readonly addersPerStage: number
  readonly accumulatorBits: number
  /** The graph, so that emit and synthesis agree on it. */
  readonly network: ShiftAdd
}
/** Every position with those above it: KH-1 rows in LUTRAM or block RAM, a word a column of the image. */
export interface ColumnsStage extends StageBase {
  readonly kind: "columns"
  /** Height and width of the image, and rows of a column. */
  readonly size: Size
  readonly rows: number
  /** Rows from a column that leaves to the next; 1 where left out. */
  readonly stride?: number
  readonly memory: Memory
}
/** The last positions in block RAM, a copy a port; given back as columns, `ports` rows of one a clock. */
export interface LinesStage extends StageBase {
  readonly kind: "lines"
  /** Height and width of the image, and rows of a column. */
  readonly size: Size
  readonly rows: number
  /** Rows from a column to the next one below; 1 where left out. */
  readonly stride?: number
  readonly ports: number
  readonly memory: "block"
  /** Positions kept, a power of two: proved by simulating the schedule, and enough under every stall. */
  readonly depth: number
}
/** Columns to windows, and a bit-serial shift-add network: a window every `frame` clocks. */
export interface SerialStage extends StageBase {
  readonly kind: "serial"
  readonly engine: "serial"
  readonly kernel: Size
  readonly size: Size
  /** As the window's. */
  readonly stride?: Size
  /** Rows of a column that come at a time; all of them where left out. */
  readonly ports?: number
  /** Clocks a window, at least the bits of the worst accumulator; bits of a result. */
  readonly frame: number
  /** Clocks a window takes more than the rate asked for leaves it; 0 where it keeps the rate. */
  readonly lengthened: number
  readonly accumulatorBits: number
  readonly adders: number
  /** The graph in time, so that emit and synthesis agree on it. */
  readonly serial: SerialPlan
}
/** PE x SIMD multipliers over a weight ROM, for a dense layer or the windows of a convolution. */
export interface FoldedStage extends StageBase {
  readonly kind: "folded"
  readonly engine: "folded"
  /** Outputs, and inputs of each, computed at a time. */
  readonly pe: number
  readonly simd: number
  /** Passes over the outputs, and steps a vector takes. */
  readonly groups: number
  readonly chunks: number
  /** A register more before the multipliers, which are too many to lie near their weights. */
  readonly far?: true
  /** Vectors accumulated into one result: positions of the image for a dense layer, 1 for a convolution. */
  readonly vectors: number
  readonly outputs: number
  readonly accumulatorBits: number
  readonly weightBits: number
  readonly multiplier: Multiplier
  readonly memory: Memory
  readonly romWords: number
  readonly romBits: number
  /** Weights come over the stream: two outputs to a multiplier, and bits of a stored bias (0: there are none). */
  readonly load?: {readonly packed: boolean; readonly biasBits: number}
}
/** Columns to windows, each kept for the `frame` clocks in which a folded engine works on it. */
export interface WindowsStage extends StageBase {
  readonly kind: "windows"
  readonly kernel: Size
  readonly size: Size
  /** As the window's. */
  readonly stride?: Size
  readonly frame: number
}
/** So many vectors, the passes of a folded engine, to one. */
export interface CollectStage extends StageBase {
  readonly kind: "collect"
  readonly parts: number
}
export interface RequantiseStage extends StageBase {
  readonly kind: "requantise"
  readonly rounding: Rounding
  readonly overflow: Overflow
  readonly relu: boolean
  readonly accumulatorBits: number
  /** Whether the bias is added here (constant engine) or by the engine. */
  readonly bias: boolean
  /** Fewer units than channels, one shift for all: rtl/requantise_shared.sv. */
  readonly shared?: {
    readonly units: number
    /** `units` results each that leave together. */
    readonly pieces: number
    /** The sums stay until the last is taken. */
    readonly held: boolean
    readonly loaded: boolean
    readonly shift: number
  }
}
export interface PoolStage extends StageBase {
  readonly kind: "pool"
  readonly size: Size
  /** Height and width of what it pools. */
  readonly of: Size
  /** Lanes at which pool windows end, ascending; [0] is the aligned unit of one position a window. */
  readonly slots: readonly number[]
  /**
   * `lines`: positions come alone or in whole windows' parts; `raster`: lanes straddle rows of `pitch` pixels; `shared`: some
   * channels a clock, rtl/pool_shared.sv.
   */
  readonly form: "lines" | "raster" | "shared"
  /** `units` channels a clock; a position comes in `groups`, and `pieces` times `units` channels leave together. */
  readonly shared?: {readonly units: number; readonly groups: number; readonly pieces: number}
  /** Pixels of a row of the raster, junk included, and the first row and column that count. */
  readonly pitch: number
  readonly rows: number
  readonly origin: {readonly row: number; readonly column: number}
}
/** The sum of each block, channel by channel. */
export interface BlocksStage extends StageBase {
  readonly kind: "blocks"
  readonly size: Size
  /** Height and width of the image. */
  readonly of: Size
}
/** Sums of blocks to means: rtl/mean.sv. */
export interface MeanStage extends StageBase {
  readonly kind: "mean"
  /** Channels a clock, and clocks a vector. */
  readonly units: number
  readonly clocks: number
  /** What sums are multiplied by; the shift, rounding and width follow. */
  readonly constant: number
  /** What its negative terms lack, as complements: added with the bias. */
  readonly complement: number
  readonly shift: number
  readonly rounding: 0 | 1 | 2 | 3
  readonly productBits: number
  readonly room: number
  readonly bias: number
  /** LiteRT's division, half away from zero of (sum - offset) / count, plus zero. */
  readonly divide?: {readonly offset: number; readonly half: number; readonly zero: number}
  readonly overflow: Overflow
  readonly relu: boolean
}
/** The sum of two tensors, each from a queue: rtl/add.sv. `input` is the first one's rate, `other` the second's. */
export interface AddStage extends StageBase {
  readonly kind: "add"
  readonly other: Rate
  /** How far each operand is shifted left. */
  readonly shifts: readonly [number, number]
  readonly sumBits: number
  readonly room: number
  readonly shift: number
  readonly bias: number
  readonly rounding: 0 | 1 | 2 | 3
  readonly overflow: Overflow
  readonly relu: boolean
}
/** What comes, at most every so many clocks: rtl/pace.sv. */
export interface PaceStage extends StageBase {
  readonly kind: "pace"
  readonly clocks: number
}
/** A queue a lane, read in raster order, one position at a time. */
export interface FifoStage extends StageBase {
  readonly kind: "fifo"
  /** Entries a queue needs: proved by simulating the schedule, and a bound under every stall. */
  readonly fifoDepth: number
  readonly lanes: number
  /** Of several lanes: which of them holds each position of an image. */
  readonly order?: LaneOrder
}
/** The lane of an image's first position, from there to the next of its row, and from a row's first to the next row's. */
export interface LaneOrder {
  /** Rows of an image. */
  readonly rows: number
  readonly start: number
  readonly step: number
  readonly stepRow: number
}
/** The number of the largest result, instead of all of them. */
export interface ArgmaxStage extends StageBase {
  readonly kind: "argmax"
  /** Results that arrive at a time, and in all. */
  readonly pe: number
  readonly outputs: number
}
export interface ResultStage extends StageBase {
  readonly kind: "result"
  /** Accumulators that arrive at a time, and vectors queued while the last one leaves. */
  readonly pe: number
  readonly fifoDepth: number
}

export type PlanStage =
  | SkidStage
  | FeederStage
  | WindowStage
  | PadStage
  | BlocksStage
  | MeanStage
  | AddStage
  | PaceStage
  | SumsStage
  | ColumnsStage
  | LinesStage
  | SerialStage
  | WindowsStage
  | FoldedStage
  | CollectStage
  | RequantiseStage
  | PoolStage
  | FifoStage
  | ArgmaxStage
  | ResultStage
