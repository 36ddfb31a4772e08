import type {Resources} from "../graph/design.ts"
import type {Engine, LayerChoice} from "./plan.ts"

/** What a user asks of a plan. */
export interface PlanOptions {
  /** "xc7z020" or a part; default xc7z020. A board's file gives both. */
  readonly device?: string
  readonly board?: {readonly name: string; readonly part: string; readonly resources: Resources}
  /** Default 100 MHz. */
  readonly clockHz?: number
  /** Elements a beat: 1, 2, 4, 8, 16. At most one of lanes, imagesPerSecond and target. Default 1 lane. */
  readonly lanes?: number
  readonly imagesPerSecond?: number
  /** "fastest" that fits, or the "smallest" there is. */
  readonly target?: "fastest" | "smallest"
  readonly modelHash?: string
  readonly layers?: Readonly<Record<string, LayerChoice>>
  /** "loadable" weights come in "header" packets, one of the two needs the other. Default constant, raw. */
  readonly weights?: "constant" | "loadable"
  readonly packets?: "raw" | "header"
  /** Of header packets: bits of a result, default 16; "hls-2020" loads neither biases nor shifts. */
  readonly results?: 16 | 32
  readonly arithmetic?: "default" | "hls-2020"
  /** "class": the number of the largest result, in a tie the lowest, is all that is sent. Default "logits". */
  readonly output?: "logits" | "class"
  /** Also draw up what else there is, for the report: every lane count, and slower plans. Implied by target. */
  readonly explore?: boolean
  /** How long to search for fewer adders, in times the default (0.2 s for 400 weights); 0, one greedy pass, is an estimate's. */
  readonly effort?: number
}

/** What a plan is, in a page. */
export interface PlanReport {
  readonly name: string
  readonly device: string
  readonly lanes: number
  readonly clockHz: number
  readonly interval: number
  readonly latency: number
  readonly imagesPerSecond: number
  readonly limit: string
  readonly fits: boolean
  readonly resources: Resources
  readonly margin: Resources
  readonly stages: readonly {
    readonly name: string
    readonly kind: string
    readonly layer?: string
    readonly engine?: Engine
    readonly interval: number
    readonly latency: number
    readonly fifoDepth?: number
    readonly resources: Resources
  }[]
  /** Of all that was drawn up, what nothing beats in both rate and LUTs: in one greedy pass each, but the plan itself. */
  readonly alternatives: readonly {
    readonly lanes: number
    readonly interval: number
    readonly imagesPerSecond: number
    readonly fits: boolean
    readonly resources: Resources
  }[]
  /** Where it does not fit: what there is too much of, and the smallest changes that fit, each with its cost. */
  readonly changes: readonly string[]
}
