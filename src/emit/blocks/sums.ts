import {bug} from "../../errors.ts"
import type {SumsStage} from "../../plan/plan.ts"
import {emitSums} from "../sv-sums.ts"
import {instance, vector} from "../sv-text.ts"
import {type Block, outBits} from "./block.ts"

/** The constant engine's adders, a module of its own. Valid travels beside them, to the requantise units. */
export const sums: Block<SumsStage> = {
  modules: () => [],
  note: ({adders}) => `${adders} adders`,
  files({plan, stage, previous}) {
    if (previous?.kind !== "window") throw bug("emit", "sums without a window")
    const module = `${plan.name}_${stage.name}`
    return {[`${module}.sv`]: emitSums(plan, stage, previous, module)}
  },
  instance({plan, stage, from: [from], to}) {
    if (from === undefined) return ""
    const ports = {clk: "clk", in_data: from.data, out_data: to.data}
    return `  wire ${vector(outBits(stage))} ${to.data};\n${instance(`${plan.name}_${stage.name}`, stage.name, {}, ports)}`
  },
  wires: ({from: [from], to}) => ({...(from ?? to), data: to.data}),
}
