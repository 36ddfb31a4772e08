import {bug} from "../errors.ts"
import type {Design} from "../graph/design.ts"
import type {IntegerNetwork} from "../graph/integer.ts"
import {verilogKeywords} from "../graph/keywords.ts"
import {lastLayer} from "../plan/last-layer.ts"
import {sourcesOf} from "../plan/links.ts"
import type {Plan} from "../plan/plan.ts"
import {blockOf} from "./blocks/kinds.ts"
import {probesOf} from "./probes.ts"
import {emitCore} from "./sv-core.ts"
import {emitHeaderCore, emitHeaderTop, headerModules} from "./sv-header.ts"
import {emitTop} from "./sv-top.ts"

/** The hand-written modules that plans are built from: read each as asset `rtl/<file>` and pass them to emit. */
export const library = [
  "add.sv",
  "argmax.sv",
  "blocks.sv",
  "columns.sv",
  "folded.sv",
  "keep.sv",
  "lines.sv",
  "max_tree.sv",
  "mean.sv",
  "pace.sv",
  "pad.sv",
  "pool.sv",
  "pool_raster.sv",
  "pool_shared.sv",
  "queue.sv",
  "serial_sum.sv",
  "window.sv",
  "window_loader.sv",
  ...headerModules,
] as const

/**
 * The accelerator as text: the modules of `sources` (text by name, "axis_skid.sv") that it uses, generated ones, memory
 * files and the Verilog-2001 top. Paths are flat: run tools in the folder of the files, for $readmemh.
 */
export function emit(given: IntegerNetwork, planned: Plan, sources: Readonly<Record<string, string>>): Design {
  const network = planned.packets === "raw" ? lastLayer(given) : given
  // "small" is a fine name for a network and a reserved word of Verilog.
  const plan = verilogKeywords.has(planned.name) ? {...planned, name: `${planned.name}_top`} : planned
  const files: Record<string, string> = {}
  const needed = new Set<string>()
  if (plan.packets === "header") for (const file of headerModules) needed.add(file)
  for (const stage of plan.stages) for (const file of blockOf(stage).modules(stage)) needed.add(file)
  for (const file of [...needed].sort()) {
    const text = sources[file] ?? sources[`rtl/${file}`]
    if (text === undefined) throw bug("emit", `rtl/${file} was not given`)
    files[file] = text
  }
  if (plan.packets === "header") {
    files[`${plan.name}_core.sv`] = emitHeaderCore(plan, network)
    files[`${plan.name}.v`] = emitHeaderTop(plan)
    return {top: plan.name, files, probes: probesOf(plan, network)}
  }
  for (const stage of plan.stages) {
    if (stage.kind === "skid" || stage.kind === "feeder") continue
    const [previous] = sourcesOf(plan.stages, stage)
    Object.assign(files, blockOf(stage).files?.({plan, network, stage, previous}))
  }
  files[`${plan.name}_core.sv`] = emitCore(plan, network)
  files[`${plan.name}.v`] = emitTop(plan)
  return {top: plan.name, files, probes: probesOf(plan, network)}
}
