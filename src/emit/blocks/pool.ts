import type {PoolStage} from "../../plan/plan.ts"
import {instance, vector} from "../sv-text.ts"
import {type Block, clocked, type Wires} from "./block.ts"

const trees = ["delay.sv", "max_tree.sv"]

/** Max pools: rtl/pool.sv along lines, rtl/pool_raster.sv of lanes that are neighbours; rtl/pool_shared.sv where loaded. */
export const pool: Block<PoolStage> = {
  modules: ({form}) =>
    form === "shared" ? ["pool_shared.sv"] : [form === "lines" ? "pool.sv" : "pool_raster.sv", ...trees],
  instance: ({stage, from: [from], to}) => (from === undefined ? "" : text(stage, from, to)),
}

function text(stage: PoolStage, from: Wires, to: Wires): string {
  const {channels, bits, signed, positions} = stage.input
  const slots = stage.slots.length
  const shared = {CHANNELS: channels, BITS: bits, SIGNED: `1'b${signed ? 1 : 0}`, LANES: positions}
  const lines = stage.form === "lines"
  const size = {ROWS: stage.of.height, COLUMNS: stage.of.width, PH: stage.size.height, PW: stage.size.width}
  const parameters = lines
    ? {...shared, ...size}
    : {
        ...shared,
        PITCH: stage.pitch,
        HEIGHT: stage.rows,
        ROW0: stage.origin.row,
        COLUMN0: stage.origin.column,
        ...size,
        GRID: positions / slots,
      }
  const valid = lines && from.inside !== undefined ? `${from.valid} && ${from.inside}[0]` : from.valid
  return `  // ${stage.layer}: the largest of ${stage.size.height} x ${stage.size.width}${slots > 1 ? `, windows ending at lanes ${stage.slots.join(", ")}` : ""}.
  wire ${vector(slots * channels * bits)} ${to.data};
  wire ${slots > 1 ? `${vector(slots)} ` : ""}${to.valid};
${instance(lines ? "pool" : "pool_raster", stage.name, parameters, {
  ...clocked,
  in_data: from.data,
  in_valid: valid,
  out_data: to.data,
  out_valid: to.valid,
})}${lines && positions > 1 && from.inside !== undefined ? `  wire unused_${stage.name} = &{1'b0, ${from.inside}};  // a beat's lanes are inside together\n` : ""}`
}
