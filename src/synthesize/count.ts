import {TlastError} from "../errors.ts"
import type {Resources} from "../graph/design.ts"

/** LUTs a cell of Xilinx 7-series takes: what Yosys maps to and Vivado would count alike. */
const luts: Readonly<Record<string, number>> = {
  LUT1: 1,
  LUT2: 1,
  LUT3: 1,
  LUT4: 1,
  LUT5: 1,
  LUT6: 1,
  SRL16E: 1,
  SRLC32E: 1,
  RAM32X1S: 1,
  RAM64X1S: 1,
  RAM32X1D: 2,
  RAM64X1D: 2,
  RAM128X1S: 2,
  RAM128X1D: 4,
  RAM256X1S: 4,
  RAM32M: 4,
  RAM64M: 4,
}

const ffs = new Set(["FDRE", "FDSE", "FDCE", "FDPE", "FDRE_1", "FDSE_1", "FDCE_1", "FDPE_1"])

/** Cells that take no resource counted here: they are part of the slices that hold the LUTs, or of the clock tree. */
const free = new Set(["CARRY4", "MUXF7", "MUXF8", "INV", "BUFG", "BUFGCTRL", "$scopeinfo", "GND", "VCC"])

/** Cells by type as resources. Throws UNKNOWN_CELL for one that no rule counts: nothing is left out silently. */
export function countResources(cells: Readonly<Record<string, number>>): Resources {
  const total = {lut: 0, ff: 0, dsp: 0, bram36: 0}
  for (const [type, count] of Object.entries(cells)) {
    if (Object.hasOwn(luts, type)) total.lut += count * (luts[type] ?? 0)
    else if (ffs.has(type)) total.ff += count
    else if (type === "DSP48E1") total.dsp += count
    else if (type === "RAMB36E1") total.bram36 += count
    else if (type === "RAMB18E1") total.bram36 += count / 2
    else if (!free.has(type)) {
      throw new TlastError({
        code: "UNKNOWN_CELL",
        where: "synthesis",
        message: `Yosys left ${count} cells of type ${type}, which nothing here counts`,
        hint: "please report it with the design: its resources would otherwise be missing from the total",
        exitCode: 70,
      })
    }
  }
  return total
}
