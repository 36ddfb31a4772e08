import {at, TlastError} from "../errors.ts"
import {elements} from "../graph/shape.ts"
import {traceFloat} from "./float.ts"
import {type Lowered, type LoweredLayer, narrows} from "./lower.ts"

const mostImages = 256
const mostValues = 1 << 19

/**
 * Values each computing layer hands to the next ones, by its name: past the pools, whose maxima are what clipping would
 * hurt. Throws NO_CALIBRATION where the bytes are no whole images.
 */
export function calibrate(network: Lowered, pixels: Uint8Array): ReadonlyMap<string, Float64Array> {
  const size = elements(network.input)
  const images = Math.floor(pixels.length / size)
  if (images === 0 || pixels.length % size !== 0)
    throw new TlastError({
      code: "NO_CALIBRATION",
      where: `network ${network.name}`,
      message: `found ${pixels.length} bytes of calibration images, expected whole images of ${size}`,
      hint: "give a few hundred images of the training set",
    })
  const step = Math.max(1, Math.floor(images / mostImages))
  const handed = network.layers
    .filter(narrows)
    .map(({name}) => ({name, tensors: handedOn(network.layers, name), values: [] as number[]}))
  for (let n = 0; n < images; n += step) {
    const tensors = traceFloat(network, toValues(pixels.subarray(n * size, (n + 1) * size)))
    for (const {tensors: indices, values} of handed)
      for (const index of indices) {
        const tensor = at(tensors, index)
        const stride = Math.max(1, Math.ceil((tensor.length * mostImages) / mostValues))
        for (let i = n % stride; i < tensor.length; i += stride) values.push(at(tensor, i))
      }
  }
  return new Map(handed.map(({name, values}) => [name, Float64Array.from(values)]))
}

/** Indices of the last tensors that still have a layer's format: those that a computing layer reads, or nobody. */
function handedOn(layers: readonly LoweredLayer[], name: string): readonly number[] {
  const readers = layers.filter(({inputs}) => inputs.includes(name))
  const passing = readers.filter((reader) => !narrows(reader)).flatMap((reader) => handedOn(layers, reader.name))
  const own = readers.length === 0 || readers.some(narrows) ? [layers.findIndex((layer) => layer.name === name)] : []
  return [...own, ...passing]
}

/** Bytes to the values a float network is trained on. */
export const toValues = (bytes: Uint8Array): Float64Array => Float64Array.from(bytes, (byte) => byte / 256)
