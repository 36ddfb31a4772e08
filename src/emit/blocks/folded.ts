import {at} from "../../errors.ts"
import {linearLayer} from "../../graph/integer.ts"
import {usesDsp} from "../../plan/cost.ts"
import type {FoldedStage} from "../../plan/plan.ts"
import {roundingUnit} from "../../plan/rounding.ts"
import {emitRom} from "../sv-rom.ts"
import {hex, instance, vector, wrapped} from "../sv-text.ts"
import {type Block, clocked, readyOf, type Wires} from "./block.ts"

/** Multipliers over a ROM of weights: rtl/folded.sv, or rtl/folded_load.sv for two products to a multiplier. */
export const folded: Block<FoldedStage> = {
  modules: (stage) =>
    stage.load !== undefined
      ? []
      : stage.multiplier === "packed"
        ? packedModules
        : ["folded.sv", "folded_control.sv", "delay.sv"],
  waits: () => true,
  note: ({pe, simd}) => `${pe} PE x ${simd} SIMD`,
  files({plan, network, stage}) {
    const rom = `${plan.name}_${stage.layer}_weights`
    const {module, memory} = emitRom(plan, stage, linearLayer(network, stage.layer), rom)
    return {[`${rom}.sv`]: module, ...(memory !== undefined && {[`${rom}.mem`]: memory})}
  },
  instance({plan, network, stage, from: [from], to}) {
    if (from === undefined) return ""
    const layer = linearLayer(network, stage.layer)
    const {pe, simd, groups, vectors, accumulatorBits, romBits, romWords} = stage
    const addressBits = Math.max(1, Math.ceil(Math.log2(romWords)))
    const constants = layer.requantise === undefined ? undefined : roundingUnit(layer.requantise, layer.kind).constants
    const biases = Array.from({length: groups * pe}, (_, o) =>
      o < layer.bias.length ? at(layer.bias, o) + (constants?.[o] ?? 0) : 0,
    )
    return `  // ${stage.layer}: ${vectors} vectors of ${stage.input.channels}, ${pe} outputs by ${simd} inputs a clock.
  localparam bit ${vector(groups * pe * accumulatorBits)} ${stage.name.toUpperCase()}_BIAS = {
${wrapped(
  [...biases].reverse().map((bias) => hex(bias, accumulatorBits)),
  "    ",
)}
  };
  wire ${vector(addressBits)} ${stage.name}_address;
  wire ${vector(romBits)} ${stage.name}_weights;
  wire ${vector(pe * accumulatorBits)} ${to.data};
  wire ${to.valid};
${instance(`${plan.name}_${stage.layer}_weights`, `${stage.layer}_weights`, {}, {clk: "clk", address: `${stage.name}_address`, data: `${stage.name}_weights`})}
${multipliers(stage, from, to, addressBits)}`
  },
}

/** Two products to a multiplier, of weights that are not loaded. */
const packedModules = [
  "choose.sv",
  "delay.sv",
  "folded_control.sv",
  "folded_load.sv",
  "folded_products.sv",
  "folded_tree.sv",
]

/** The engine: rtl/folded.sv, or rtl/folded_load.sv, which has two products of 8 bits to a multiplier. */
function multipliers(stage: FoldedStage, from: Wires, to: Wires, addressBits: number): string {
  const {name, pe, simd, groups, chunks, vectors, accumulatorBits, weightBits, multiplier, input} = stage
  const bias = `${name.toUpperCase()}_BIAS`
  const packed = multiplier === "packed"
  const weights = packed && weightBits < 8 ? `${name}_wide` : `${name}_weights`
  const shared = {
    VECTORS: vectors,
    VALUES: input.channels,
    BITS: input.bits,
    SIGNED: `1'b${input.signed ? 1 : 0}`,
  }
  const fold = {PE: pe, SIMD: simd, GROUPS: groups, CHUNKS: chunks}
  const ports = {
    ...clocked,
    in_data: from.data,
    in_valid: from.valid,
    in_ready: readyOf(from),
    rom_address: `${name}_address`,
    rom_data: weights,
  }
  const out = {out_data: to.data, out_valid: to.valid}
  if (!packed) {
    const rows = multiplier === "lut" && usesDsp(input.bits, weightBits)
    const far = stage.far && {FAR: "1'b1"}
    const sums = {SUM_W: accumulatorBits, BIAS: bias, ADDRESS_W: addressBits, ...far, ...(rows && {DSP: "1'b0"})}
    return instance("folded", name, {...shared, WEIGHT_BITS: weightBits, ...fold, ...sums}, {...ports, ...out})
  }
  const extended =
    weightBits < 8
      ? `  wire ${vector(8 * pe * simd)} ${weights};
  for (genvar i = 0; i < ${pe * simd}; i++) begin : gen_${weights}
    assign ${weights}[8*i +: 8] = 8'($signed(${name}_weights[${weightBits}*i +: ${weightBits}]));
  end
`
      : ""
  const sums = {PACKED: "1'b1", SUM_W: accumulatorBits, BIAS_W: accumulatorBits, ADDRESS_W: addressBits}
  return `${extended}${instance("folded_load", name, {...shared, ...fold, ...sums}, {...ports, in_bias: bias, ...out})}`
}
