import {globalAvgPool2d} from "../../graph/layers.ts"
import {storedIntegers} from "../values.ts"
import {type Judge, no, ok, shapes} from "./operator.ts"

/** A mean over height and width is the global average. */
export const mean: Judge = ({operator, sources, from, to}) => {
  const axes = operator.inputs[1]
  const rank = sources[0]?.shape.length ?? 0
  if (axes?.data === undefined || axes.type !== "INT32") return no("has axes that are computed", "export it again")
  const places = [...storedIntegers(axes)].map((axis) => (axis < 0 ? axis + rank : axis)).sort((a, b) => a - b)
  if (rank !== 4 || places.join() !== "1,2")
    return no(
      `averages over the dimensions ${places.join(", ")}`,
      "average over height and width: global average pooling",
    )
  return (
    shapes({height: 1, width: 1, channels: from.channels}, to) ??
    ok({
      specs: [globalAvgPool2d()],
      // LiteRT's MEAN multiplies by a rounded reciprocal: other integers than its AVERAGE_POOL_2D's (docs/numbers.md).
      integers: (holder, {output}) => holder.misfit(output, "LiteRT rounds MEAN otherwise than AVERAGE_POOL_2D"),
    })
  )
}
