import {at, bug} from "../errors.ts"
import {checkIntegerNetwork} from "../graph/check.ts"
import type {NumberFormat} from "../graph/format.ts"
import type {IntegerNetwork} from "../graph/integer.ts"
import type {Shape} from "../graph/shape.ts"
import {type FileGraph, type FileTensor, shapeOf} from "./file.ts"
import {type Held, Holder, type Misfit} from "./holder.ts"
import type {Step} from "./operators/operator.ts"

/**
 * An int8 file bit for bit: its integers are LiteRT's reference kernels'. Or every tensor that stands against it: scales
 * that are no powers of two, zero points that are neither -128 (unsigned) nor 0.
 */
export function integerNetwork(
  graph: FileGraph,
  steps: readonly Step[],
  name: string,
  pixelScale: number,
): IntegerNetwork | readonly Misfit[] {
  const holder = new Holder()
  const start = steps.findIndex(({specs}) => specs.length > 0)
  const first = start < 0 ? graph.input : (at(graph.operators, start).inputs[0] ?? graph.input)
  const format = holder.activation(first)
  checkInput(graph.input, first, format, pixelScale, holder)
  const image = steps.find((step) => step.image !== undefined)?.image
  const input: Held = {shape: image ?? (shapeOf(graph.input) as Shape), format, name: "input"}
  const held = new Map([[graph.input, input]])
  for (const [index, step] of steps.entries()) {
    if (step.computesShape) continue
    const {inputs, outputs} = at(graph.operators, index)
    const [source, ...more] = inputs.flatMap((tensor) => held.get(tensor as FileTensor) ?? [])
    if (source === undefined) throw bug("import", `operator ${index} reads nothing that is known`)
    const output = at(outputs, 0)
    const before = holder.layers.length
    const ends = steps.slice(index + 1).every(({specs}) => specs.length === 0)
    step.integers?.(holder, {sources: [source, ...more], output, shape: shapeOf(output) as Shape, ends})
    held.set(output, holder.layers.length > before ? holder.last(source) : source)
  }
  const {misfits, layers, logits8} = holder
  if (misfits.length > 0) return misfits
  const network = {
    name,
    input: {shape: input.shape, format},
    layers,
    ...(logits8 === undefined ? {} : {logits8}),
  }
  checkIntegerNetwork(network)
  return network
}

/** The image's integers must be the pixel's byte: unsigned, and of the scale a float input in front of them has. */
function checkInput(
  input: FileTensor,
  first: FileTensor,
  format: NumberFormat,
  pixelScale: number,
  holder: Holder,
): void {
  if (format.signed) holder.misfit(first, "pixels are unsigned: its zero point is not -128")
  const scale = 2 ** -format.fraction
  if (input.type === "FLOAT32" && scale !== pixelScale)
    holder.misfit(first, `its scale is ${scale}, a pixel's ${pixelScale}`)
  const own = input.quantization
  if (input === first || input.type === "FLOAT32") return
  const shift = input.type === "UINT8" ? 0 : -128
  if (own?.scales[0] !== scale || own.zeroPoints[0] !== shift)
    holder.misfit(input, "it is requantised before the first layer")
}
