import type {Size} from "../graph/shape.ts"

/**
 * Clocks of an image of so many windows: a window a frame, or as many as it has new columns, times the clocks to read one; the
 * first of a row waits for the rest of the row before and its own.
 */
export const serialWork = ({height, width}: Size, columns: number, stride: number, frame: number, parts = 1): number =>
  height * ((width - 1) * Math.max(frame, stride * parts) + Math.max(frame, (columns - (width - 1) * stride) * parts))
