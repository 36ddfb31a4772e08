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
export function romWords(layer: LinearLayer, shape: RomShape): readonly bigint[] {
  const {pe, simd} = shape
  const bits = layer.weightBits
  return steps(shape).map((step) => {
    let word = 0n
    for (let p = pe - 1; p >= 0; p--)
      for (let j = simd - 1; j >= 0; j--)
        word = (word << BigInt(bits)) | BigInt.asUintN(bits, BigInt(codeAt(layer, shape, step, p, j)))
    return word
  })
}

interface RomStep {
  readonly vector: number
  readonly group: number
  readonly chunk: number
}

function steps({vectors, groups, chunks}: RomShape): readonly RomStep[] {
  const list: RomStep[] = []
  for (let vector = 0; vector < vectors; vector++)
    for (let group = 0; group < groups; group++)
      for (let chunk = 0; chunk < chunks; chunk++) list.push({vector, group, chunk})
  return list
}

/** Weight j of output p in a step's word; of one bit, whether it is negative. */
function codeAt(layer: LinearLayer, {values, pe, simd}: RomShape, step: RomStep, p: number, j: number): number {
  const {weights, weightBits, bias} = layer
  const taps = weights.length / bias.length
  const output = step.group * pe + p
  const input = step.chunk * simd + j
  const weight = output < bias.length && input < values ? at(weights, output * taps + step.vector * values + input) : 0
  return weightBits === 1 ? Number(weight < 0) : weight
}

/** Words that a LUT holds a bit of. */
const SHALLOW = 64

/** Found before, by layer and shape: the plans drawn up of a network have many foldings in common. */
const known = new WeakMap<LinearLayer, Map<string, number>>()

/** LUTs of a ROM: one for 64 words of a bit, unless it is always the same, or another bit's. */
export function romLuts(layer: LinearLayer, shape: RomShape): number {
  const {pe, simd, vectors, values} = shape
  const key = [pe, simd, vectors, values].join()
  const before = known.get(layer) ?? new Map<string, number>()
  known.set(layer, before)
  const found = before.get(key) ?? distinctColumns(layer, shape) * Math.ceil(wordCount(shape) / SHALLOW)
  before.set(key, found)
  return found
}

const wordCount = ({vectors, groups, chunks}: RomShape): number => vectors * groups * chunks

/** Bits of a word that are neither always the same nor always another's. */
function distinctColumns(layer: LinearLayer, shape: RomShape): number {
  const words = steps(shape)
  const columns = new Set<string>()
  const codes = new Int32Array(words.length)
  const ones = new Uint16Array(Math.ceil(words.length / 16))
  for (let p = 0; p < shape.pe; p++)
    for (let j = 0; j < shape.simd; j++) {
      for (const [word, step] of words.entries()) codes[word] = codeAt(layer, shape, step, p, j)
      for (let bit = 0; bit < layer.weightBits; bit++) {
        ones.fill(0)
        let count = 0
        for (const [word, code] of codes.entries()) {
          if (((code >> bit) & 1) === 0) continue
          ones[word >> 4] = (ones[word >> 4] ?? 0) | (1 << (word & 15))
          count++
        }
        if (count > 0 && count < words.length) columns.add(String.fromCharCode(...ones))
      }
    }
  return columns.size
}

/** Block RAM holds a ROM, but a shallow one is LUTs where those are less of a Zynq-7020 (380 LUTs a BRAM36). */
export function romMemory(layer: LinearLayer, shape: RomShape): Memory {
  const words = shape.vectors * shape.groups * shape.chunks
  const block = cost.lutsOfBram36 * cost.blockRom(words, shape.pe * shape.simd * layer.weightBits).bram36
  return words <= SHALLOW && romLuts(layer, shape) <= block ? "distributed" : "block"
}
