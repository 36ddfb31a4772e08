import {TlastError} from "../../errors.ts"
import {type Shape, type Size, shapeName} from "../shape.ts"

/** What every layer may be written with. */
export interface Named {
  /** Letters, digits and _; by default the kind's short word and its number in the network: conv1, relu1, pool1. */
  readonly name?: string
  /** The layers it reads ("input" is the image); by default the layer written before it. */
  readonly inputs?: readonly string[]
}

/** Where a layer stands: how errors name it, and the shapes it reads. */
export interface Site {
  /** "layer conv1 (conv2d)". */
  readonly where: string
  readonly name: string
  readonly from: readonly string[]
  readonly inputs: readonly Shape[]
}

/** What the graph knows of one kind of layer. A kind is one file in this folder. */
export interface Kind<Spec> {
  /** Default names count up from it: conv1, conv2. */
  readonly short: string
  /** Tensors it reads. */
  readonly reads: 1 | 2
  /** The shape it makes of those it reads. Throws BAD_LAYER, BAD_SHAPE or SHAPE_MISMATCH. */
  readonly output: (spec: Spec, site: Site) => Shape
  /** Elements of its weights, where it has parameters; biases are one per output channel. */
  readonly weights?: (spec: Spec, input: Shape) => number
}

/** Elements of one tensor, and weights of one layer, at most: 2^24. */
export const LARGEST_TENSOR = 2 ** 24

export const badLayer = (where: string, message: string, hint: string) =>
  new TlastError({code: "BAD_LAYER", where, message, hint})

export const mismatch = ({where}: Site, message: string, hint: string) =>
  new TlastError({code: "SHAPE_MISMATCH", where, message, hint})

/** The one shape a layer reads. */
export const only = ({inputs}: Site): Shape => inputs[0] as Shape

/** "reads 28x28x1 from input". */
export const reads = ({inputs, from}: Site): string =>
  `reads ${inputs.map((shape, i) => `${shapeName(shape)} from ${from[i] ?? ""}`).join(" and ")}`

export const size = (given: number | Size): Size => (typeof given === "number" ? {height: given, width: given} : given)

/** BAD_LAYER where a count is no whole number from 1 to LARGEST_TENSOR. */
export function count(where: string, word: string, value: number): void {
  if (Number.isInteger(value) && value >= 1 && value <= LARGEST_TENSOR) return
  throw badLayer(
    where,
    `its ${word} is ${String(value)}`,
    `give a whole number of 1 or more (at most ${LARGEST_TENSOR})`,
  )
}

/** BAD_LAYER for a size whose sides are no counts. */
export function sides(where: string, word: string, given: Size): Size {
  count(where, `${word} height`, given.height)
  count(where, `${word} width`, given.width)
  return given
}

/** BAD_SHAPE where a layer's weights or outputs pass LARGEST_TENSOR. */
export function bounded(where: string, weights: number, output: Shape): Shape {
  const outputs = output.height * output.width * output.channels
  if (weights <= LARGEST_TENSOR && outputs <= LARGEST_TENSOR) return output
  throw new TlastError({
    code: "BAD_SHAPE",
    where,
    message: `has ${weights} weights and ${outputs} outputs, at most ${LARGEST_TENSOR} of each are taken`,
    hint: "use fewer filters or units, or pool before it",
  })
}
