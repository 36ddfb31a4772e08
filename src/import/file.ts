import {at, TlastError} from "../errors.ts"
import {LARGEST_TENSOR} from "../graph/layers.ts"
import type {Shape} from "../graph/shape.ts"
import {decode} from "../tflite/decode.ts"
import {operators, type Table, tensorTypes} from "../tflite/schema.ts"

/** Scales and zero points of a tensor: one of each, or one per index of `dimension`. */
export interface FileQuantization {
  readonly scales: readonly number[]
  readonly zeroPoints: readonly number[]
  readonly dimension: number
}

export interface FileTensor {
  readonly name: string
  readonly shape: readonly number[]
  /** "FLOAT32", or "type 13" for one that is not imported. */
  readonly type: string
  /** Constants only; as many bytes as shape and type say, where the type is known. */
  readonly data?: Uint8Array
  readonly quantization?: FileQuantization
}

export interface FileOperator {
  /** "CONV_2D", or "operator 200" for one we have no name for. */
  readonly name: string
  /** undefined where an optional input is left out. */
  readonly inputs: readonly (FileTensor | undefined)[]
  readonly outputs: readonly FileTensor[]
  readonly options: Readonly<Record<string, unknown>> | undefined
}

/** A .tflite file's one subgraph, its links, shapes and sizes checked; operators are in an order that can be run. */
export interface FileGraph {
  readonly description: string
  readonly operators: readonly FileOperator[]
  readonly input: FileTensor
  readonly output: FileTensor
}

/** NHWC with a batch of 1; [1, n] is a vector, [1, h, w] one channel. Undefined for what is neither. */
export function shapeOf(tensor: FileTensor | undefined): Shape | undefined {
  const [batch, a, b, c] = tensor?.shape ?? []
  if (tensor === undefined || batch !== 1 || a === undefined || tensor.shape.length > 4) return undefined
  if (b === undefined) return {height: 1, width: 1, channels: a}
  return {height: a, width: b, channels: c ?? 1}
}

const mostOperators = 1000
const mostTensors = 10_000
const sizes: Readonly<Record<string, number>> = {
  FLOAT32: 4,
  FLOAT16: 2,
  INT32: 4,
  UINT8: 1,
  INT64: 8,
  INT16: 2,
  INT8: 1,
}

/** Throws BAD_TFLITE for a damaged file, NOT_SUPPORTED for one with several subgraphs, inputs or outputs. */
export function readGraph(file: Uint8Array): FileGraph {
  const model = decode(file)
  if (model.version !== 3) throw bad("the file", `schema version ${model.version}`, "3")
  const [graph, ...others] = model.subgraphs ?? []
  if (graph === undefined) throw bad("the file", "no subgraph", "one")
  if (others.length > 0) throw unsupported("the file", `${others.length + 1} subgraphs`, "export one plain network")
  const tables = graph.tensors ?? []
  if (tables.length > mostTensors) throw bad("the file", `${tables.length} tensors`, `at most ${mostTensors}`)
  const tensors = tables.map((tensor, index) => readTensor(tensor, index, model.buffers ?? []))
  const tensor = (index: number, where: string): FileTensor => {
    const found = Number.isInteger(index) ? tensors[index] : undefined
    if (found === undefined) throw bad(where, `tensor number ${index}`, `one of ${tensors.length}`)
    return found
  }
  const input = only(graph.inputs, "input", tensor)
  const output = only(graph.outputs, "output", tensor)
  const steps = graph.operators ?? []
  if (steps.length > mostOperators) throw bad("the file", `${steps.length} operators`, `at most ${mostOperators}`)
  const codes = model.operatorCodes ?? []
  const made = steps.map((operator, index) => readOperator(operator, index, codes, tensor))
  checkOrder(made, input, output)
  return {description: model.description ?? "", operators: made, input, output}
}

function readTensor(table: Table<"Tensor">, index: number, buffers: readonly Table<"Buffer">[]): FileTensor {
  const name = table.name ?? `tensor ${index}`
  const where = `tensor ${printable(name)}`
  const shape = table.shape ?? []
  let count = 1
  for (const side of shape) {
    if (side < 1) throw bad(where, `the shape [${shape.join(", ")}]`, "sides of at least 1 (no dynamic shapes)")
    count *= side
    if (count > LARGEST_TENSOR)
      throw bad(where, `the shape [${shape.slice(0, 8).join(", ")}]`, `at most ${LARGEST_TENSOR} elements`)
  }
  if (shape.length > 8) throw bad(where, `${shape.length} dimensions`, "at most 8")
  const type = nameOf(tensorTypes, table.type ?? 0) ?? `type ${table.type}`
  const buffer = buffers[table.buffer ?? 0]
  if (buffer === undefined) throw bad(where, `buffer ${table.buffer}`, `one of ${buffers.length}`)
  if ((buffer.offset ?? 0) > 1)
    throw unsupported(where, "data outside the FlatBuffer", "save the model as one file below 2 GB")
  const data = buffer.data !== undefined && buffer.data.length > 0 ? buffer.data : undefined
  const size = sizes[type]
  if (data !== undefined && size !== undefined && data.length !== count * size)
    throw bad(where, `${data.length} bytes of data`, `${count * size} for ${type} [${shape.join(", ")}]`)
  const quantization = readQuantization(table.quantization, shape, where)
  return {
    name,
    shape,
    type,
    ...(data === undefined ? {} : {data}),
    ...(quantization === undefined ? {} : {quantization}),
  }
}

