import type {Resources} from "../graph/design.ts"
import type {Summary} from "./summary.ts"

/** How a number came about: no number stands in a report without it. */
export type Provenance = "predicted" | "simulated" | "synthesised" | "measured here" | "checked"

/** Everything the page shows. Built by collect.ts from the reports of the stages; the page itself only draws. */
export interface PageData {
  readonly summary: Summary
  readonly tool: string
  readonly title: string
  readonly pipeline: Pipeline
  readonly timing: Timing
  readonly accuracy: Accuracy
  readonly weights: readonly LayerWeights[]
  readonly device: Device
  /** Where more than one plan was drawn up. */
  readonly choices?: Choices
  readonly checks: readonly Check[]
  readonly files: readonly {readonly path: string; readonly what: string}[]
}

export interface Pipeline {
  readonly blocks: readonly Block[]
  /** edges[i] enters blocks[i]; one more than blocks: the last is the output stream. */
  readonly edges: readonly Edge[]
  readonly limit: string
}

export interface Block {
  readonly name: string
  /** "conv2d 16 @ 5x5" */
  readonly what: string
  /** "constant engine, 271 adders" */
  readonly how: string
  readonly kind: "stream" | "linear" | "pool" | "buffer"
}

export interface Edge {
  /** "8 b", "16 x 8 b" */
  readonly width: string
  /** Items an image, "784 / image". */
  readonly rate: string
  /** Where a FIFO stands on it. */
  readonly depth?: number
}

/** One image through the blocks, core idle, in clocks from the acceptance of its first beat. */
export interface Timing {
  readonly interval: number
  readonly rows: readonly {readonly name: string; readonly first: number; readonly last: number}[]
  /** Acceptance of the last input beat and of the first result beat. */
  readonly lastInput: number
  readonly firstResult: number
  readonly clockHz: number
  readonly provenance: Provenance
}

export interface Accuracy {
  readonly float: number
  readonly quantised: number
  readonly images: number
  /** confusion[label][read], of the quantised network. */
  readonly confusion: readonly (readonly number[])[]
  readonly shape: {readonly height: number; readonly width: number; readonly channels: number}
  readonly misread: readonly Misread[]
  readonly misreadCount: number
}

export interface Misread {
  readonly index: number
  readonly label: number
  readonly read: number
  /** Bytes of the image, height x width x channels. */
  readonly pixels: Uint8Array
}

export interface LayerWeights {
  readonly layer: string
  readonly format: string
  readonly count: number
  /** Bin k holds values in [low + k x step, low + (k + 1) x step). */
  readonly low: number
  readonly step: number
  readonly before: readonly number[]
  readonly after: readonly number[]
}

export interface Device {
  readonly name: string
  readonly title: string
  readonly capacity: Resources
  readonly used: Resources
  readonly predicted: Resources
}

/** Plans of this network that no other beats in both rate and LUTs, the built one among them. */
export interface Choices {
  readonly plans: readonly {
    readonly lanes: number
    readonly interval: number
    readonly imagesPerSecond: number
    readonly lut: number
    readonly fits: boolean
    readonly built: boolean
  }[]
  /** LUTs of the device. */
  readonly capacity: number
}

export interface Check {
  readonly what: string
  readonly result: string
  readonly state: "passed" | "failed" | "not run"
}
