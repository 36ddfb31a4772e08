import {at, bug} from "../errors.ts"
import type {Slot} from "./layers/operator.ts"
import type {FakeQuantize, FakeQuantizeLayer, TrainState} from "./options.ts"
import type {Program} from "./program.ts"
import type {Shards} from "./shards.ts"

/** What happens to parameters besides Adam's step; see TrainOptions. */
export interface Habits {
  readonly fakeQuantize?: FakeQuantize | undefined
  /** Share of a step in the average of the parameters; without it there is none. */
  readonly average?: number | undefined
  /** Steps of the grid, per unit of the rate, towards weights of fewer nonzero signed digits. */
  readonly cheapConstants?: number | undefined
}

/** How fast the running mean and variance of a batchNorm follow a batch's. */
const NORM_SHARE = 0.1

type Arrays = Omit<TrainState["arrays"], "best">

/** Adam over the packed parameters, in the memory of this thread's kernels; and, with formats, their quantised copy. */
export class Optimiser {
  readonly #shards: Shards
  readonly #program: Program
  readonly #habits: Habits
  readonly #floats: Float32Array<ArrayBuffer>
  #power1 = 1
  #power2 = 1
  #steps = 0
  #pruned = false

  constructor(shards: Shards, program: Program, habits: Habits) {
    this.#shards = shards
    this.#program = program
    this.#habits = habits
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
  load({parameters, firstMoment, secondMoment, average}: Arrays, steps: number): void {
    const {at: place} = this.#program
    this.#floats.set(parameters, place.master / 4)
    this.#floats.set(firstMoment, place.firstMoment / 4)
    this.#floats.set(secondMoment, place.secondMoment / 4)
    this.#floats.set(average ?? parameters, place.average / 4)
    this.#power1 = 1
    this.#power2 = 1
    this.#steps = 0
    for (let i = 0; i < steps; i++) this.#advance()
  }

  save(): Arrays {
    const {at: place, count} = this.#program
    const copy = (address: number) => this.#floats.slice(address / 4, address / 4 + count)
    return {
      parameters: copy(place.master),
      firstMoment: copy(place.firstMoment),
      secondMoment: copy(place.secondMoment),
      ...(this.#habits.average === undefined ? {} : {average: copy(place.average)}),
    }
  }

  /** Sums the threads' gradients as a tree, then takes one step of Adam on their mean over `images`. */
  step(gradients: readonly Float32Array[], images: number, rate: number): void {
    const {at: place, count, moved} = this.#program
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
    const {master, firstMoment, secondMoment, sums} = place
    kernels.adam(master, sums, firstMoment, secondMoment, moved, 1 / images, corrected, 1e-8 * root)
    // Past Adam's parameters lie running means and variances; their "gradients" are sums of the shards', times images.
    for (let i = moved; i < count; i++) {
      const old = this.#floats[master / 4 + i] ?? 0
      const batch = (this.#floats[sums / 4 + i] ?? 0) / images
      this.#floats[master / 4 + i] = old + NORM_SHARE * (batch - old)
    }
    this.#shape(rate)
    if (this.#pruned) kernels.multiply(master, place.mask, count)
    // Until there are enough steps for it, the average is that of all so far.
    const {average} = this.#habits
    if (average !== undefined) kernels.follow(place.average, master, count, Math.max(average, 1 / (this.#steps + 1)))
  }

  /** The parameters that the forward pass uses: a copy. `averaged` takes the average's, where there is one. */
  quantised(averaged = false): Float32Array<ArrayBuffer> {
    const {at: place, count, slots} = this.#program
    const {fakeQuantize} = this.#habits
    const from = averaged && this.#habits.average !== undefined ? place.average : place.master
    const values = this.#floats.subarray(from / 4, from / 4 + count)
    if (!fakeQuantize) return values.slice()
    this.#floats.set(values, place.parameters / 4)
    for (const slot of slots) {
      const format = fakeQuantize.layers[slot.name]
      if (format) this.#quantise(slot, format, inputFraction(slot, fakeQuantize), from)
    }
    return this.#floats.slice(place.parameters / 4, place.parameters / 4 + count)
  }

  /** From here on the smallest weights of each layer, as they are now, are zero: `share` of them. Signs alone are not pruned. */
  prune(share: number): void {
    const {at: place, slots} = this.#program
    const mask = this.#floats.subarray(place.mask / 4, place.mask / 4 + this.#program.count).fill(1)
    const master = this.#floats.subarray(place.master / 4, place.master / 4 + this.#program.count)
    this.#pruned = share > 0
    if (!this.#pruned) return
    for (const slot of slots) {
      if (this.#habits.fakeQuantize?.layers[slot.name]?.binary) continue
      const length = slot.outputs * slot.kernel.height * slot.run4
      const used = slot.outputs * slot.kernel.height * slot.kernel.width * slot.channels
      const sizes = master.subarray(slot.weights, slot.weights + length).map(Math.abs)
      // What pads the layout is zero and sorts first.
      const drops = length - used + Math.floor(share * used)
      const limit = sizes.slice().sort()[drops] ?? Number.POSITIVE_INFINITY
      for (const [i, size] of sizes.entries()) if (size < limit) mask[slot.weights + i] = 0
    }
    this.#shards.kernels.multiply(place.master, place.mask, this.#program.count)
  }

  #quantise(slot: Slot, format: FakeQuantizeLayer, inputFraction: number, from: number): void {
    const {at: place} = this.#program
    const {kernels} = this.#shards
    const perOutput = slot.kernel.height * slot.run4
    for (let output = 0; output < slot.outputs; output++) {
      const fraction = fractionOf(format, output)
      const {min, max} = format.weights
      const weights = (slot.weights + output * perOutput) * 4
      if (format.binary) kernels.binarise(from + weights, place.parameters + weights, perOutput, 2 ** fraction)
      else kernels.quantise(from + weights, place.parameters + weights, perOutput, 2 ** fraction, min, max)
      // The bias is an integer of the accumulator's grid, of at most 32 bits.
      const bias = (slot.bias + output) * 4
      const grid = 2 ** (fraction + inputFraction)
      const value = Math.floor((this.#floats[(from + bias) / 4] ?? 0) * grid + 0.5) / grid
      this.#floats[(place.parameters + bias) / 4] = value
    }
    if (format.binary) this.#clearPads(slot)
  }

  /** A sign is never zero, but what pads the layout must be. */
  #clearPads({outputs, kernel, channels, stride, run4, weights}: Slot): void {
    const base = this.#program.at.parameters / 4 + weights
    for (let row = 0; row < outputs * kernel.height; row++) {
      for (let i = 0; i < run4; i++) {
        if (i >= kernel.width * stride || i % stride >= channels) this.#floats[base + row * run4 + i] = 0
      }
    }
  }

  /** Weights of one bit stay within reach of their sign; others are moved towards cheap ones. */
  #shape(rate: number): void {
    const {at: place, slots} = this.#program
    const {kernels} = this.#shards
    const {fakeQuantize, cheapConstants = 0} = this.#habits
    for (const slot of fakeQuantize ? slots : []) {
      const format = fakeQuantize?.layers[slot.name]
      if (!format || (!format.binary && cheapConstants === 0)) continue
      const perOutput = slot.kernel.height * slot.run4
      for (let output = 0; output < slot.outputs; output++) {
        const scale = 2 ** fractionOf(format, output)
        const weights = place.master + (slot.weights + output * perOutput) * 4
        const {min, max} = format.weights
        if (format.binary) kernels.clamp(weights, perOutput, -1 / scale, 1 / scale)
        else kernels.cheapen(weights, perOutput, scale, min, max, rate * cheapConstants)
      }
    }
  }

  #advance(): void {
    this.#power1 *= 0.9
    this.#power2 *= 0.999
    this.#steps++
  }
}

const fractionOf = ({weightFractions}: FakeQuantizeLayer, output: number): number =>
  at(weightFractions, weightFractions.length === 1 ? 0 : output)

function inputFraction({name, sources}: Slot, {input, layers}: FakeQuantize): number {
  for (const source of sources) {
    const fraction = source === "input" ? input.fraction : layers[source]?.activation?.fraction
    if (fraction !== undefined) return fraction
  }
  throw bug("train", `nothing that ${name} reads has a number format`)
}
