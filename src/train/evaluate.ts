import type {Dataset} from "../data/data.ts"
import {TlastError} from "../errors.ts"
import type {FloatModel} from "../graph/network.ts"
import {elements, shapeName} from "../graph/shape.ts"
import {Optimiser} from "./optimiser.ts"
import type {FakeQuantize} from "./options.ts"
import {pack} from "./pack.ts"
import {layOut, type Program} from "./program.ts"
import {openShards} from "./shards.ts"
import {kernelBytes, type Threads} from "./threads.ts"

export interface Evaluation {
  /** Images x classes, before softmax. */
  readonly logits: Float32Array
  /** The class of the largest logit of each image; in a tie the lowest. */
  readonly classes: Uint8Array
  readonly correct: number
  /** Percent. */
  readonly accuracy: number
  /** Mean cross entropy. */
  readonly loss: number
}

/**
 * Runs a float model, without dropout, over labelled images; with `fakeQuantize` as quantisation-aware training does, in
 * the values that the integers stand for. Throws DATA_MISMATCH, NOT_TRAINABLE.
 */
export async function evaluate(model: FloatModel, data: Dataset, fakeQuantize?: FakeQuantize): Promise<Evaluation> {
  const {network} = model
  const count = data.labels.length
  if (shapeName(data.shape) !== shapeName(network.input) || data.images.length !== count * elements(network.input)) {
    throw new TlastError({
      code: "DATA_MISMATCH",
      where: `network ${network.name}`,
      message: `its input is ${shapeName(network.input)}, the data is ${count} images of ${shapeName(data.shape)}`,
      hint: "give images of the network's input shape",
    })
  }
  const program = layOut(network, 16, fakeQuantize)
  const shards = await openShards({wasm: kernelBytes(), program, images: data.images, labels: data.labels})
  const images = Uint32Array.from({length: count}, (_, index) => index)
  const optimiser = new Optimiser(shards, program, {fakeQuantize})
  optimiser.start(pack(program, model.parameters))
  const parameters = optimiser.quantised()
  const {losses, correct, logits} = shards.run({kind: "evaluate", parameters, images, logits: true})
  const classes = Uint8Array.from({length: count}, (_, image) => {
    const own = logits.subarray(image * program.classes, (image + 1) * program.classes)
    return own.reduce((best, value, index) => (value > (own[best] ?? 0) ? index : best), 0)
  })
  const loss = losses.reduce((sum, value) => sum + value, 0) / Math.max(1, count)
  return {logits, classes, correct, accuracy: percent(correct, count), loss}
}

/** Correct answers and the summed loss of packed parameters over some of the threads' images. */
export async function evaluateWith(
  threads: Threads,
  {capacity}: Program,
  parameters: Float32Array,
  images: Uint32Array,
  logits: boolean,
): Promise<{correct: number; loss: number}> {
  // Cut between chunks, so that each chunk's loss is the same whatever the threads.
  const chunks = Math.ceil(images.length / capacity)
  const bound = (thread: number) => Math.floor((thread * chunks) / threads.count) * capacity
  const results = await threads.run(
    Array.from({length: threads.count}, (_, thread) => ({
      kind: "evaluate" as const,
      parameters,
      images: images.slice(bound(thread), bound(thread + 1)),
      logits,
    })),
  )
  return {
    correct: results.reduce((sum, {correct}) => sum + correct, 0),
    loss: results.flatMap(({losses}) => [...losses]).reduce((sum, value) => sum + value, 0),
  }
}

/** To three decimals, so that reports stay readable. */
export const percent = (part: number, whole: number): number => Math.round((part / whole) * 1e5) / 1e3
