import {at} from "../../src/errors.ts"
import type {NumberFormat} from "../../src/graph/format.ts"
import {geometry, poolGeometry, windowed} from "../../src/graph/geometry.ts"
import type {IntegerLayer, IntegerNetwork, Requantise} from "../../src/graph/integer.ts"
import {elements, type Shape, type Size, shapeName} from "../../src/graph/shape.ts"
import {integer, random, unsigned8, vector} from "../golden/networks.ts"

interface Tensor {
  readonly name: string
  readonly shape: Shape
  readonly format: NumberFormat
}

/**
 * A random 8-bit network of every kind of layer, with strides, both paddings, residual sums of tensors of different scales,
 * and a scale a channel. Weights and shifts are small, so that sums at ties and past the ends are common.
 */
export function randomNetwork8(seed: number): IntegerNetwork {
  const next = random(seed)
  const draw = (min: number, max: number) => integer(next, min, max)
  const chance = (share: number) => next() < share
  const image = {height: draw(4, 10), width: draw(4, 10), channels: draw(1, 3)}
  const layers: IntegerLayer[] = []
  let current: Tensor = {name: "input", shape: image, format: unsigned8(8)}
  const add = (layer: IntegerLayer): Tensor => {
    layers.push(layer)
    return {name: layer.name, ...layer.output}
  }
  const named = (kind: string) => `${kind}${layers.length}`
  const rule = (channels: number, relu: boolean, most = 9): Requantise => {
    const shift = draw(0, most)
    const perChannel = chance(0.5)
    const shifts = Array.from({length: channels}, () => (perChannel ? Math.max(0, shift - draw(0, 3)) : shift))
    return {shifts, rounding: "tflite", relu, overflow: "saturate"}
  }
  const size = (most: number): Size => ({height: draw(1, most), width: draw(1, most)})

  /** Weights, bias, formats and requantise of a layer with so many outputs of so many taps each. */
  const linear = (from: Tensor, outputs: number, taps: number, last = false) => {
    const relu = chance(0.6)
    const requantise = last ? undefined : rule(outputs, relu)
    const most = at([1, 3, 128], draw(0, 2))
    const weights = Int8Array.from({length: outputs * taps}, () => draw(-most, most - 1))
    const weightFractions = (requantise?.shifts ?? Array<number>(outputs).fill(7)).map(
      (shift) => 7 + shift - Math.max(0, ...(requantise?.shifts ?? [])),
    )
    const fraction = from.format.fraction + at(weightFractions, 0) - at(requantise?.shifts ?? [0], 0)
    const format = last ? {bits: 32, signed: true, fraction} : {bits: 8, signed: !relu && chance(0.5), fraction}
    return {
      name: "",
      inputs: [from.name],
      weights,
      weightBits: 8,
      weightFractions,
      bias: Int32Array.from({length: outputs}, () => draw(-300, 300)),
      format,
      ...(requantise === undefined ? {} : {requantise}),
    }
  }
  const window = (from: Tensor) => {
    const kernel = {height: draw(1, Math.min(4, from.shape.height)), width: draw(1, Math.min(4, from.shape.width))}
    const stride = chance(0.4) ? size(3) : undefined
    return {
      kernel,
      ...(stride === undefined || (stride.height === 1 && stride.width === 1) ? {} : {stride}),
      ...(chance(0.6) ? {padding: "same" as const} : {}),
    }
  }
  const convolve = (from: Tensor, last = false, keep = false): Tensor => {
    const {height, width} = from.shape
    const kernel = {height: draw(1, Math.min(3, 2 * height)), width: draw(1, Math.min(3, 2 * width))}
    const windows = keep ? {kernel, padding: "same" as const} : window(from)
    const depthwise = !last && chance(0.4)
    const channels = depthwise || keep ? from.shape.channels : draw(1, 5)
    const taps = windows.kernel.height * windows.kernel.width * (depthwise ? 1 : from.shape.channels)
    const {format, ...made} = linear(from, channels, taps, last)
    const output = {shape: windowed(geometry(windows, from.shape), channels), format}
    const name = named(depthwise ? "depthwise" : "conv")
    return add(
      depthwise
        ? {kind: "depthwiseConv2d", ...windows, ...made, name, output}
        : {kind: "conv2d", ...windows, ...made, name, output},
    )
  }
  const pool = (from: Tensor, whole = false): Tensor => {
    const {height, width, channels} = from.shape
    const block = whole ? {height, width} : {height: draw(1, Math.min(3, height)), width: draw(1, Math.min(3, width))}
    const shape = windowed(poolGeometry(block, from.shape), channels)
    const base = {inputs: [from.name], size: block, output: {shape, format: from.format}}
    if (!whole && chance(0.3)) return add({kind: "maxPool2d", name: named("pool"), ...base})
    const shifts = Array<number>(channels).fill(0)
    const requantise: Requantise = {shifts, rounding: "tflite", relu: chance(0.3), overflow: "saturate"}
    return add({kind: "avgPool2d", name: named("average"), ...base, requantise})
  }
  const join = (left: Tensor, right: Tensor): Tensor => {
    const relu = chance(0.5)
    const shift = draw(0, 4)
    const fraction = Math.max(left.format.fraction, right.format.fraction) - shift
    const shifts = Array<number>(left.shape.channels).fill(shift)
    return add({
      kind: "add",
      name: named("add"),
      inputs: chance(0.5) ? [left.name, right.name] : [right.name, left.name],
      output: {shape: left.shape, format: {bits: 8, signed: !relu && chance(0.5), fraction}},
      requantise: {shifts, rounding: "tflite", relu, overflow: "saturate"},
    })
  }
  for (let depth = draw(1, 4); depth > 0; depth--) {
    const what = draw(0, 3)
    if (what === 0) current = pool(current)
    else if (what === 1) {
      // A residual block: one or two layers beside the tensor they read, now and then a branch of the same tensor twice.
      const inner = convolve(current, false, true)
      const branch = chance(0.5) ? convolve(inner, false, true) : inner
      current = join(current, branch)
    } else current = convolve(current)
  }
  const end = draw(0, 3)
  if (end === 0) current = pool(current, true)
  if (end === 1) current = convolve(current, true)
  if (end === 2) current = pool(current, true)
  if (end >= 2) {
    const shape = vector(elements(current.shape))
    if (shapeName(shape) !== shapeName(current.shape))
      current = add({
        kind: "flatten",
        name: named("flat"),
        inputs: [current.name],
        output: {shape, format: current.format},
      })
    const {format, ...made} = linear(current, 5, shape.channels, true)
    current = add({kind: "dense", ...made, name: named("dense"), output: {shape: vector(5), format}})
  }
  const sends = current.format.bits === 32
  return {
    name: `random${seed}`,
    input: {shape: image, format: unsigned8(8)},
    layers,
    ...(sends ? {logits8: {shift: draw(0, 12), rounding: "tflite" as const}} : {}),
  }
}
