import type {NumberFormat} from "../../graph/format.ts"
import type {Layer, Parameters} from "../../graph/network.ts"
import type {Shape, Size} from "../../graph/shape.ts"
import type * as fields from "../fields.ts"

/** Rounded up to a multiple of 4: a vector's lanes. */
export const four = (n: number): number => (n + 3) & ~3

/** A border of zeros around each image of a tensor, in pixels. */
export interface Border {
  readonly top: number
  readonly left: number
  readonly bottom: number
  readonly right: number
}

/** What lies between two steps: [image][row][column][stride] with a border; a vector may lie as the image it was flattened from. */
export interface Tensor {
  /** As it lies in memory. */
  readonly shape: Shape
  /** Elements of a pixel. */
  readonly stride: number
  readonly border: Border
  /** Bytes of an image and of a row, border included, and from the first byte to the first pixel inside. */
  readonly image: number
  readonly row: number
  readonly inside: number
  /** Of the first byte; `gradient` is 0 where nobody needs it. */
  readonly address: number
  readonly gradient: number
}

/** One linear layer's place among the parameters, in f32 elements. Plain data: workers are sent it. */
export interface Slot {
  readonly name: string
  readonly weights: number
  readonly bias: number
  readonly outputs: number
  readonly kernel: Size
  readonly channels: number
  readonly stride: number
  /** A kernel's row, rounded up to 4. */
  readonly run4: number
  /** Layers whose number format may be that of what it reads, the nearest first, at last "input". */
  readonly sources: readonly string[]
}

/** The places of a batchNorm's parameters, each of four(channels) elements. */
export interface Norm {
  readonly name: string
  readonly channels: number
  readonly gamma: number
  readonly beta: number
  readonly mean: number
  readonly variance: number
}

/** Every layer but flatten, which costs nothing: its tensor is the one it reads. */
export type Worked = Exclude<Layer, {kind: "flatten"}>

/** One step of the kernels: a layer, and what follows it that they do in the same pass. */
export interface Step<L extends Layer = Worked> {
  readonly layer: L
  /** Steps it reads, -1 for the image. */
  readonly reads: readonly number[]
  relu: boolean
  pool: Size
}

/** Words of a step by name; see fields.ts. */
export type Words = {-readonly [Name in Exclude<keyof typeof fields, "STEP_BYTES">]?: number}

export interface Site<L extends Layer> {
  readonly step: Step<L>
  readonly input: Tensor
  readonly output: Tensor
  readonly slot: Slot | undefined
  readonly norm: Norm | undefined
  /** Images of a shard. */
  readonly capacity: number
  /** Of this layer's activation, and whether the network's numbers are quantised at all. */
  readonly format: NumberFormat | undefined
  readonly quantised: boolean
  /** Addresses of a parameter and of its gradient. */
  parameter(element: number): number
  gradient(element: number): number
  /** Zeroed memory; returns its address. */
  allocate(bytes: number): number
}

/** What the trainer knows of a layer's kind; its arithmetic is in assembly/layers/. */
export interface Operator<L extends Layer> {
  /** Its kernels' number: KIND, dispatched in assembly/kernels.ts. */
  readonly code: number
  /** What it does in the same pass when it follows. */
  readonly takesRelu: boolean
  readonly takesPool: boolean
  /** Whether it reads vectors that lie as the image they were flattened from. */
  readonly takesVectors: boolean
  /** Whether it needs a pixel's channels rounded up to 4, also of the image. */
  readonly vectors: boolean
  /** What it makes of a tensor of that shape, before pooling; `vector` where that lies as the image it was. */
  output(layer: L, input: Shape, vector: boolean): Shape
  /** Zeros it reads around its input. */
  border?(layer: L, input: Shape): Border
  /** Its place among the parameters: outputs, and the kernel in memory. */
  slot?(
    layer: L,
    input: Shape,
    vector: boolean,
    stride: number,
  ): Pick<Slot, "outputs" | "kernel" | "channels" | "stride">
  /** Parameters to start from; draw(count, inputs) gives He's. */
  start?(layer: L, input: Shape, draw: (count: number, inputs: number) => Float32Array<ArrayBuffer>): Parameters
  /** Words beyond those that all steps have; f32 ones in `floats`. */
  words?(site: Site<L>): {readonly integers?: Words; readonly floats?: Words}
}
