import {at} from "../errors.ts"
import type {FakeQuantize, TrainState} from "./options.ts"
import type {Program} from "./program.ts"
import type {Shards} from "./shards.ts"

/** Adam over the packed parameters, in the memory of this thread's kernels; and, with formats, their quantised copy. */
export class Optimiser {
  readonly #shards: Shards
  readonly #program: Program
  readonly #quantise: FakeQuantize | undefined
  readonly #floats: Float32Array<ArrayBuffer>
  #power1 = 1
  #power2 = 1

  constructor(shards: Shards, program: Program, quantise: FakeQuantize | undefined) {
    this.#shards = shards
    this.#program = program
    this.#quantise = quantise
    this.#floats = new Float32Array(shards.memory as ArrayBuffer)
  }

  cos(x: number): number {
    return this.#shards.kernels.cos(x)
  }

  /** Only parameters: to evaluate them. */
  start(parameters: Float32Array): void {
    this.#floats.set(parameters, this.#program.at.master / 4)
  }

  /** Goes on after `steps` steps. */
  load({parameters, firstMoment, secondMoment}: Omit<TrainState["arrays"], "best">, steps: number): void {
    const {at: place} = this.#program
    this.#floats.set(parameters, place.master / 4)
    this.#floats.set(firstMoment, place.firstMoment / 4)
    this.#floats.set(secondMoment, place.secondMoment / 4)
    this.#power1 = 1
    this.#power2 = 1
    for (let i = 0; i < steps; i++) this.#advance()
  }

  save(): Omit<TrainState["arrays"], "best"> {
    const {at: place, count} = this.#program
    const copy = (address: number) => this.#floats.slice(address / 4, address / 4 + count)
    return {
      parameters: copy(place.master),
      firstMoment: copy(place.firstMoment),
      secondMoment: copy(place.secondMoment),
    }
  }

  /** Sums the threads' gradients as a tree, then takes one step of Adam on their mean over `images`. */
  step(gradients: readonly Float32Array[], images: number, rate: number): void {
    const {at: place, count} = this.#program
    const {kernels} = this.#shards
    const bytes = count * 4
    for (const [index, gradient] of gradients.entries()) this.#floats.set(gradient, (place.sums + index * bytes) / 4)
    for (let apart = 1; apart < gradients.length; apart *= 2) {
      for (let i = 0; i < gradients.length; i += 2 * apart) {
        kernels.add(place.sums + i * bytes, place.sums + (i + apart) * bytes, count)
      }
    }
    this.#advance()
    // Adam's corrections, moved to the rate and to epsilon: m / (1 - b1^t) / (sqrt(v / (1 - b2^t)) + e).
    const root = Math.sqrt(1 - this.#power2)
    const corrected = (rate * root) / (1 - this.#power1)
    const {master, firstMoment, secondMoment} = place
    kernels.adam(master, place.sums, firstMoment, secondMoment, count, 1 / images, corrected, 1e-8 * root)
  }

  /** The parameters that the forward pass uses: a copy. */
  quantised(): Float32Array<ArrayBuffer> {
    const {at: place, count, slots} = this.#program
    const {kernels} = this.#shards
    if (!this.#quantise) return this.#floats.slice(place.master / 4, place.master / 4 + count)
    let inputFraction = this.#quantise.input.fraction
    for (const slot of slots) {
      const format = this.#quantise.layers[slot.name]
      if (!format) continue
      const perOutput = slot.kernel.height * slot.run4
      for (let output = 0; output < slot.outputs; output++) {
        const fraction = at(format.weightFractions, format.weightFractions.length === 1 ? 0 : output)
        const {min, max} = format.weights
        const weights = (slot.weights + output * perOutput) * 4
        const from = place.master + weights
        kernels.quantise(from, place.parameters + weights, perOutput, 2 ** fraction, min, max)
        // The bias is an integer of the accumulator's grid, of at most 32 bits.
        const bias = (slot.bias + output) * 4
        const grid = 2 ** (fraction + inputFraction)
        const value = Math.floor((this.#floats[(place.master + bias) / 4] ?? 0) * grid + 0.5) / grid
        this.#floats[(place.parameters + bias) / 4] = value
      }
      for (let i = slot.outputs; i % 4 !== 0; i++) this.#floats[place.parameters / 4 + slot.bias + i] = 0
      inputFraction = format.activation?.fraction ?? inputFraction
    }
    return this.#floats.slice(place.parameters / 4, place.parameters / 4 + count)
  }

  #advance(): void {
    this.#power1 *= 0.9
    this.#power2 *= 0.999
  }
}