function readQuantization(
  table: Table<"QuantizationParameters"> | undefined,
  shape: readonly number[],
  where: string,
): FileQuantization | undefined {
  const scales = table?.scale ?? []
  if (table === undefined || scales.length === 0) return undefined
  if ((table.detailsType ?? 0) !== 0)
    throw unsupported(where, "custom quantisation", "quantise it with scales and zero points")
  const zeroPoints = table.zeroPoint ?? scales.map(() => 0)
  const dimension = table.quantizedDimension ?? 0
  if (scales.length > 1 && scales.length !== shape[dimension])
    throw bad(where, `${scales.length} scales`, `1, or ${shape[dimension] ?? 0} along dimension ${dimension}`)
  if (zeroPoints.length !== scales.length) throw bad(where, `${zeroPoints.length} zero points`, `${scales.length}`)
  const scale = scales.find((value) => !(value > 0 && Number.isFinite(value)))
  if (scale !== undefined) throw bad(where, `the scale ${scale}`, "finite scales above 0")
  const zero = zeroPoints.find((value) => !(Math.abs(value) <= 2 ** 31))
  if (zero !== undefined) throw bad(where, `the zero point ${zero}`, "one its type holds")
  return {scales, zeroPoints, dimension}
}

function readOperator(
  table: Table<"Operator">,
  index: number,
  codes: readonly Table<"OperatorCode">[],
  tensor: (index: number, where: string) => FileTensor,
): FileOperator {
  const where = `operator ${index}`
  const code = codes[table.opcodeIndex ?? 0]
  if (code === undefined) throw bad(where, `operator code ${table.opcodeIndex}`, `one of ${codes.length}`)
  const number = Math.max(code.builtinCode ?? 0, code.deprecatedBuiltinCode ?? 0)
  const inputs = table.inputs ?? []
  const outputs = table.outputs ?? []
  if (outputs.length === 0) throw bad(where, "no output", "at least one")
  return {
    name: nameOf(operators, number) ?? `operator ${number}`,
    inputs: inputs.map((input) => (input === -1 ? undefined : tensor(input, where))),
    outputs: outputs.map((output) => tensor(output, where)),
    options: table.builtinOptions as Readonly<Record<string, unknown>> | undefined,
  }
}

/** Each tensor is written once, before it is read: no cycle, nothing that dangles. */
function checkOrder(list: readonly FileOperator[], input: FileTensor, output: FileTensor): void {
  const known = new Set([input])
  if (input.data !== undefined) throw bad("the input", "a constant", "a tensor without data")
  for (const [index, operator] of list.entries()) {
    const where = `operator ${index} (${operator.name})`
    for (const read of operator.inputs)
      if (read !== undefined && read.data === undefined && !known.has(read))
        throw bad(
          where,
          `that it reads ${printable(read.name)} before anything writes it`,
          "operators in order, without cycles",
        )
    for (const written of operator.outputs) {
      if (known.has(written) || written.data !== undefined)
        throw bad(where, `that it writes ${printable(written.name)} again`, "each tensor to be written once")
      known.add(written)
    }
  }
  if (!known.has(output))
    throw bad("the output", `${printable(output.name)}, which nothing writes`, "a computed tensor")
}

function only(
  list: readonly number[] | undefined,
  what: string,
  tensor: (index: number, where: string) => FileTensor,
): FileTensor {
  if (list?.length !== 1)
    throw unsupported("the file", `${list?.length ?? 0} ${what}s`, `export a network with one ${what}`)
  return tensor(at(list, 0), `the ${what}`)
}

const nameOf = (table: Readonly<Record<string, number>>, code: number): string | undefined =>
  Object.keys(table).find((name) => table[name] === code)

/** A name from a file, short and without control characters. */
export const printable = (name: string): string => JSON.stringify(name.length > 80 ? `${name.slice(0, 77)}...` : name)

const bad = (where: string, found: string, expected: string): TlastError =>
  new TlastError({
    code: "BAD_TFLITE",
    where,
    message: `found ${found}, expected ${expected}`,
    hint: "convert or download the model again: the file is damaged, or its writer is wrong",
  })

const unsupported = (where: string, found: string, hint: string): TlastError =>
  new TlastError({code: "NOT_SUPPORTED", where, message: `found ${found}, expected one plain chain of layers`, hint})
