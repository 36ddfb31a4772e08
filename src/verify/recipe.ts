import type {Overflow, Rounding} from "../graph/format.ts"
import type {Shape} from "../graph/shape.ts"

/** What a layer stores, in a recipe. */
export interface OutputRecipe {
  readonly bits: number
  readonly signed: boolean
  readonly rounding: Rounding
  readonly overflow: Overflow
  readonly relu: boolean
  /** Each channel its own shift. */
  readonly perChannel: boolean
}

/** A linear layer of a recipe. */
export interface LinearRecipe {
  readonly kind: "conv2d" | "depthwiseConv2d" | "dense"
  /** Channels out; a depthwise convolution has as many as come in. */
  readonly units: number
  /** Height and width of a convolution's kernel; 1, 1 for dense. */
  readonly kernel: readonly [number, number]
  /** Of a convolution; 1, 1 where left out. */
  readonly stride?: readonly [number, number]
  readonly padding?: "same"
  readonly weightBits: number
  /** Of a convolution: adders between two registers. */
  readonly addersPerStage?: 1 | 2
  /** Of a convolution: where the rows above are. */
  readonly rows?: "block" | "distributed"
  /** Of a convolution: instead of the planner's choice. */
  readonly engine?: "constant" | "serial" | "folded"
  /** Of the folded engine. */
  readonly multiplier?: "lut"
  /** May be left out on the last layer, which then sends its accumulators. */
  readonly output?: OutputRecipe
}
export interface MaxPoolRecipe {
  readonly kind: "maxPool2d"
  readonly size: readonly [number, number]
}
export interface AvgPoolRecipe {
  readonly kind: "avgPool2d"
  readonly size: readonly [number, number]
  readonly output: OutputRecipe
}
/** The sum of the layer before it and the one `back` layers before that, or the image. */
export interface AddRecipe {
  readonly kind: "add"
  readonly back: number
  readonly output: OutputRecipe
}
export type LayerRecipe = LinearRecipe | MaxPoolRecipe | AvgPoolRecipe | AddRecipe

/** A random network in few words: what a failure is shrunk in and stored as. The same recipe makes the same network. */
export interface Recipe {
  readonly seed: number
  readonly input: {readonly shape: Shape; readonly bits: number; readonly signed: boolean}
  readonly layers: readonly LayerRecipe[]
  readonly lanes: number
  /** Results are classes. */
  readonly output?: "class"
  /** Weights come over the stream, in header packets: chains of plain convolutions, maxima and dense layers only. */
  readonly weights?: "loadable"
  /** Made as a float network with a batch norm behind every convolution, folded and quantised. */
  readonly normalised?: true
}

/** Whether a recipe's layer has weights. */
export const isLinearRecipe = (layer: LayerRecipe): layer is LinearRecipe => "weightBits" in layer
