import {at, bug} from "../errors.ts"
import type {FloatModel, Parameters} from "../graph/network.ts"
import type {Slot} from "./group.ts"
import type {Program} from "./program.ts"

/** A model's parameters in the kernels' layout; a Float32Array of `program.count`. */
export function pack(program: Program, parameters: FloatModel["parameters"]): Float32Array<ArrayBuffer> {
  const packed = new Float32Array(program.count)
  for (const slot of program.slots) {
    const own = parameters[slot.name]
    if (!own) throw bug("pack", `no parameters of ${slot.name}`)
    for (const [from, to] of places(slot)) packed[to] = at(own.weights, from)
    packed.set(own.bias, slot.bias)
  }
  return packed
}

/** The inverse of pack. */
export function unpack(program: Program, packed: Float32Array): Record<string, Parameters> {
  return Object.fromEntries(
    program.slots.map((slot) => {
      const {outputs, kernel, channels} = slot
      const weights = new Float32Array(outputs * kernel.height * kernel.width * channels)
      for (const [to, from] of places(slot)) weights[to] = at(packed, from)
      return [slot.name, {weights, bias: packed.slice(slot.bias, slot.bias + outputs)}]
    }),
  )
}

/** Pairs of a weight's index in [out][ky][kx][in] and in the kernels' layout. */
function* places({outputs, kernel, channels, stride, run4, weights}: Slot): Generator<[number, number]> {
  let index = 0
  for (let row = 0; row < outputs * kernel.height; row++) {
    for (let column = 0; column < kernel.width; column++) {
      for (let channel = 0; channel < channels; channel++) {
        yield [index++, weights + row * run4 + column * stride + channel]
      }
    }
  }
}
