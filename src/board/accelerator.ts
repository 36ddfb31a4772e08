import {TlastError} from "../errors.ts"
import {DmaDriver, type RemoteBoard, type RemoteBuffer, toWire} from "./driver.ts"
import {faults} from "./faults.ts"
import type {Installed} from "./installed.ts"

const HEADER_WORDS = 7
const MAX_BATCH = 32_767

/** The words of one batch on the wire, as bytes, and of its answer. */
export interface Wire {
  readonly send: Uint8Array
  readonly receiveBytes: number
}

/** What a batch of images is on the stream of this package, raw or with a header. */
export function wireOf({description}: Installed, pixels: Uint8Array): Wire {
  const {input, output, packets} = description
  const elements = input.height * input.width * input.channels
  const images = pixels.length / elements
  const wire = toWire(pixels, input)
  if (packets.kind === "raw") return {send: wire, receiveBytes: images * output.count * 4}
  const words = new Uint16Array(HEADER_WORDS + wire.length)
  words.set(packets.execute)
  words[1] = images
  words.set(wire, HEADER_WORDS)
  return {send: new Uint8Array(words.buffer), receiveBytes: 2 * (HEADER_WORDS + images * packets.result_words)}
}

/** Results of an answer, images x outputs. Throws BOARD_RESULT where a header packet came back with a fault. */
export function resultsOf({description}: Installed, answer: Uint8Array, images: number): Int32Array {
  const {output, packets} = description
  if (packets.kind === "raw") return new Int32Array(answer.slice().buffer)
  const words = new Uint16Array(answer.slice().buffer)
  if ((words[0] ?? 0xffff) >= 0x8000)
    throw new TlastError({
      code: "BOARD_RESULT",
      where: "execute packet",
      message: `the core answers with 0x${(words[0] ?? 0).toString(16)}`,
      hint: "docs/packets.md says which fault that is; load the weights first",
      exitCode: 1,
    })
  const results = new Int32Array(images * output.count)
  const per = packets.results / 16
  for (let i = 0; i < results.length; i++) {
    const at = HEADER_WORDS + Math.floor(i / output.count) * packets.result_words + (i % output.count) * per
    const low = words[at] ?? 0
    results[i] = per === 2 ? low | ((words[at + 1] ?? 0) << 16) : (low << 16) >> 16
  }
  return results
}

/** A package's accelerator on a board: weights loaded where it takes them, buffers allocated once. */
export class Accelerator {
  readonly #installed: Installed
  readonly #dma: DmaDriver
  readonly #buffers: {readonly input: RemoteBuffer; readonly output: RemoteBuffer}
  readonly capacity: number

  private constructor(
    installed: Installed,
    dma: DmaDriver,
    input: RemoteBuffer,
    output: RemoteBuffer,
    capacity: number,
  ) {
    this.#installed = installed
    this.#dma = dma
    this.#buffers = {input, output}
    this.capacity = capacity
  }

  /** After board.load(): `capacity` images go in one transfer. */
  static async open(
    board: RemoteBoard,
    installed: Installed,
    now: () => number,
    capacity = 10_000,
  ): Promise<Accelerator> {
    const {description, handOff, loads} = installed
    const {input, output, packets} = description
    const pixels = input.height * input.width * input.channels
    const one = wireOf(installed, new Uint8Array(pixels))
    const most = Math.floor((2 ** description.dma_length_bits - 32) / Math.max(one.send.length, one.receiveBytes))
    const images = Math.max(1, Math.min(capacity, most, packets.kind === "header" ? MAX_BATCH : most))
    const batch = wireOf(installed, new Uint8Array(images * pixels))
    const longest = Math.max(0, ...loads.map(({byteLength}) => byteLength))
    const dma = new DmaDriver(await board.mmio(handOff.base, 0x10000), now)
    await dma.reset()
    const accelerator = new Accelerator(
      installed,
      dma,
      await board.allocate(Math.max(batch.send.length, longest)),
      await board.allocate(Math.max(batch.receiveBytes, longest, output.count * 4)),
      images,
    )
    for (const [n, words] of loads.entries()) await accelerator.#load(words, n)
    return accelerator
  }

  /** Results of the network, images x outputs, for bytes of pixels (NHWC). Throws BOARD_TRANSFER, BOARD_RESULT. */
  async predict(pixels: Uint8Array): Promise<Int32Array> {
    const {input, output, cycles, clock_mhz} = this.#installed.description
    const size = input.height * input.width * input.channels
    if (pixels.length === 0 || pixels.length % size !== 0)
      throw new TlastError({
        code: "IMAGE_SIZE",
        where: "predict",
        message: `${pixels.length} bytes; an image has ${size}`,
        hint: "give whole images of bytes: height x width x channels",
      })
    const images = pixels.length / size
    const results = new Int32Array(images * output.count)
    for (let first = 0; first < images; first += this.capacity) {
      const count = Math.min(this.capacity, images - first)
      const wire = wireOf(this.#installed, pixels.subarray(first * size, (first + count) * size))
      const answer = await this.#exchange(wire, (count * cycles.interval) / (clock_mhz * 1e6))
      results.set(resultsOf(this.#installed, answer, count), first * output.count)
    }
    return results
  }

  async close(): Promise<void> {
    await this.#buffers.input.free()
    await this.#buffers.output.free()
  }

  async #load(words: Uint16Array, index: number): Promise<void> {
    const send = new Uint8Array(words.slice().buffer)
    const answer = await this.#exchange({send, receiveBytes: send.length}, 0)
    if (answer.length === send.length && answer.every((byte, i) => byte === send[i])) return
    throw new TlastError({
      code: "BOARD_RESULT",
      where: `load_${index}.npy`,
      message: "the echo of the weights is not what was sent",
      hint: "is the .bit of this package? `tlast board doctor` looks further",
      exitCode: 1,
    })
  }

  async #exchange({send, receiveBytes}: Wire, busySeconds: number): Promise<Uint8Array> {
    const {input, output} = this.#buffers
    await input.write(send)
    const {ended, received, sendStatus, receiveStatus} = await this.#dma.transfer(
      {address: input.address, bytes: send.length},
      {address: output.address, bytes: receiveBytes},
      {busySeconds, timeoutSeconds: 5 + 10 * busySeconds},
    )
    if (ended === "both" && received === receiveBytes) return output.read(0, receiveBytes)
    await this.#dma.reset()
    throw new TlastError({
      code: "BOARD_TRANSFER",
      where: "DMA",
      message: `${ended === "both" ? `${received} of ${receiveBytes} bytes came back` : `the transfer did not end (${ended})`}; MM2S DMASR 0x${sendStatus.toString(16)}, S2MM DMASR 0x${receiveStatus.toString(16)}`,
      hint: ended === "error" ? faults["packet-too-long"].cure : "`tlast board doctor` names the cause",
      exitCode: 1,
    })
  }
}
