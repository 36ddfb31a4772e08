import type {Windowed} from "../../graph/geometry.ts"

/** A window layer's own fields, those with a default left out as they were. */
export const windowFields = ({kernel, stride, padding}: Windowed): Windowed => ({
  kernel,
  ...(stride === undefined ? {} : {stride}),
  ...(padding === undefined ? {} : {padding}),
})
