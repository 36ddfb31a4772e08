import type {FileOperator} from "../file.ts"
import {storedIntegers} from "../values.ts"
import {type Judge, no} from "./operator.ts"

/** Rows and columns of zeros that a PAD puts around an image. */
export interface Pads {
  readonly top: number
  readonly bottom: number
  readonly left: number
  readonly right: number
}

/** Undefined where they are computed, or are not around the image alone. */
export function padsOf({inputs}: FileOperator): Pads | undefined {
  const table = inputs[1]
  if (table?.data === undefined || table.type !== "INT32") return undefined
  const [n0, n1, top, bottom, left, right, c0, c1, ...more] = storedIntegers(table)
  const others = [n0, n1, c0, c1]
  if (more.length > 0 || others.some((n) => n !== 0)) return undefined
  if (top === undefined || bottom === undefined || left === undefined || right === undefined) return undefined
  return Math.min(top, bottom, left, right) < 0 ? undefined : {top, bottom, left, right}
}

/** A PAD is taken as the padding of the convolutions that read it, which judge whether it is theirs (window.ts). */
export const pad: Judge = ({graph, operator}) => {
  const fix = "use padding 'same' in the convolution instead"
  if (padsOf(operator) === undefined) return no("pads other than the rows and columns of an image", fix)
  const [made] = operator.outputs
  const readers = graph.operators.filter(({inputs}) => made !== undefined && inputs.includes(made))
  const other = readers.find(({name}) => name !== "CONV_2D" && name !== "DEPTHWISE_CONV_2D")
  if (readers.length === 0 || made === graph.output || other !== undefined)
    return no(`pads what ${other?.name ?? "no convolution"} reads`, fix)
  return {
    status: "rewritten",
    note: "becomes padding 'same' of the convolution that reads it",
    step: {specs: [], integers: (holder, {sources: [source], output}) => holder.keeps(output, source.format)},
  }
}
