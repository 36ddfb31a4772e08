import type {Resources} from "../graph/design.ts"
import type {Size} from "../graph/shape.ts"
import * as cost from "./cost.ts"
import type {Memory} from "./plan.ts"

/** LUTs that a BRAM36 must save: a Zynq has some 300 for each, and designs like these leave most of both. */
const LUTS_A_BRAM = 64
/** The most words a memory of rows has: past them Yosys splits it in banks of several shapes, and its BRAM is not known before. */
const MOST_WORDS = 4096

/** Rows above in LUTs (LUTRAM, or shift registers), and in block RAM, where they can be in it. */
export interface RowWays {
  readonly distributed: Resources
  readonly block: Resources | undefined
}

/** Whether block RAM saves LUTs enough: the one rule for the rows of every engine. */
export const saves = (distributed: Resources, block: Resources): boolean =>
  distributed.lut - block.lut >= LUTS_A_BRAM * (block.bram36 - distributed.bram36)

/** Where rows are: as asked for, else by size. Undefined where they are asked for in block RAM and cannot be. */
export function placeRows({distributed, block}: RowWays, asked?: Memory): Memory | undefined {
  if (asked === "block") return block && "block"
  return asked === undefined && block !== undefined && saves(distributed, block) ? "block" : "distributed"
}

export const resourcesOf = (ways: RowWays, memory: Memory): Resources =>
  memory === "block" && ways.block !== undefined ? ways.block : ways.distributed

const bitsOf = (count: number): number => Math.ceil(Math.log2(count))

/** Words of such a memory: past 1,024 it is one bank too, with as many as its address has. */
const wordsOf = (least: number): number => (least > 1024 ? 2 ** bitsOf(least) : least)

/** rtl/window.sv: shift registers; or with BLOCK, registers up to whole beats before the next row's taps, and the rest in one memory. */
export function windowRows(width: number, lanes: number, columns: number, kh: number, kw: number): RowWays {
  const distributed = cost.window(width, lanes, columns, kh, kw)
  const taps = kw + lanes - 1
  const kept = taps + ((columns - taps) % lanes)
  const words = (columns - kept) / lanes - 1
  if (kh === 1 || words < 2 || words > MOST_WORDS) return {distributed, block: undefined}
  const address = bitsOf(words)
  return {
    distributed,
    block: {
      lut: 9 + 2 * lanes + address + 2,
      ff: ((kh - 1) * kept + taps) * width + 10 + lanes + address,
      dsp: 0,
      bram36: cost.blockRam(wordsOf(words), (kh - 1) * lanes * width),
    },
  }
}

/** rtl/columns.sv: a word a column of the image, in LUTRAM or block RAM. */
export function columnRows(width: number, size: Size, rows: number): RowWays {
  const distributed = cost.columns(width, size, rows)
  if (rows === 1 || size.width < 2 || size.width > MOST_WORDS) return {distributed, block: undefined}
  const {ff} = distributed
  return {
    distributed,
    block: {lut: 20, ff, dsp: 0, bram36: cost.blockRam(wordsOf(size.width), (rows - 1) * width)},
  }
}
