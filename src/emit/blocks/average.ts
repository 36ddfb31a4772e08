import type {BlocksStage, MeanStage} from "../../plan/plan.ts"
import {canonicalDigits} from "../../plan/shift-add/digits.ts"
import {instance, signed, vector} from "../sv-text.ts"
import {type Block, clocked, masked} from "./block.ts"

/** Sums of blocks: rtl/blocks.sv. */
export const blocks: Block<BlocksStage> = {
  modules: () => ["blocks.sv"],
  instance({stage, from: [from], to}) {
    if (from === undefined) return ""
    const {input, output, size, of} = stage
    return `  // ${stage.layer}: sums of ${size.height} x ${size.width} of ${of.height} x ${of.width}.
  wire ${vector(output.channels * output.bits)} ${to.data};
  wire ${to.valid};
${instance(
  "blocks",
  stage.name,
  {
    CHANNELS: input.channels,
    BITS: input.bits,
    SIGNED: bit(input.signed),
    SUM_W: output.bits,
    ROWS: of.height,
    COLUMNS: of.width,
    PH: size.height,
    PW: size.width,
  },
  {...clocked, in_data: from.data, in_valid: masked(from, 1), out_data: to.data, out_valid: to.valid},
)}`
  },
}

/** Means of blocks: rtl/mean.sv. */
export const mean: Block<MeanStage> = {
  modules: () => ["mean.sv", "requantise.sv", "delay.sv"],
  instance({stage, from: [from], to}) {
    if (from === undefined) return ""
    const {input, output, units, clocks, constant, complement, shift, productBits, room, bias, rounding, divide} = stage
    const digits = canonicalDigits(constant)
    const shifts = digits.reduce((all, digit, i) => all | (BigInt(digit >> 1) << BigInt(6 * i)), 0n)
    const negate = digits.reduce((all, digit, i) => all | (BigInt(digit & 1) << BigInt(i)), 0n)
    return `  // ${stage.layer}: sums times ${constant} / 2^${shift}${divide ? ", half away from zero" : ""}.
  wire ${vector(output.channels * output.bits)} ${to.data};
  wire ${to.valid};
${instance(
  "mean",
  stage.name,
  {
    CHANNELS: input.channels,
    UNITS: units,
    STEPS: clocks,
    SUM_W: input.bits,
    SIGNED: bit(input.signed),
    TERMS: digits.length,
    SHIFTS: `${6 * digits.length}'h${shifts.toString(16)}`,
    NEGATE: `${digits.length}'h${negate.toString(16)}`,
    PRODUCT_W: productBits,
    ...(divide && {
      COMPLEMENT: complement,
      DIVIDE: "1'b1",
      OFFSET: signed(divide.offset, 34),
      HALF: divide.half,
      ZERO: divide.zero,
    }),
    SHIFT: shift,
    ROOM: room,
    BIAS: signed(bias + complement, 34),
    ROUNDING: rounding,
    RELU: bit(stage.relu),
    WRAP: bit(stage.overflow === "wrap"),
    OUT_BITS: output.bits,
    OUT_SIGNED: bit(output.signed),
  },
  {...clocked, in_data: from.data, in_valid: from.valid, out_data: to.data, out_valid: to.valid},
)}`
  },
}

const bit = (value: boolean): string => (value ? "1'b1" : "1'b0")
