import {at} from "../errors.ts"
import type {LinearLayer} from "../graph/integer.ts"
import type {Plan, RequantiseStage} from "../plan/plan.ts"
import {requantiseRoom, roundingUnit} from "../plan/rounding.ts"
import {banner, footer, hex, vector, wrapped} from "./sv-text.ts"

/** Every channel's requantise unit with its constants. Ranges are the accumulators' with the layer's bias, per channel. */
export function emitRequantise(
  plan: Plan,
  stage: RequantiseStage,
  layer: LinearLayer,
  accumulators: readonly {readonly min: number; readonly max: number}[],
  module: string,
): string {
  const rule = layer.requantise
  if (rule === undefined) return ""
  const channels = stage.input.channels
  const lanes = stage.input.positions
  const unit = roundingUnit(rule, layer.kind)
  const {bits, signed} = stage.output
  const width = stage.accumulatorBits
  const list = Array.from({length: channels}, (_, c) => c)
  const biases = list.map((c) => (stage.bias ? at(layer.bias, c) + at(unit.constants, c) : 0))
  const rooms = list.map((c) => requantiseRoom(at(accumulators, c), at(rule.shifts, c), bits))
  const constant = (values: readonly number[], size: number) =>
    wrapped(
      [...values].reverse().map((v) => hex(v, size)),
      "    ",
    )
  return `${banner(plan, `${module}: the ${channels} requantise units of layer ${stage.layer}.`, [
    `Rounding ${rule.rounding}${rule.relu ? ", relu" : ""}, ${rule.overflow}. Two clocks, one vector a clock, no valid.`,
    stage.bias
      ? "BIASES hold the layer's biases and the constants of the rounding; the highest channel first."
      : "Biases and the constants of the rounding are already in the sums.",
  ])}module ${module} (
  input  wire clk,
  input  wire ${vector(lanes * channels * width)} in_data,   // lane, channel: [${width}*(${channels}*lane+c) +: ${width}]
  output wire ${vector(lanes * channels * bits)} out_data   // lane, channel: [${bits}*(${channels}*lane+c) +: ${bits}]
);

  localparam bit ${vector(34 * channels)} BIASES = {
${constant(biases, 34)}
  };
  localparam bit ${vector(8 * channels)} SHIFTS = {
${constant(rule.shifts.slice(0, channels), 8)}
  };
  localparam bit ${vector(8 * channels)} ROOMS = {
${constant(rooms, 8)}
  };

  for (genvar l = 0; l < ${lanes}; l++) begin : gen_lane
    for (genvar c = 0; c < ${channels}; c++) begin : gen_channel
      requantise #(
        .IN_W       (${width}),
        .ROOM       (32'(ROOMS[8*c +: 8])),
        .BIAS       (BIASES[34*c +: 34]),
        .SHIFT      (32'(SHIFTS[8*c +: 8])),
        .ROUNDING   (${unit.mode}),
        .RELU       (1'b${rule.relu ? 1 : 0}),
        .WRAP       (1'b${rule.overflow === "wrap" ? 1 : 0}),
        .OUT_BITS   (${bits}),
        .OUT_SIGNED (1'b${signed ? 1 : 0})
      ) u_requantise (
        .clk,
        .in_data  (in_data[${width}*(${channels}*l+c) +: ${width}]),
        .out_data (out_data[${bits}*(${channels}*l+c) +: ${bits}])
      );
    end
  end

endmodule
${footer}`
}
