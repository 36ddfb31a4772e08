import {at, TlastError} from "../errors.ts"
import {type FileTensor, printable} from "./file.ts"

const view = ({data = new Uint8Array()}: FileTensor): DataView =>
  new DataView(data.buffer, data.byteOffset, data.byteLength)

/** A constant's integers, as stored. INT8, UINT8 and INT32 only. */
export function storedIntegers(tensor: FileTensor): Int32Array {
  const bytes = view(tensor)
  const read = {
    INT8: (i: number) => bytes.getInt8(i),
    UINT8: (i: number) => bytes.getUint8(i),
    INT32: (i: number) => bytes.getInt32(4 * i, true),
  }[tensor.type]
  if (read === undefined) throw wrongType(tensor, "INT8, UINT8 or INT32")
  return Int32Array.from({length: bytes.byteLength / (tensor.type === "INT32" ? 4 : 1)}, (_, i) => read(i))
}

/** A constant's values: floats as they are, integers as scale x (q - zero point), to the nearest float32 as DEQUANTIZE does. */
export function realValues(tensor: FileTensor): Float32Array {
  if (tensor.type === "FLOAT32") {
    const bytes = view(tensor)
    const values = Float32Array.from({length: bytes.byteLength / 4}, (_, i) => bytes.getFloat32(4 * i, true))
    const odd = values.findIndex((value) => !Number.isFinite(value))
    if (odd >= 0)
      throw new TlastError({
        code: "BAD_PARAMETERS",
        where: `tensor ${printable(tensor.name)}`,
        message: `element ${odd} is ${values[odd]}, expected finite numbers`,
        hint: "train the model again: it has diverged",
      })
    return values
  }
  const {quantization} = tensor
  if (quantization === undefined) throw wrongType(tensor, "FLOAT32, or integers with a scale")
  const {scales, zeroPoints, dimension} = quantization
  const inner = tensor.shape.slice(dimension + 1).reduce((product, side) => product * side, 1)
  const side = tensor.shape[dimension] ?? 1
  const channel = (i: number) => (scales.length === 1 ? 0 : Math.floor(i / inner) % side)
  return Float32Array.from(storedIntegers(tensor), (q, i) => at(scales, channel(i)) * (q - at(zeroPoints, channel(i))))
}

/** [ky][kx][out] to [out][ky][kx]: a depthwise convolution's weights in our order. */
export function turned<A extends Float32Array | Int8Array>(weights: A, outputs: number): A {
  const taps = weights.length / outputs
  return weights.map((_, i) => weights[(i % taps) * outputs + Math.floor(i / taps)] as number) as A
}

const wrongType = (tensor: FileTensor, expected: string): TlastError =>
  new TlastError({
    code: "NOT_SUPPORTED",
    where: `tensor ${printable(tensor.name)}`,
    message: `holds ${tensor.type}, expected ${expected}`,
    hint: "convert the model to float32, or to full int8",
  })
