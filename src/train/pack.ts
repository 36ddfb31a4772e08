import {at, bug} from "../errors.ts"
import type {FloatModel, Parameters} from "../graph/network.ts"
import type {Norm, Slot} from "./layers/operator.ts"
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
  for (const norm of program.norms) {
    const own = parameters[norm.name]
    if (!own?.mean || !own.variance) throw bug("pack", `no parameters of ${norm.name}`)
    for (const [place, values] of normPlaces(norm, own.weights, own.bias, own.mean, own.variance))
      packed.set(values, place)
  }
  return packed
}

/** The inverse of pack. */
export function unpack(program: Program, packed: Float32Array): Record<string, Parameters> {
  const linear = program.slots.map((slot): [string, Parameters] => {
    const {outputs, kernel, channels} = slot
    const weights = new Float32Array(outputs * kernel.height * kernel.width * channels)
    for (const [to, from] of places(slot)) weights[to] = at(packed, from)
    return [slot.name, {weights, bias: packed.slice(slot.bias, slot.bias + outputs)}]
  })
  const norms = program.norms.map((norm): [string, Parameters] => {
    const values = (place: number) => packed.slice(place, place + norm.channels)
    return [
      norm.name,
      {weights: values(norm.gamma), bias: values(norm.beta), mean: values(norm.mean), variance: values(norm.variance)},
    ]
  })
  return Object.fromEntries([...linear, ...norms])
}

const normPlaces = (
  {gamma, beta, mean, variance}: Norm,
  ...[weights, bias, means, variances]: [Float32Array, Float32Array, Float32Array, Float32Array]
) => [[gamma, weights] as const, [beta, bias] as const, [mean, means] as const, [variance, variances] as const]

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
