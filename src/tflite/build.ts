import {at} from "../errors.ts"
import {encode} from "./encode.ts"
import {type OperatorName, operators, type Table, tensorTypes} from "./schema.ts"

export interface Quantization {
  /** One for the tensor, or one per index of `dimension`. */
  readonly scales: readonly number[]
  readonly zeroPoint: number
  /** Default 0. */
  readonly dimension?: number
}

/** Collects one subgraph and writes it as a file: the tensors in the order they are added. */
export class GraphBuilder {
  readonly #tensors: Table<"Tensor">[] = []
  /** Buffer 0 is the empty one that tensors without data share. */
  readonly #buffers: Table<"Buffer">[] = [{}]
  readonly #operators: Table<"Operator">[] = []
  readonly #codes: OperatorName[] = []

  /** Index of a new tensor; with data it is a constant. Data is little-endian on every machine we know. */
  tensor(
    name: string,
    type: keyof typeof tensorTypes,
    shape: readonly number[],
    options: {readonly data?: Int8Array | Int32Array | Float32Array; readonly quantization?: Quantization} = {},
  ): number {
    const {data, quantization} = options
    const buffer = data === undefined ? 0 : this.#buffers.length
    if (data !== undefined) {
      this.#buffers.push({data: new Uint8Array(data.buffer, data.byteOffset, data.byteLength)})
    }
    this.#tensors.push({
      shape,
      type: tensorTypes[type],
      buffer,
      name,
      ...(quantization === undefined
        ? {}
        : {
            quantization: {
              scale: quantization.scales,
              zeroPoint: quantization.scales.map(() => quantization.zeroPoint),
              ...(quantization.dimension === undefined ? {} : {quantizedDimension: quantization.dimension}),
            },
          }),
    })
    return this.#tensors.length - 1
  }

  operator(
    name: OperatorName,
    inputs: readonly number[],
    output: number,
    options: Pick<Table<"Operator">, "builtinOptionsType" | "builtinOptions"> = {},
  ): void {
    if (!this.#codes.includes(name)) this.#codes.push(name)
    this.#operators.push({opcodeIndex: this.#codes.indexOf(name), inputs, outputs: [output], ...options})
  }

  file(description: string, input: number, output: number): Uint8Array {
    return encode({
      version: 3,
      operatorCodes: this.#codes.map((name) => ({
        deprecatedBuiltinCode: Math.min(operators[name], 127),
        version: operatorVersion(name, at(this.#tensors, input).type ?? 0),
        builtinCode: operators[name],
      })),
      subgraphs: [
        {
          tensors: this.#tensors,
          inputs: [input],
          outputs: [output],
          operators: this.#operators,
          name: "main",
        },
      ],
      description,
      buffers: this.#buffers,
    })
  }
}

/** The first version of each operator that takes int8; 1 for floats. */
const INT8_VERSIONS: Readonly<Partial<Record<OperatorName, number>>> = {
  CONV_2D: 3,
  DEPTHWISE_CONV_2D: 3,
  FULLY_CONNECTED: 4,
  MAX_POOL_2D: 2,
  AVERAGE_POOL_2D: 2,
  ADD: 2,
}

const operatorVersion = (name: OperatorName, type: number): number =>
  type === tensorTypes.INT8 ? (INT8_VERSIONS[name] ?? 1) : 1
