/**
 * The part of TFLite's FlatBuffers schema (version 3) that tlast reads and writes: [slot, type, default]. One table for
 * both directions; a test holds slots, defaults and codes against the schema of the ai-edge-litert wheel.
 */
export const schema = {
  Model: {
    version: [0, "uint32", 0],
    operatorCodes: [1, {tables: "OperatorCode"}],
    subgraphs: [2, {tables: "SubGraph"}],
    description: [3, "string"],
    buffers: [4, {tables: "Buffer"}],
  },
  OperatorCode: {
    deprecatedBuiltinCode: [0, "int8", 0],
    customCode: [1, "string"],
    version: [2, "int32", 1],
    builtinCode: [3, "int32", 0],
  },
  SubGraph: {
    tensors: [0, {tables: "Tensor"}],
    inputs: [1, "int32s"],
    outputs: [2, "int32s"],
    operators: [3, {tables: "Operator"}],
    name: [4, "string"],
  },
  Tensor: {
    shape: [0, "int32s"],
    type: [1, "int8", 0],
    buffer: [2, "uint32", 0],
    name: [3, "string"],
    quantization: [4, {table: "QuantizationParameters"}],
    isVariable: [5, "bool", 0],
    shapeSignature: [7, "int32s"],
  },
  QuantizationParameters: {
    scale: [2, "float32s"],
    zeroPoint: [3, "int64s"],
    detailsType: [4, "uint8", 0],
    quantizedDimension: [6, "int32", 0],
  },
  Operator: {
    opcodeIndex: [0, "uint32", 0],
    inputs: [1, "int32s"],
    outputs: [2, "int32s"],
    builtinOptionsType: [3, "uint8", 0],
    builtinOptions: [4, {union: "builtinOptionsType"}],
  },
  Buffer: {
    data: [0, "bytes"],
    offset: [1, "uint64", 0],
    size: [2, "uint64", 0],
  },
  Conv2DOptions: {
    padding: [0, "int8", 0],
    strideW: [1, "int32", 0],
    strideH: [2, "int32", 0],
    fusedActivationFunction: [3, "int8", 0],
    dilationWFactor: [4, "int32", 1],
    dilationHFactor: [5, "int32", 1],
  },
  DepthwiseConv2DOptions: {
    padding: [0, "int8", 0],
    strideW: [1, "int32", 0],
    strideH: [2, "int32", 0],
    depthMultiplier: [3, "int32", 0],
    fusedActivationFunction: [4, "int8", 0],
    dilationWFactor: [5, "int32", 1],
    dilationHFactor: [6, "int32", 1],
  },
  Pool2DOptions: {
    padding: [0, "int8", 0],
    strideW: [1, "int32", 0],
    strideH: [2, "int32", 0],
    filterWidth: [3, "int32", 0],
    filterHeight: [4, "int32", 0],
    fusedActivationFunction: [5, "int8", 0],
  },
  FullyConnectedOptions: {
    fusedActivationFunction: [0, "int8", 0],
    weightsFormat: [1, "int8", 0],
    keepNumDims: [2, "bool", 0],
  },
  AddOptions: {
    fusedActivationFunction: [0, "int8", 0],
  },
  ReducerOptions: {keepDims: [0, "bool", 0]},
  SoftmaxOptions: {beta: [0, "float32", 0]},
  ReshapeOptions: {newShape: [0, "int32s"]},
} as const

export type Schema = typeof schema
export type TableName = keyof Schema

/** Members of the union BuiltinOptions that are read; the options of other operators are left unread. */
export const optionTables = {
  1: "Conv2DOptions",
  2: "DepthwiseConv2DOptions",
  5: "Pool2DOptions",
  8: "FullyConnectedOptions",
  9: "SoftmaxOptions",
  11: "AddOptions",
  17: "ReshapeOptions",
  27: "ReducerOptions",
} as const
export type OptionsName = (typeof optionTables)[keyof typeof optionTables]

export const tensorTypes = {FLOAT32: 0, FLOAT16: 1, INT32: 2, UINT8: 3, INT64: 4, INT16: 7, INT8: 9} as const
export const paddings = {SAME: 0, VALID: 1} as const
export const activations = {NONE: 0, RELU: 1, RELU_N1_TO_1: 2, RELU6: 3, TANH: 4, SIGN_BIT: 5} as const

/** Operators that are imported, and those people's models most often hold besides, for messages. */
export const operators = {
  ADD: 0,
  AVERAGE_POOL_2D: 1,
  CONCATENATION: 2,
  CONV_2D: 3,
  DEPTHWISE_CONV_2D: 4,
  DEQUANTIZE: 6,
  FULLY_CONNECTED: 9,
  LOGISTIC: 14,
  MAX_POOL_2D: 17,
  MUL: 18,
  RELU: 19,
  RELU6: 21,
  RESHAPE: 22,
  SOFTMAX: 25,
  TANH: 28,
  CUSTOM: 32,
  PAD: 34,
  BATCH_TO_SPACE_ND: 37,
  SPACE_TO_BATCH_ND: 38,
  TRANSPOSE: 39,
  MEAN: 40,
  SUB: 41,
  SQUEEZE: 43,
  STRIDED_SLICE: 45,
  EXP: 47,
  LOG_SOFTMAX: 50,
  PADV2: 60,
  TRANSPOSE_CONV: 67,
  EXPAND_DIMS: 70,
  SHAPE: 77,
  PACK: 83,
  LEAKY_RELU: 98,
  QUANTIZE: 114,
  HARD_SWISH: 117,
  BATCH_MATMUL: 126,
} as const
export type OperatorName = keyof typeof operators

type Values = {
  readonly bool: boolean
  readonly int8: number
  readonly uint8: number
  readonly int32: number
  readonly uint32: number
  readonly uint64: number
  readonly float32: number
  readonly string: string
  readonly bytes: Uint8Array
  readonly int32s: readonly number[]
  readonly int64s: readonly number[]
  readonly float32s: readonly number[]
}
export type ValueType = keyof Values
export type FieldType =
  | ValueType
  | {readonly table: TableName}
  | {readonly tables: TableName}
  | {readonly union: string}
export type Field = readonly [slot: number, type: FieldType, initial?: number]

type Value<T> = T extends ValueType
  ? Values[T]
  : T extends {readonly table: infer N extends TableName}
    ? Table<N>
    : T extends {readonly tables: infer N extends TableName}
      ? readonly Table<N>[]
      : T extends {readonly union: string}
        ? Table<OptionsName>
        : never

/** A table as a plain object. Fields are absent where the file leaves out what has no default. */
export type Table<N extends TableName> = {
  readonly [F in keyof Schema[N]]?: Schema[N][F] extends readonly [number, infer T, ...unknown[]] ? Value<T> : never
}
