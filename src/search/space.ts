import {at, TlastError} from "../errors.ts"
import {conv2d, dense, flatten, isLinear, type LayerSpec, maxPool2d, network, relu} from "../graph/layers.ts"
import type {Network} from "../graph/network.ts"
import type {Shape} from "../graph/shape.ts"

/** How wide the numbers of a candidate are. */
export interface Bits {
  /** Of the weights; 1 is binary, 2 ternary. */
  readonly weights: number
  /** Of the weights of all layers but the first and the last; as `weights` where it is left out. */
  readonly middle?: number
  readonly activations: number
  readonly pixels: number
}

/** What is tried: every topology with every choice of bits. */
export interface Space {
  readonly topologies: readonly Network[]
  readonly bits: readonly Bits[]
}

/** A network and the bits it is quantised to. */
export interface Candidate {
  /** "c8k5_c16k5_w4m2a4p4": unique, and fit for a folder. */
  readonly name: string
  readonly network: Network
  readonly bits: Bits
}

/** Filters of each convolution, and the kernels tried; a 2x2 maximum follows every convolution, a 4x4 one a lone one. */
export interface TopologyOptions {
  readonly filters: readonly (readonly number[])[]
  readonly kernels: readonly number[]
}

export const defaultTopologies: TopologyOptions = {
  filters: [[4], [8], [16], [4, 8], [6, 12], [8, 8], [8, 16]],
  kernels: [3, 5],
}

export const defaultBits: readonly Bits[] = [
  {weights: 8, activations: 8, pixels: 8},
  {weights: 4, activations: 4, pixels: 4},
  {weights: 3, activations: 3, pixels: 4},
  {weights: 4, middle: 2, activations: 4, pixels: 4},
]

/**
 * Convolutions with pools behind them and a dense layer, as far as the image lets them. Throws EMPTY_SEARCH where none of
 * them fits the image.
 */
export function topologies(image: Shape, classes: number, {filters, kernels}: TopologyOptions): readonly Network[] {
  const all = filters.flatMap((counts) =>
    kernels.map((kernel) => topology(image, classes, counts, kernel)).filter((found) => found !== undefined),
  )
  if (all.length > 0) return all
  throw new TlastError({
    code: "EMPTY_SEARCH",
    where: "search",
    message: `no topology fits an image of ${image.height}x${image.width}: kernels are ${kernels.join(", ")}`,
    hint: "give smaller kernels or fewer convolutions in search.kernels and search.filters",
  })
}

function topology(image: Shape, classes: number, counts: readonly number[], kernel: number): Network | undefined {
  const pool = counts.length === 1 ? 4 : 2
  let side = Math.min(image.height, image.width)
  for (const _ of counts) side = Math.floor((side - kernel + 1) / pool)
  if (side < 1) return undefined
  const blocks = counts.flatMap((filters): LayerSpec[] => [conv2d({filters, kernel}), relu(), maxPool2d({size: pool})])
  const name = counts.map((filters) => `c${filters}k${kernel}`).join("_")
  return network(name, image, [...blocks, flatten(), dense({units: classes})])
}

/** Every topology with every choice of bits, each once: `middle` says nothing where there is no middle. */
export function candidates({topologies: networks, bits}: Space): readonly Candidate[] {
  const found = new Map<string, Candidate>()
  for (const net of networks)
    for (const choice of bits) {
      const {middle, ...plain} = choice
      const kept = middle !== undefined && middle !== choice.weights && net.layers.filter(isLinear).length > 2
      const own: Bits = kept ? choice : plain
      const name = `${net.name}_w${own.weights}${own.middle ? `m${own.middle}` : ""}a${own.activations}p${own.pixels}`
      if (!found.has(name)) found.set(name, {name, network: net, bits: own})
    }
  return [...found.values()]
}

/** A candidate's bits as the configuration's `quantize` takes them. */
export function quantizeOf({network: {layers}, bits}: Candidate) {
  const {weights, middle, activations, pixels} = bits
  const linear = layers.filter(isLinear)
  const ends = [at(linear, 0).name, at(linear, linear.length - 1).name]
  return {
    weightBits:
      middle === undefined ? weights : {default: middle, ...Object.fromEntries(ends.map((n) => [n, weights]))},
    activationBits: activations,
    inputBits: pixels,
  }
}
