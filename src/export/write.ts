import {bug} from "../errors.ts"
import {elements, type Shape} from "../graph/shape.ts"
import type {GraphBuilder} from "../tflite/build.ts"
import type {ExportKind, Written} from "./kinds/kind.ts"
import {kindOf} from "./kinds.ts"

/** What differs between a float and an int8 file. `like` is the layer whose numbers a tensor holds, or "input". */
export interface Dialect<L extends Written> {
  /** A new tensor of activations. */
  readonly activation: (name: string, shape: readonly number[], like: string) => number
  /** Weights and bias of a layer that has them. */
  readonly constants: (layer: L, input: Shape, source: string) => readonly number[]
}

/** A tensor in the file: its index and how many dimensions it has there, the batch counted. */
export interface WrittenTensor {
  readonly index: number
  readonly shape: Shape
  readonly rank: 4 | 2
  /** The layer whose numbers it holds. */
  readonly like: string
}

interface Chain<L extends Written> {
  readonly input: Shape
  readonly layers: readonly L[]
}

/** Writes every layer, a RESHAPE between where an operator wants an image or a vector, and gives the ends of the graph. */
export function writeLayers<L extends Written>(
  graph: GraphBuilder,
  {input, layers}: Chain<L>,
  dialect: Dialect<L>,
): {readonly image: WrittenTensor; readonly output: WrittenTensor} {
  const first: ExportKind<L["kind"]> | undefined = layers[0] && kindOf(layers[0].kind)
  const activation = (name: string, shape: Shape, rank: 4 | 2, like: string): WrittenTensor => ({
    index: dialect.activation(name, dimensions(shape, rank), like),
    shape,
    rank,
    like,
  })
  const image = activation("image", input, first?.rank?.reads ?? 4, "input")
  const known = new Map([["input", image]])
  const reshaped = (source: WrittenTensor, rank: 4 | 2, name: string): WrittenTensor => {
    const shape = rank === 2 ? {height: 1, width: 1, channels: elements(source.shape)} : source.shape
    const [, ...sides] = dimensions(shape, rank)
    const data = Int32Array.of(-1, ...sides)
    const to = graph.tensor(`${name}/shape`, "INT32", [data.length], {data})
    const made = activation(name, shape, rank, source.like)
    graph.operator("RESHAPE", [source.index, to], made.index)
    return made
  }
  let output = image
  for (const layer of layers) {
    const kind: ExportKind<L["kind"]> = kindOf(layer.kind)
    const read = layer.inputs.map((name) => known.get(name) ?? unknown(name))
    if (kind.reshapes === true) output = {...reshaped(head(read), 2, layer.name), like: layer.name}
    else {
      // An add takes vectors and images alike, but both of one kind.
      const wanted = kind.rank?.reads ?? (read.every(({rank}) => rank === 4) ? 4 : 2)
      const sources = read.map((source, i) =>
        source.rank === wanted ? source : reshaped(source, wanted, `${layer.name}/input${i}`),
      )
      const source = head(sources)
      const constants = kind.weights === undefined ? [] : dialect.constants(layer, source.shape, source.like)
      output = activation(layer.name, shapeOf(layer), kind.rank?.writes ?? wanted, layer.name)
      const operands = [...sources.map(({index}) => index), ...constants]
      graph.operator(kind.operator, operands, output.index, kind.options(layer as never))
    }
    known.set(layer.name, output)
  }
  return {image, output}
}

const shapeOf = ({output}: Written): Shape => ("shape" in output ? output.shape : output)

/** NHWC with a batch of one; a vector is [1, n]. */
export const dimensions = ({height, width, channels}: Shape, rank: 4 | 2): readonly number[] =>
  rank === 2 ? [1, height * width * channels] : [1, height, width, channels]

function head(list: readonly WrittenTensor[]): WrittenTensor {
  return list[0] ?? unknown("its input")
}

const unknown = (name: string): never => {
  throw bug("export", `nothing before it makes ${name}`)
}
