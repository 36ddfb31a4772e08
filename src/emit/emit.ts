import {at, bug} from "../errors.ts"
import type {Design} from "../graph/design.ts"
import {type IntegerNetwork, isLinearLayer, type LinearLayer} from "../graph/integer.ts"
import {verilogKeywords} from "../graph/keywords.ts"
import {accumulatorRange, tensorRanges} from "../graph/range.ts"
import {lastLayer} from "../plan/last-layer.ts"
import type {Plan, PlanStage} from "../plan/plan.ts"
import {roundingUnit} from "../plan/rounding.ts"
import {blockOf} from "./blocks/kinds.ts"
import {probesOf} from "./probes.ts"
import {emitCore} from "./sv-core.ts"
import {emitHeaderCore, emitHeaderTop, headerModules} from "./sv-header.ts"
import {emitRequantise} from "./sv-requantise.ts"
import {emitRom} from "./sv-rom.ts"
import {serialModule} from "./sv-serial.ts"
import {emitSums} from "./sv-sums.ts"
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

const uses: Readonly<Record<string, readonly string[]>> = {
  skid: ["axis_skid.sv"],
  feeder: ["image_feeder.sv"],
  window: ["window.sv"],
  sums: [],
  columns: ["columns.sv"],
  serial: ["window_loader.sv", "serial_sum.sv"],
  folded: ["folded.sv", "folded_control.sv", "delay.sv"],
  requantise: ["requantise.sv", "delay.sv"],
  pool: [],
  fifo: ["queue.sv"],
  result: ["result_out.sv"],
}

/** Two products to a multiplier, of weights that are not loaded. */
const packed = ["choose.sv", "delay.sv", "folded_control.sv", "folded_load.sv", "folded_products.sv", "folded_tree.sv"]
const isPacked = (stage: PlanStage): boolean =>
  stage.kind === "folded" && stage.load === undefined && stage.multiplier === "packed"

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
  for (const stage of plan.stages) {
    if (plan.packets === "raw" || stage.kind === "window" || stage.kind === "fifo")
      for (const file of isPacked(stage) ? packed : (uses[stage.kind] ?? [])) needed.add(file)
    for (const file of blockOf(stage)?.modules ?? []) needed.add(file)
    if (stage.kind === "pool") needed.add(stage.form === "lines" ? "pool.sv" : `pool_${stage.form}.sv`)
  }
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
  const ranges = tensorRanges(network)
  for (const [index, stage] of plan.stages.entries()) {
    const module = `${plan.name}_${stage.name}`
    Object.assign(files, blockOf(stage)?.files?.(plan, network, stage))
    if (stage.kind === "sums") {
      const window = plan.stages[index - 1]
      if (window?.kind !== "window") throw bug("emit", "sums without a window")
      files[`${module}.sv`] = emitSums(plan, stage, window, module)
    } else if (stage.kind === "requantise") {
      const layer = linear(network, stage.layer)
      const constants =
        stage.bias || layer.requantise === undefined ? undefined : roundingUnit(layer.requantise, layer.kind).constants
      const accumulators = accumulatorRange(layer, ranges.get(at(layer.inputs, 0)) ?? {min: 0, max: 0}).map(
        ({min, max}, c) => ({min, max: max + (constants?.[c] ?? 0)}),
      )
      // A unit of a folded layer serves a channel of every group.
      const all = {min: Math.min(...accumulators.map((a) => a.min)), max: Math.max(...accumulators.map((a) => a.max))}
      files[`${module}.sv`] = emitRequantise(
        plan,
        stage,
        layer,
        stage.bias || plan.stages[index - 1]?.kind === "serial" ? accumulators : accumulators.map(() => all),
        module,
      )
    } else if (stage.kind === "serial") {
      files[`${module}.sv`] = serialModule(plan, stage, module)
    } else if (stage.kind === "folded") {
      const rom = `${plan.name}_${stage.layer}_weights`
      const {module: text, memory} = emitRom(plan, stage, linear(network, stage.layer), rom)
      files[`${rom}.sv`] = text
      if (memory !== undefined) files[`${rom}.mem`] = memory
    }
  }
  files[`${plan.name}_core.sv`] = emitCore(plan, network)
  files[`${plan.name}.v`] = emitTop(plan)
  return {top: plan.name, files, probes: probesOf(plan, network)}
}

function linear(network: IntegerNetwork, name: string | undefined): LinearLayer {
  const layer = network.layers.find((one) => one.name === name)
  if (layer === undefined || !isLinearLayer(layer)) throw bug("emit", `no linear layer ${name}`)
  return layer
}
