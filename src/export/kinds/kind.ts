import type {NumberFormat, Range} from "../../graph/format.ts"
import type {IntegerLayer} from "../../graph/integer.ts"
import type {Shape} from "../../graph/shape.ts"
import type {LoweredLayer} from "../../quantize/lower.ts"
import type {OperatorName, Table} from "../../tflite/schema.ts"

export type Options = Pick<Table<"Operator">, "builtinOptionsType" | "builtinOptions">

/** A layer as it is written: of a float or of an integer network. */
export type Written = LoweredLayer | IntegerLayer
type Of<K extends Written["kind"]> = Extract<Written, {kind: K}>

/** How one kind of layer is written into a .tflite file. A kind is one file in this folder. */
export interface ExportKind<K extends Written["kind"]> {
  readonly operator: OperatorName
  readonly options: (layer: Of<K>) => Options
  /** Dimensions of the tensors it reads and writes, 4 or 2; absent where it takes either and writes what it reads. */
  readonly rank?: {readonly reads?: 4 | 2; readonly writes: 4 | 2}
  /** Of layers with parameters: how their weights lie in the file. */
  readonly weights?: WeightOrder<Of<K>>
  /** The shape it is to have, as a constant: of a RESHAPE. */
  readonly reshapes?: true
  /** Why LiteRT would compute other integers, if it would. `output` is the format of the file's tensor. */
  readonly refusal?: (
    layer: Extract<IntegerLayer, {kind: K}>,
    inputs: readonly ReadTensor[],
    output: NumberFormat,
  ) => Refusal | undefined
}

export interface ReadTensor {
  readonly format: NumberFormat
  /** Integers it can hold. */
  readonly range: Range
}

export interface WeightOrder<L> {
  readonly shape: (layer: L, input: Shape) => readonly number[]
  /** The dimension that counts output channels. */
  readonly dimension: number
  /** From ours, [out][...], to the file's. */
  readonly arrange?: <A extends Float32Array | Int8Array>(weights: A, layer: L) => A
}

/** "adds scales far apart", "nearer ones". */
export interface Refusal {
  readonly found: string
  readonly expected: string
}

/** Whether a relu is fused into a layer. */
export function hasRelu(layer: Written): boolean {
  if ("relu" in layer) return layer.relu
  return "requantise" in layer && layer.requantise?.relu === true
}
