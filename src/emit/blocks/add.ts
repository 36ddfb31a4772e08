import type {AddStage} from "../../plan/plan.ts"
import {instance, signed, vector} from "../sv-text.ts"
import {type Block, readyOf} from "./block.ts"

/** The sum of two tensors: rtl/add.sv, which takes a position of both queues when both have one. */
export const add: Block<AddStage> = {
  modules: () => ["add.sv", "requantise.sv", "delay.sv"],
  waits: () => true,
  instance({stage, from: [left, right], to}) {
    if (left === undefined || right === undefined) return ""
    const {input, other, output, shifts, sumBits, room, shift, bias, rounding} = stage
    return `  // ${stage.layer}: left << ${shifts[0]} + right << ${shifts[1]}, position by position.
  wire ${vector(output.channels * output.bits)} ${to.data};
  wire ${to.valid};
${instance(
  "add",
  stage.name,
  {
    CHANNELS: output.channels,
    LEFT_W: input.bits,
    LEFT_SIGNED: bit(input.signed),
    LEFT_SHIFT: shifts[0],
    RIGHT_W: other.bits,
    RIGHT_SIGNED: bit(other.signed),
    RIGHT_SHIFT: shifts[1],
    SUM_W: sumBits,
    ROOM: room,
    SHIFT: shift,
    BIAS: signed(bias, 34),
    ROUNDING: rounding,
    RELU: bit(stage.relu),
    WRAP: bit(stage.overflow === "wrap"),
    OUT_BITS: output.bits,
    OUT_SIGNED: bit(output.signed),
  },
  {
    clk: "clk",
    rst: "rst",
    left_data: left.data,
    left_valid: left.valid,
    left_ready: readyOf(left),
    right_data: right.data,
    right_valid: right.valid,
    right_ready: readyOf(right),
    out_data: to.data,
    out_valid: to.valid,
  },
)}`
  },
}

const bit = (value: boolean): string => (value ? "1'b1" : "1'b0")
