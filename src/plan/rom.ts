import {at} from "../errors.ts"
import type {LinearLayer} from "../graph/integer.ts"
import * as cost from "./cost.ts"
import type {Folding} from "./fold.ts"
import type {Memory} from "./plan.ts"

/** What a folded engine reads a layer's weights as. */
export interface RomShape extends Folding {
  /** Vectors of an image, inputs of one. */
  readonly vectors: number
  readonly values: number
}

/** A word a step of an image: weight j of output p at [weightBits * (simd * p + j) +: weightBits]. */
export function romWords(layer: LinearLayer, {vectors, values, groups, chunks, pe, simd}: RomShape): readonly bigint[] {
  const {weights, weightBits, bias} = layer
  const outputs = bias.length
  const taps = weights.length / outputs
  const words: bigint[] = []
  for (let v = 0; v < vectors; v++)
    for (let g = 0; g < groups; g++)
      for (let s = 0; s < chunks; s++) {
        let word = 0n
        for (let p = pe - 1; p >= 0; p--)
          for (let j = simd - 1; j >= 0; j--) {
            const output = g * pe + p
            const input = s * simd + j
            const weight = output < outputs && input < values ? at(weights, output * taps + v * values + input) : 0
            const code = weightBits === 1 ? Number(weight < 0) : weight
            word = (word << BigInt(weightBits)) | BigInt.asUintN(weightBits, BigInt(code))
          }
        words.push(word)
      }
  return words
}

/** Words that a LUT holds a bit of. */
const SHALLOW = 64

/** LUTs of a ROM: one for 64 words of a bit, unless it is always the same, or another bit's. */
export function romLuts(layer: LinearLayer, shape: RomShape): number {
  const words = romWords(layer, shape)
  const bits = shape.pe * shape.simd * layer.weightBits
  const columns = new Set<string>()
  for (let bit = 0; bit < bits; bit++) {
    const column = words.map((word) => ((word >> BigInt(bit)) & 1n).toString()).join("")
    if (/0/.test(column) && /1/.test(column)) columns.add(column)
  }
  return columns.size * Math.ceil(words.length / SHALLOW)
}

/** Block RAM holds a ROM, but a shallow one is LUTs where those are less of a Zynq-7020 (380 LUTs a BRAM36). */
export function romMemory(layer: LinearLayer, shape: RomShape): Memory {
  const words = shape.vectors * shape.groups * shape.chunks
  const block = cost.lutsOfBram36 * cost.blockRom(words, shape.pe * shape.simd * layer.weightBits)
  return words <= SHALLOW && romLuts(layer, shape) <= block ? "distributed" : "block"
}
