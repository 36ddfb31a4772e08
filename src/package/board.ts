import * as v from "valibot"
import {nearest, TlastError} from "../errors.ts"
import type {Board} from "../graph/board.ts"
import type {Host} from "../host/host.ts"

/** The boards of this version: one folder each under boards/. A fourth is a folder and a name here. */
export const boardNames = ["pynq-z1", "pynq-z2", "xc7z010"] as const

const count = v.pipe(v.number(), v.integer(), v.minValue(1))
const schema = v.strictObject({
  name: v.pipe(v.string(), v.regex(/^[a-z][a-z0-9-]{0,31}$/, "lower-case letters, digits and dashes")),
  title: v.pipe(v.string(), v.maxLength(60)),
  part: v.pipe(v.string(), v.regex(/^xc7z0\d\d[a-z]+\d+-\d$/, 'a Zynq-7000 part such as "xc7z020clg400-1"')),
  family: v.literal("zynq-7000"),
  resources: v.strictObject({lut: count, ff: count, dsp: count, bram36: count}),
  clock: v.strictObject({defaultMhz: v.pipe(v.number(), v.minValue(10), v.maxValue(250)), pllMhz: count}),
  memory: v.strictObject({
    ddrBytes: v.pipe(
      count,
      v.check((n) => n >= 2 ** 26 && n <= 2 ** 30 && (n & (n - 1)) === 0, "a power of two from 64 MiB to 1 GiB"),
    ),
  }),
  ps7: v.record(
    v.pipe(v.string(), v.regex(/^PCW_[A-Z0-9_]+$/, "a CONFIG name of processing_system7, PCW_...")),
    v.pipe(v.string(), v.regex(/^[A-Za-z0-9 ._()<>/:#,-]{0,80}$/, "text of letters, digits and punctuation")),
  ),
})

/** Settings that the block design makes itself: a board must not contradict it. */
const reserved = /^PCW_(USE_|S_AXI_|M_AXI_|FPGA\d|FCLK\d|EN_CLK\d|EN_RST\d|ACT_)/

/** Reads the text of a board.json. Throws BOARD_FILE with the offending key. */
export function parseBoard(text: string, where: string): Board {
  const problem = (message: string, hint: string) => new TlastError({code: "BOARD_FILE", where, message, hint})
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (cause) {
    throw problem(`not JSON: ${(cause as Error).message}`, "see docs/board/adding-a-board.md for the format")
  }
  const result = v.safeParse(schema, json)
  if (!result.success) {
    const issue = result.issues[0]
    const key = issue.path?.map((step) => String(step.key)).join(".") ?? "the file"
    throw problem(`${key}: ${issue.message}`, "see docs/board/adding-a-board.md for every key")
  }
  const board = result.output
  for (const name of Object.keys(board.ps7)) {
    if (reserved.test(name)) {
      throw problem(
        `ps7.${name} is set by the block design`,
        "leave it out: a board gives crystal, DDR, banks and MIO only",
      )
    }
  }
  if (!("PCW_CRYSTAL_PERIPHERAL_FREQMHZ" in board.ps7)) {
    throw problem("ps7 has no PCW_CRYSTAL_PERIPHERAL_FREQMHZ", "give the PS crystal: every clock follows from it")
  }
  return board
}

/** The board of that name from boards/. Throws UNKNOWN_BOARD with the nearest name. */
export async function loadBoard(name: string, host: Host): Promise<Board> {
  if (!boardNames.some((known) => known === name)) {
    const near = nearest(name, boardNames)
    throw new TlastError({
      code: "UNKNOWN_BOARD",
      where: "--board",
      message: `"${name}" is no board; expected ${boardNames.join(", ")}`,
      hint: near ? `did you mean ${near}?` : "docs/board/adding-a-board.md says how to add one",
    })
  }
  const path = `boards/${name}/board.json`
  const board = parseBoard(new TextDecoder().decode(await host.files.asset(path)), path)
  if (board.name !== name) {
    throw new TlastError({
      code: "BOARD_FILE",
      where: path,
      message: `its name is "${board.name}", and its folder's "${name}"`,
      hint: "name both alike",
    })
  }
  return board
}
