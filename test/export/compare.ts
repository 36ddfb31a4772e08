import {at, TlastError} from "../../src/errors.ts"
import {exportInt8} from "../../src/export/int8.ts"
import {logits8, runGolden, traceGolden} from "../../src/golden/run.ts"
import type {IntegerNetwork} from "../../src/graph/integer.ts"
import {elements} from "../../src/graph/shape.ts"
import {withLogits8} from "../../src/verify/eight-bit.ts"
import {asInt8, type LiteRtJob, runLiteRt, startLiteRt} from "./litert.ts"

/** A network and whole images of its 8-bit elements. */
export interface Case {
  readonly network: IntegerNetwork
  readonly input: Uint8Array | Int8Array
}

/** An int8 tensor back to the integers of a format: unsigned bytes are stored less 128. */
const integersOf = (bytes: Uint8Array, signed: boolean): number[] =>
  Array.from(new Int8Array(bytes.buffer, bytes.byteOffset, bytes.length), (value) => (signed ? value : value + 128))

/** Every integer of every layer and the logits, of LiteRT's reference kernels against golden's: a line a layer that differs. */
export function litertDifferences(python: string, cases: readonly Case[]): readonly string[] {
  const jobs = cases.map(jobOf)
  const found = runLiteRt(python, jobs)
  return cases.flatMap((each, n) => caseDifferences(each, at(jobs, n).images, at(found, n)))
}

function jobOf({network, input}: Case): LiteRtJob {
  const images = input.length / elements(network.input.shape)
  const tensors = network.layers.map(({name}) => name)
  return {
    model: exportInt8(network),
    input: input instanceof Int8Array ? new Uint8Array(input.buffer) : asInt8(input),
    images,
    tensors,
  }
}

function caseDifferences({network, input}: Case, images: number, found: ReadonlyMap<string, Uint8Array>): string[] {
  const size = elements(network.input.shape)
  const traces = Array.from({length: images}, (_, i) => traceGolden(network, input.subarray(i * size, (i + 1) * size)))
  const sends = network.logits8 !== undefined
  const problems: string[] = []
  for (const layer of sends ? network.layers.slice(0, -1) : network.layers) {
    const integers = integersOf(found.get(layer.name) ?? new Uint8Array(), layer.output.format.signed)
    const expected = traces.flatMap((trace) => [...(trace.get(layer.name) ?? [])])
    problems.push(...compared(`${network.name}, ${layer.name} (${layer.kind})`, integers, expected))
  }
  if (!sends) return problems
  const last = at(network.layers, network.layers.length - 1)
  const logits = integersOf(found.get(last.name) ?? new Uint8Array(), true)
  return [
    ...problems,
    ...compared(`${network.name}, logits`, logits, logits8(network, runGolden(network, input).outputs)),
  ]
}

function compared(where: string, found: readonly number[], expected: ArrayLike<number>): string[] {
  if (found.length !== expected.length)
    return [`${where}: LiteRT has ${found.length} integers, golden ${expected.length}`]
  const wrong = found.flatMap((value, i) => (value === expected[i] ? [] : [i]))
  const [first] = wrong
  if (first === undefined) return []
  return [
    `${where}: ${wrong.length} of ${found.length} differ; the first, ${first}, is ${found[first]}, not ${expected[first]}`,
  ]
}

/** LiteRT for the fuzzer, in one process for all networks. */
export interface LiteRtFuzz {
  readonly version: string
  /** What differs; nothing where a network has no int8 file. */
  differences(network: IntegerNetwork, images: Int32Array): Promise<readonly string[]>
  /** Networks that had one. */
  asked(): number
  stop(): void
}

export async function litertFuzz(python: string): Promise<LiteRtFuzz> {
  const server = await startLiteRt(python)
  let asked = 0
  return {
    version: server.version,
    asked: () => asked,
    stop: server.stop,
    differences: async (network, images) => {
      const input = network.input.format.signed ? Int8Array.from(images) : Uint8Array.from(images)
      const each: Case = {network: withLogits8(network), input}
      let job: LiteRtJob
      try {
        job = jobOf(each)
      } catch (error) {
        if (error instanceof TlastError && error.code === "INT8_REFUSED") return []
        throw error
      }
      asked++
      return caseDifferences(each, job.images, at(await server.run([job]), 0))
    },
  }
}
