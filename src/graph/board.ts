import type {Resources} from "./design.ts"

/** A Zynq-7000 board: what boards/<name>/board.json holds. Parsed and checked by package/board.ts. */
export interface Board {
  readonly name: string
  readonly title: string
  /** With package and speed grade: "xc7z020clg400-1". */
  readonly part: string
  readonly family: "zynq-7000"
  readonly resources: Resources
  /** Fabric clock: FCLK0 = pllMhz / n for a whole n. */
  readonly clock: {readonly defaultMhz: number; readonly pllMhz: number}
  readonly memory: {readonly ddrBytes: number}
  /** Settings of processing_system7 (CONFIG names without the prefix): crystal, DDR, banks, peripherals on MIO. */
  readonly ps7: Readonly<Record<string, string>>
}
