import {relu, add as spec} from "../../graph/layers.ts"
import {shapeName} from "../../graph/shape.ts"
import {shapeOf} from "../file.ts"
import {fused, hasRelu, type Judge, no, ok, shapes} from "./operator.ts"

/** LiteRT shifts the coarser operand's share right by the difference of the fractions, out of 19 bits it has added. */
const furthest = 18

export const add: Judge = ({operator, sources, from, to}) => {
  const wrong = fused(operator)
  if (wrong !== undefined) return wrong
  const [left, right] = sources
  if (left === undefined || right === undefined)
    return no("adds a constant", "fold it into the bias of the layer before it")
  const other = shapeOf(right)
  if (other === undefined || shapeName(from) !== shapeName(other))
    return no(
      `adds ${shapeName(from)} and ${right.shape.join("x")}`,
      "add tensors of one shape: broadcasting is not taken",
    )
  const cut = hasRelu(operator)
  return (
    shapes(from, to) ??
    ok({
      // Their names follow when the layers are put together.
      specs: [spec({inputs: ["", ""]}), ...(cut ? [relu()] : [])],
      integers(holder, {sources: [a, b = a], output, shape}) {
        const format = holder.activation(output)
        const [coarser, finer] = [a.format.fraction, b.format.fraction].sort((x, y) => x - y) as [number, number]
        const shift = finer - format.fraction
        const total = 19 + coarser - format.fraction
        if (shift < 0 || finer - coarser > furthest || total < 1 || total > 31)
          holder.misfit(output, `adds fractions of ${coarser} and ${finer} bits to one of ${format.fraction}`)
        const shifts = Array<number>(shape.channels).fill(Math.min(Math.max(shift, 0), 31))
        holder.add("add", (name) => ({
          kind: "add",
          name,
          inputs: [a.name, b.name],
          output: {shape, format},
          requantise: {shifts, rounding: "tflite", relu: cut, overflow: "saturate"},
        }))
      },
    })
  )
}
