import {flatten} from "../../graph/layers.ts"
import {elements, shapeName} from "../../graph/shape.ts"
import {type Judge, no, ok} from "./operator.ts"

export const reshape: Judge = ({operator, from, to, first}) => {
  if (elements(from) !== elements(to))
    return no(`makes ${elements(from)} elements ${elements(to)}`, "keep the number of elements")
  if (shapeName(from) === shapeName(to))
    return ok({
      specs: [],
      ...(first ? {} : {integers: (holder, {sources: [source], output}) => holder.keeps(output, source.format)}),
    })
  if (operator.outputs[0]?.shape.length === 2)
    return ok({
      specs: [flatten()],
      integers(holder, site) {
        holder.keeps(site.output, site.sources[0].format)
        holder.flatten(site)
      },
    })
  if (first) return {status: "rewritten", note: `the image is read as ${shapeName(to)}`, step: {specs: [], image: to}}
  return no(`makes ${shapeName(from)} ${shapeName(to)}`, "reshape only the image at the start, or to a vector")
}
