import {at} from "../../errors.ts"
import {linearLayer} from "../../graph/integer.ts"
import {accumulatorRange, tensorRanges} from "../../graph/range.ts"
import type {RequantiseStage} from "../../plan/plan.ts"
import {roundingUnit} from "../../plan/rounding.ts"
import {emitRequantise} from "../sv-requantise.ts"
import {instance, vector} from "../sv-text.ts"
import {type Block, clocked, outBits} from "./block.ts"

const insideOf = ({name}: RequantiseStage): string => `${name}_inside`

/** A layer's requantise units, a module of its own; valid and inside travel beside them, and beside the sums before them. */
export const requantise: Block<RequantiseStage> = {
  modules: () => ["requantise.sv", "delay.sv"],
  files({plan, network, stage, previous}) {
    const module = `${plan.name}_${stage.name}`
    const layer = linearLayer(network, stage.layer)
    const constants =
      stage.bias || layer.requantise === undefined ? undefined : roundingUnit(layer.requantise, layer.kind).constants
    const accumulators = accumulatorRange(
      layer,
      tensorRanges(network).get(at(layer.inputs, 0)) ?? {min: 0, max: 0},
    ).map(({min, max}, c) => ({min, max: max + (constants?.[c] ?? 0)}))
    // A unit of a folded layer serves a channel of every group.
    const all = {min: Math.min(...accumulators.map((a) => a.min)), max: Math.max(...accumulators.map((a) => a.max))}
    const each = stage.bias || previous?.kind === "serial" ? accumulators : accumulators.map(() => all)
    return {[`${module}.sv`]: emitRequantise(plan, stage, layer, each, module)}
  },
  instance({plan, stage, from: [from], to, previous, next}) {
    if (from === undefined) return ""
    const {name} = stage
    const beside = (previous?.kind === "sums" ? previous.latency : 0) + 2
    const inside = from.inside === undefined ? undefined : insideOf(stage)
    const raster = next?.kind === "pool" && next.form === "raster"
    return `  wire ${vector(outBits(stage))} ${to.data};
${instance(`${plan.name}_${name}`, name, {}, {clk: "clk", in_data: from.data, out_data: to.data})}
  wire ${to.valid};
${inside === undefined ? "" : `  wire ${vector(stage.output.positions)} ${inside};\n`}${instance(
  "delay",
  `${name}_valid`,
  {WIDTH: inside === undefined ? 1 : 1 + stage.output.positions, CLOCKS: beside},
  {
    ...clocked,
    in_data: inside === undefined ? from.valid : `{${from.valid}, ${from.inside}}`,
    out_data: inside === undefined ? to.valid : `{${to.valid}, ${inside}}`,
  },
)}${raster ? `  wire unused_${name} = &{1'b0, ${inside}};  // the pool knows its places itself\n` : ""}`
  },
  wires: ({stage, from: [from], to}) => (from?.inside === undefined ? to : {...to, inside: insideOf(stage)}),
}
