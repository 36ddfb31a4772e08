import {at, bug} from "../errors.ts"
import type {IntegerNetwork} from "../graph/integer.ts"
import type {Plan} from "../plan/plan.ts"
import type {Wires} from "./blocks/block.ts"
import {note, place} from "./blocks/kinds.ts"
import {packetTable} from "./packets.ts"
import {loaded} from "./sv-loaded.ts"
import {clockPorts, streamPorts} from "./sv-ports.ts"
import {banner, footer, instance, vector} from "./sv-text.ts"

/** Modules of rtl/ that every core behind header packets has; the others follow from its stages. */
export const headerModules = [
  "axis_skid.sv",
  "bias_load.sv",
  "choose.sv",
  "delay.sv",
  "folded_control.sv",
  "folded_load.sv",
  "folded_products.sv",
  "folded_tree.sv",
  "collect.sv",
  "hold.sv",
  "image_feeder.sv",
  "packet_in.sv",
  "packet_out.sv",
  "requantise.sv",
  "requantise_shared.sv",
  "requantise_shift.sv",
  "result_out.sv",
  "split.sv",
  "weight_ram.sv",
] as const

/** The core behind header packets: packet_in, the plan's blocks in stream order, packet_out. */
export function emitHeaderCore(plan: Plan, network: IntegerNetwork): string {
  const {name, stages, credits, loadable, pace} = plan
  if (loadable === undefined) throw bug("emit", "a header top without anything to load")
  const parts: string[] = []
  const wires = new Map<string, Wires>([["feeder", {data: "feeder_data", valid: "feeder_valid"}]])
  for (const stage of stages) {
    if (stage.kind === "skid" || stage.kind === "feeder") continue
    const [text, after] = loaded(plan, network, stage, wires) ?? place(plan, network, stage, wires)
    parts.push(text)
    wires.set(stage.name, after)
  }
  const feeder = at(stages, 1)
  const {channels, bits} = feeder.output
  const {beatsPerImage} = plan.stream.input
  const outputs = at(network.layers, network.layers.length - 1).output.shape.channels
  const {rows, table, needed, countBits} = packetTable(network, loadable)
  const shown = stages
    .filter((stage) => stage.kind !== "skid")
    .map((stage) => `  ${stage.name.padEnd(24)} ${note(stage)}`)
  const windows =
    pace.window === undefined || pace.window === pace.beat
      ? {}
      : {
          PACE_WINDOW: pace.window,
          COLUMNS: pace.columns ?? 1,
          KH: pace.kernel?.height ?? 1,
          KW: pace.kernel?.width ?? 1,
        }
  return `${banner(plan, `${name}_core: the blocks of ${name} behind header packets, wired in stream order.`, [
    "packet_in takes packets apart into images, loads and tokens; packet_out writes the answers that the",
    "tokens ask for. Between them only the feeder stalls: latencies, pace and queue depths are the plan's.",
    "",
    "s_axis -> u_in -> u_packet_in ->",
    ...shown.map((line) => line.trimEnd()),
    "-> u_packet_out -> u_out -> m_axis",
  ])}module ${name}_core (
  input  wire clk,
  input  wire rst,                         // synchronous, active high

  input  wire [15:0] s_axis_tdata,
  input  wire s_axis_tlast,
  input  wire s_axis_tvalid,
  output wire s_axis_tready,

  output wire [15:0] m_axis_tdata,
  output wire m_axis_tlast,
  output wire m_axis_tvalid,
  input  wire m_axis_tready
);

  // What packets are compared with, the last row first; docs/packets.md has the protocol. A row:
  // {0, sign, bits stored of an odd and of an even word, words of the body, outputChannels, inputDim, inputChannels,
  // kernelDim, status}.
  localparam bit ${vector(128 * rows)} TABLE = ${table};

  wire [15:0] in_data;
  wire in_last, in_valid, in_ready;
${instance(
  "axis_skid",
  "in",
  {DATA_W: 17},
  {
    clk: "clk",
    rst: "rst",
    s_axis_tdata: "{s_axis_tlast, s_axis_tdata}",
    s_axis_tvalid: "s_axis_tvalid",
    s_axis_tready: "s_axis_tready",
    m_axis_tdata: "{in_last, in_data}",
    m_axis_tvalid: "in_valid",
    m_axis_tready: "in_ready",
  },
)}
  wire [2:0]  header_index;
  wire [15:0] header_data;
  wire        header_valid, header_ready;
  wire ${vector(bits)} image_data;
  wire        image_last, image_valid, image_ready, image_done;
  wire ${vector(rows)} load_row, loaded;
  wire [15:0] load_data;
  wire        load_idle, load_valid;
  wire [26:0] token;
  wire        token_valid, token_ready;
  wire unused_packets = &{1'b0, load_row, load_data, loaded};  // nothing is stored by row 0
${instance(
  "packet_in",
  "packet_in",
  {
    ROWS: rows,
    TABLE: "TABLE",
    NEEDED: needed,
    COUNT_W: countBits,
    ELEMENT_W: bits,
    FLIGHT_W: Math.ceil(Math.log2(credits + 2)),
  },
  {
    clk: "clk",
    rst: "rst",
    s_axis_tdata: "in_data",
    s_axis_tlast: "in_last",
    s_axis_tvalid: "in_valid",
    s_axis_tready: "in_ready",
    out_header_index: "header_index",
    out_header_data: "header_data",
    out_header_valid: "header_valid",
    out_header_ready: "header_ready",
    out_image_tdata: "image_data",
    out_image_tlast: "image_last",
    out_image_tvalid: "image_valid",
    out_image_tready: "image_ready",
    in_image_done: "image_done",
    out_load_row: "load_row",
    out_load_data: "load_data",
    out_load_idle: "load_idle",
    out_load_valid: "load_valid",
    out_loaded: "loaded",
    out_token: "token",
    out_token_valid: "token_valid",
    out_token_ready: "token_ready",
  },
)}
  // An image a packet: one that TLAST cuts short is filled with zeros, and packet_out drops its results.
  wire ${vector(channels * bits)} feeder_data;
  wire feeder_valid, feeder_done, feeder_tlast, credit_return;
  wire [15:0] short_images;
  wire unused_short = &{1'b0, short_images};  // the answer says so
${instance(
  "image_feeder",
  "feeder",
  {
    LANES: 1,
    SLOT: slot(bits),
    BITS: bits,
    DATA_W: 8,
    COLLECT: channels,
    BEATS: beatsPerImage,
    PACE_BEAT: pace.beat,
    PACE_IMAGE: pace.image,
    ...windows,
    CREDITS: credits,
  },
  {
    clk: "clk",
    rst: "rst",
    s_axis_tdata: bits === 8 ? "image_data" : `{${8 - bits}'d0, image_data}`,
    s_axis_tkeep: "1'b1",
    s_axis_tlast: "image_last",
    s_axis_tvalid: "image_valid",
    s_axis_tready: "image_ready",
    out_data: "feeder_data",
    out_valid: "feeder_valid",
    out_done: "feeder_done",
    out_tlast: "feeder_tlast",
    credit_return: "credit_return",
    short_images: "short_images",
  },
)}
${parts.join("\n")}
  wire [15:0] out_data;
  wire out_last, out_valid, out_ready;
