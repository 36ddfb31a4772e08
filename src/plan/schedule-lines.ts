import {at} from "../errors.ts"
import type {Served, Token, Tokens} from "./schedule.ts"

/** The columns of an image, by its positions: the lowest of each, and the uppermost. */
export interface LineColumns {
  readonly lowest: readonly number[]
  readonly upper: readonly number[]
  /** Whether a column completes a window. */
  readonly complete: (column: number) => boolean
  /** Clocks a column takes to be read. */
  readonly parts: number
  /** Clocks from a window to the next, at least. */
  readonly frame: number
}

/**
 * Every position into rtl/lines.sv; its columns, part by part, into rtl/window_loader.sv, whose engine takes a window every
 * `frame` clocks. Done are the windows, in the clock in which the engine takes them; depth is the positions to be kept:
 * however the input stalls, none is overwritten that a column not yet read needs.
 */
export function serveLines(tokens: Tokens, {lowest, upper, complete, parts, frame}: LineColumns): Served {
  let free = 0
  let engine = 0
  const reads: {readonly time: number; readonly upper: number}[] = []
  let before = 0
  const done = tokens.map((image) => {
    const windows: Token[] = []
    for (const [column, low] of lowest.entries()) {
      const {time, earliest, ...rest} = at(image, low)
      const last = Math.max(time + 2, free) + parts - 1
      free = last + 1
      reads.push({time: last, upper: before + at(upper, column)})
      if (!complete(column)) continue
      const start = Math.max(last + 1, engine)
      engine = start + frame
      free = start
      windows.push({...rest, time: start, earliest: earliest + 2 + parts})
    }
    before += image.length
    return windows
  })
  let depth = 1
  let next = 0
  for (const [index, {earliest}] of tokens.flat().entries()) {
    while (next < reads.length && at(reads, next).time < earliest) next++
    const read = reads[next]
    if (read !== undefined) depth = Math.max(depth, index - read.upper + 1)
  }
  return {depth, done}
}
