import {describe, expect, test} from "vitest"
import {at} from "../../src/errors.ts"
import {exportInt8} from "../../src/export/int8.ts"
import type {IntegerNetwork} from "../../src/graph/integer.ts"
import {elements} from "../../src/graph/shape.ts"
import {fileAnswers} from "../../src/import/answers.ts"
import {decode} from "../../src/tflite/decode.ts"
import {encode} from "../../src/tflite/encode.ts"
import type {Table} from "../../src/tflite/schema.ts"
import {asInt8, runLiteRt} from "../export/litert.ts"
import {randomNetwork8} from "../export/networks.ts"
import {digits16, integer, random} from "../golden/networks.ts"
import {requirePython} from "../tools.ts"

// biome-ignore lint/suspicious/noExplicitAny: tests reach into every corner of a file
type Mutable = any

const seed = Number(process.env.TLAST_FUZZ_SEED ?? 5)

function edited(file: Uint8Array, change: (graph: Mutable) => void): Uint8Array {
  const model = structuredClone(decode(file)) as Mutable
  change(model.subgraphs[0])
  return encode(model as Table<"Model">)
}

/** The file with scales and zero points of its own everywhere, as converters choose them. */
function otherScales(file: Uint8Array, next: () => number): Uint8Array {
  return edited(file, (graph) => {
    const pooled = new Map<number, number>()
    // Pools and reshapes keep their input's scale: LiteRT asks for it.
    const computed = (index: number) => graph.tensors[index].type === 9
    for (const {inputs, outputs} of graph.operators)
      if (inputs.length < 3 && inputs.filter(computed).length === 1) pooled.set(outputs[0], inputs[0])
    const scaleOf = (index: number): Mutable => graph.tensors[index].quantization
    for (const [index, tensor] of graph.tensors.entries()) {
      if (tensor.type !== 9 || pooled.has(index)) continue
      const {quantization} = tensor
      const factor = () => 0.7 + 0.6 * next()
      const one = factor()
      quantization.scale = Array.from(quantization.scale as number[], (scale) =>
        Math.fround(scale * (quantization.scale.length === 1 ? one : factor())),
      )
      if (tensor.buffer === 0 || !graph.operators.some((o: Mutable) => o.inputs[1] === index))
        quantization.zeroPoint = quantization.zeroPoint.map(() => integer(next, -128, 20))
    }
    for (const [index, source] of pooled) Object.assign(scaleOf(index), structuredClone(scaleOf(source)))
    for (const {inputs} of graph.operators) {
      if (inputs.length !== 3) continue
      const [input, weights, bias] = inputs.map(scaleOf)
      bias.scale = weights.scale.map((scale: number) => Math.fround(scale * input.scale[0]))
    }
  })
}

const networks: readonly IntegerNetwork[] = [
  digits16(9),
  ...Array.from({length: 59}, (_, n) => randomNetwork8(100 * seed + n)),
]

describe("the answers of an int8 file", () => {
  test("are LiteRT's reference kernels', whatever its scales and zero points", (context) => {
    const python = requirePython(context)
    const next = random(seed)
    const images = 40
    const jobs = Array.from({length: networks.length}, (_, i) => {
      const network = at(networks, i)
      // Powers of two, where ties are common, and scales as converters choose them.
      const file = i % 2 === 0 ? exportInt8(network) : otherScales(exportInt8(network), next)
      const pixels = Uint8Array.from({length: images * elements(network.input.shape)}, () => integer(next, 0, 255))
      return {network, file, pixels}
    })
    const found = runLiteRt(
      python,
      jobs.map(({network, file, pixels}) => {
        const name = at(network.layers, network.layers.length - 1).name
        return {model: file, input: asInt8(pixels), images, tensors: [name]}
      }),
    )
    let telling = 0
    for (const [i, {network, file, pixels}] of jobs.entries()) {
      const answers = fileAnswers(file)
      const last = at(network.layers, network.layers.length - 1)
      const expected = at(found, i).get(last.name) ?? new Uint8Array()
      const graph = decode(file).subgraphs?.[0] as Mutable
      const {scale, zeroPoint} = graph.tensors.find(({name}: Mutable) => name === last.name).quantization
      const size = elements(network.input.shape)
      const values = Array.from({length: images}, (_, n) => [
        ...(answers?.(pixels.subarray(n * size, (n + 1) * size)) ?? []),
      ]).flat()
      const wanted = Array.from(new Int8Array(expected), (q) => Math.fround(scale[0]) * (q - zeroPoint[0]))
      expect(values, `TLAST_FUZZ_SEED=${seed}, file ${i}`).toEqual(wanted)
      if (new Set(wanted).size > 20) telling++
    }
    expect(telling).toBeGreaterThan(jobs.length / 6)
  })
})