${instance(
  "packet_out",
  "packet_out",
  {
    RESULT_WORDS: loadable.results / 16,
    PAD: `1'b${outputs === 1 && loadable.results === 16 ? 1 : 0}`,
    TOKENS: 16,
    HEADERS: 4,
  },
  {
    clk: "clk",
    rst: "rst",
    in_header_index: "header_index",
    in_header_data: "header_data",
    in_header_valid: "header_valid",
    in_header_ready: "header_ready",
    in_token: "token",
    in_token_valid: "token_valid",
    in_token_ready: "token_ready",
    s_result_tdata: "results_data",
    s_result_tlast: "results_last",
    s_result_tvalid: "results_valid",
    s_result_tready: "results_ready",
    out_image_done: "image_done",
    m_axis_tdata: "out_data",
    m_axis_tlast: "out_last",
    m_axis_tvalid: "out_valid",
    m_axis_tready: "out_ready",
  },
)}
${instance(
  "axis_skid",
  "out",
  {DATA_W: 17},
  {
    clk: "clk",
    rst: "rst",
    s_axis_tdata: "{out_last, out_data}",
    s_axis_tvalid: "out_valid",
    s_axis_tready: "out_ready",
    m_axis_tdata: "{m_axis_tlast, m_axis_tdata}",
    m_axis_tvalid: "m_axis_tvalid",
    m_axis_tready: "m_axis_tready",
  },
)}
endmodule
${footer}`
}

const slot = (bits: number): number => (bits <= 1 ? 1 : bits <= 2 ? 2 : bits <= 4 ? 4 : 8)

/** The top of a core behind header packets: plain Verilog-2001 with the attributes by which Vivado finds the streams. */
export function emitHeaderTop(plan: Plan): string {
  const {name, interval, latency, clockHz, loadable} = plan
  const connections = ["s_axis", "m_axis"].flatMap((bus) =>
    ["tdata", "tlast", "tvalid", "tready"].map((signal) => `    .${`${bus}_${signal}`.padEnd(13)} (${bus}_${signal})`),
  )
  return `${banner(plan, `${name}: header packets in, one answer to each out.`, [
    `${interval} clocks an image (${plan.imagesPerSecond} images/s at ${clockHz / 1e6} MHz); ${latency} clocks from an image's last word to its first`,
    "result where it comes alone. Always running, no control port.",
    "",
    `Both streams carry a 16-bit word a beat. A packet begins with seven words (docs/packets.md): images to`,
    `execute, or weights${loadable?.biases === true ? ", biases" : ""}${loadable?.shifts === true ? ", shifts" : ""} to load. TLAST is on an answer's last word, results are ${loadable?.results ?? 16} bits.`,
  ])}module ${name} (
${clockPorts}

${streamPorts("s_axis", 16)},

${streamPorts("m_axis", 16)}
);

  assign m_axis_tkeep = 2'b11;

  wire unused = &{1'b0, s_axis_tkeep};   // words are whole

  ${name}_core u_core (
    .clk           (aclk),
    .rst           (!aresetn),
${connections.join(",\n")}
  );

endmodule
${footer}`
}
