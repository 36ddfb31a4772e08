import {at, bug} from "../errors.ts"
import type {IntegerNetwork} from "../graph/integer.ts"
import type {Plan} from "../plan/plan.ts"
import type {Wires} from "./blocks/block.ts"
import {note, place} from "./blocks/kinds.ts"
import {banner, footer, instance, vector} from "./sv-text.ts"

/** The core: every block of the plan, wired in stream order. Module names of generated blocks are <name>_<stage>. */
export function emitCore(plan: Plan, network: IntegerNetwork): string {
  const {name, stream, stages, credits} = plan
  const {dataBits, elementBits, beatsPerImage} = stream.input
  const payload = dataBits + dataBits / 8 + 1
  const results = stages.find((stage) => stage.kind === "result")
  if (results?.kind !== "result") throw bug("emit", "a plan without results")
  const parts: string[] = []
  const feeder = at(stages, 1)
  const registers = feeder.kind === "feeder" ? (feeder.registers ?? 0) : 0
  const fed: Wires =
    registers > 0 ? {data: "fed_data", valid: "fed_valid"} : {data: "feeder_data", valid: "feeder_valid"}
  const wires = new Map<string, Wires>([["feeder", fed]])
  for (const stage of stages) {
    if (stage.kind === "skid" || stage.kind === "feeder") continue
    const [text, after] = place(plan, network, stage, wires)
    parts.push(text)
    wires.set(stage.name, after)
  }
  const lastBits = results.input.bits + (results.input.signed ? 0 : 1)
  const width = feeder.output.positions * feeder.output.channels * feeder.output.bits
  const collect = beatsPerImage / feeder.output.beats
  const shown = stages
    .filter((stage) => stage.kind !== "skid")
    .map((stage) => `${stage.name.padEnd(24)} ${note(stage)}`)
  return `${banner(plan, `${name}_core: the blocks of ${name}, wired in stream order.`, [
    "Only the feeder stalls. Everything behind it runs freely with valid bits; latencies, pace and",
    "queue depths are the plan's, which simulated this pipeline clock by clock (docs/streams.md).",
    "",
    "s_axis -> u_in -> u_feeder ->",
    ...shown.map((line) => `  ${line}`.trimEnd()),
    "-> u_out -> m_axis",
  ])}module ${name}_core (
  input  wire clk,
  input  wire rst,                         // synchronous, active high

  input  wire ${vector(dataBits)} s_axis_tdata,
  input  wire ${vector(dataBits / 8)} s_axis_tkeep,
  input  wire s_axis_tlast,
  input  wire s_axis_tvalid,
  output wire s_axis_tready,

  output wire [31:0] m_axis_tdata,
  output wire m_axis_tlast,
  output wire m_axis_tvalid,
  input  wire m_axis_tready,

  output wire [15:0] short_images
);

  // The stream in: cut its paths, then into images.
  wire ${vector(dataBits)} in_data;
  wire ${vector(dataBits / 8)} in_keep;
  wire in_last, in_valid, in_ready;
${instance(
  "axis_skid",
  "in",
  {DATA_W: payload},
  {
    clk: "clk",
    rst: "rst",
    s_axis_tdata: "{s_axis_tlast, s_axis_tkeep, s_axis_tdata}",
    s_axis_tvalid: "s_axis_tvalid",
    s_axis_tready: "s_axis_tready",
    m_axis_tdata: "{in_last, in_keep, in_data}",
    m_axis_tvalid: "in_valid",
    m_axis_tready: "in_ready",
  },
)}
  wire ${vector(width)} feeder_data;
  wire feeder_valid, feeder_done, feeder_tlast, credit_return;
${instance(
  "image_feeder",
  "feeder",
  {
    LANES: plan.lanes,
    SLOT: elementBits,
    BITS: feeder.output.bits,
    DATA_W: dataBits,
    COLLECT: collect,
    BEATS: beatsPerImage,
    PACE_BEAT: plan.pace.beat,
    PACE_IMAGE: plan.pace.image,
    CREDITS: credits,
  },
  {
    clk: "clk",
    rst: "rst",
    s_axis_tdata: "in_data",
    s_axis_tkeep: "in_keep",
    s_axis_tlast: "in_last",
    s_axis_tvalid: "in_valid",
    s_axis_tready: "in_ready",
    out_data: "feeder_data",
    out_valid: "feeder_valid",
    out_done: "feeder_done",
    out_tlast: "feeder_tlast",
    credit_return: "credit_return",
    short_images: "short_images",
  },
)}
${registers > 0 ? `\n${registered(width, registers)}` : ""}
${parts.join("\n")}
  // The stream out: only as wide as a result until the last step.
  wire signed ${vector(lastBits)} out_word;
  assign m_axis_tdata = 32'(out_word);
${instance(
  "axis_skid",
  "out",
  {DATA_W: lastBits + 1},
  {
    clk: "clk",
    rst: "rst",
    s_axis_tdata: `{results_last, results_data${vector(lastBits)}}`,
    s_axis_tvalid: "results_valid",
    s_axis_tready: "results_ready",
    m_axis_tdata: "{m_axis_tlast, out_word}",
    m_axis_tvalid: "m_axis_tvalid",
    m_axis_tready: "m_axis_tready",
  },
)}${lastBits < 32 ? `\n  wire unused = &{1'b0, results_data[31:${lastBits}]};  // copies of the sign\n` : ""}
endmodule
${footer}`
}

const registered = (
  width: number,
  clocks: number,
): string => `  // A wide beat on its way: what decides above lies near the stream, what reads it lies everywhere.
  wire ${vector(width)} fed_data;
  wire fed_valid;
${instance(
  "delay",
  "fed",
  {WIDTH: width, CLOCKS: clocks, RESET: "1'b0"},
  {clk: "clk", rst: "rst", in_data: "feeder_data", out_data: "fed_data"},
)}${instance("delay", "fed_valid", {CLOCKS: clocks}, {clk: "clk", rst: "rst", in_data: "feeder_valid", out_data: "fed_valid"})}`
