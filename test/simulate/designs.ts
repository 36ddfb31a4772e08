import type {Design} from "../../src/graph/design.ts"
import type {IntegerNetwork} from "../../src/graph/integer.ts"

/**
 * A stand-in for an accelerator: 5x5 windows over rows of `row` bytes, `channels` constant kernels, per channel the sum of all
 * relu'd windows of an image, then that many result words through a FIFO memory, TLAST with the last result of the image
 * that received it. Counts short images like the real top.
 */
export function convolution({
  row = 28,
  rows = 28,
  channels = 4,
}: {
  row?: number
  rows?: number
  channels?: number
} = {}): Design {
  const weight = (c: number, t: number) => ((c * 37 + t * 53 + 11) % 61) - 30
  const depth = 4 * row + 5
  const sum = (c: number) =>
    Array.from({length: 25}, (_, t) => {
      const [y, x] = [Math.floor(t / 5), t % 5]
      const tap = (4 - y) * row + (4 - x)
      const w = weight(c, t)
      return `${w < 0 ? "-" : "+"} $signed({1'b0, window_q[${8 * tap} +: 8]}) * ${Math.abs(w)}`
    }).join("\n      ")
  const source = `\`default_nettype none
module top (
  input wire aclk, input wire aresetn,
  input wire [7:0] s_axis_tdata, input wire [0:0] s_axis_tkeep, input wire s_axis_tlast, input wire s_axis_tvalid, output wire s_axis_tready,
  output wire [31:0] m_axis_tdata, output wire [3:0] m_axis_tkeep, output wire m_axis_tlast, output wire m_axis_tvalid, input wire m_axis_tready,
  output wire [15:0] short_images
);
  wire rst = !aresetn;
  reg [${8 * depth - 1}:0] window_q = 0;
  reg [15:0] column_q = 0, line_q = 0;
  reg taken_q = 0, taken2_q = 0, done_q = 0, done2_q = 0, last_q = 0, last2_q = 0, fits_q = 0;
  reg [15:0] short_q = 0;
  reg [3:0] head_q = 0, tail_q = 0, level_q = 0;
  reg [3:0] emit_q = 0;
  reg busy_q = 0, emit_last_q = 0;
  reg [32:0] fifo [0:15];
  assign s_axis_tready = !busy_q && level_q < 8 && !taken_q && !taken2_q || (!done_q && !done2_q && !busy_q && level_q < 8 && column_q < ${row - 2});
  wire take = s_axis_tvalid && s_axis_tready;
  wire line_end = column_q == ${row - 1};
  wire image_end = line_end && line_q == ${rows - 1};
  always @(posedge aclk) begin
    taken_q <= take;
    taken2_q <= taken_q && fits_q;
    done_q <= take && (image_end || s_axis_tlast);
    done2_q <= done_q && !rst;
    last_q <= s_axis_tlast;
    last2_q <= last_q;
    if (take) begin
      window_q <= {window_q[${8 * depth - 9}:0], s_axis_tdata};
      fits_q <= column_q >= 4 && line_q >= 4;
      column_q <= line_end || s_axis_tlast ? 0 : column_q + 1;
      if (line_end || s_axis_tlast) line_q <= image_end || s_axis_tlast ? 0 : line_q + 1;
      if (s_axis_tlast && !image_end) short_q <= short_q + 1;
    end
    if (rst) begin column_q <= 0; line_q <= 0; taken_q <= 0; done_q <= 0; short_q <= 0; end
  end
${Array.from(
  {length: channels},
  (_, c) => `  reg signed [23:0] sum${c}_q = 0;
  reg [31:0] total${c}_q = 0;
  wire signed [23:0] conv${c} = 0 ${sum(c)};
  always @(posedge aclk) begin
    if (taken_q) sum${c}_q <= conv${c};
    if (done2_q && !busy_q) total${c}_q <= taken2_q && !sum${c}_q[23] ? total${c}_q + sum${c}_q[22:0] : total${c}_q;
    else if (taken2_q && !sum${c}_q[23]) total${c}_q <= total${c}_q + sum${c}_q[22:0];
    if (rst || (busy_q && emit_q == ${channels})) total${c}_q <= 0;
  end`,
).join("\n")}
  reg [31:0] word;
  always @* case (emit_q)
${Array.from({length: channels}, (_, c) => `    ${c}: word = total${c}_q;`).join("\n")}
    default: word = 0;
  endcase
  wire push = busy_q && emit_q < ${channels} && level_q < 12;
  wire pop = m_axis_tvalid && m_axis_tready;
  always @(posedge aclk) begin
    if (done2_q) begin busy_q <= 1; emit_last_q <= last2_q; emit_q <= 0; end
    else if (busy_q && emit_q == ${channels}) busy_q <= 0;
    else if (push) emit_q <= emit_q + 1;
    if (push) begin fifo[head_q] <= {emit_last_q && emit_q == ${channels - 1}, word}; head_q <= head_q + 1; end
    if (pop) tail_q <= tail_q + 1;
    level_q <= level_q + push - pop;
    if (rst) begin busy_q <= 0; head_q <= 0; tail_q <= 0; level_q <= 0; end
  end
  assign m_axis_tvalid = level_q != 0;
  assign {m_axis_tlast, m_axis_tdata} = fifo[tail_q];
  assign m_axis_tkeep = 4'hf;
  assign short_images = short_q;
endmodule
\`default_nettype wire
`
  return {top: "top", files: {"top.v": source}}
}

/** A bug to put into denseCore, which verify must find. */
export type Fault =
  | "weight"
  | "withdraw"
  | "unstable"
  | "tlast"
  | "tkeep"
  | "padding"
  | "reset"
  | "slow"
  | "hang"
  | "extra"

export const denseNetwork: IntegerNetwork = {
  name: "tiny",
  input: {shape: {height: 4, width: 4, channels: 1}, format: {bits: 8, signed: false, fraction: 8}},
  layers: [
    {
      kind: "flatten",
      name: "flatten",
      inputs: ["input"],
      output: {shape: {height: 1, width: 1, channels: 16}, format: {bits: 8, signed: false, fraction: 8}},
    },
    {
      kind: "dense",
      name: "dense",
      inputs: ["flatten"],
      output: {shape: {height: 1, width: 1, channels: 3}, format: {bits: 18, signed: true, fraction: 15}},
      weights: Int8Array.from({length: 48}, (_, i) => ((i * 41 + 13) % 121) - 60),
      weightBits: 8,
      weightFractions: [7, 7, 7],
      bias: Int32Array.from([100, -200, 0]),
    },
  ],
}

/** The smallest honest accelerator: a dense layer, one multiplier an output, images one at a time. */
export function denseCore(fault?: Fault): Design {
  const dense = denseNetwork.layers[1]
  if (dense?.kind !== "dense") throw new Error("denseNetwork changed")
  const weights = [...dense.weights]
  if (fault === "weight") weights[16 + 5] = 7
  const sums = [0, 1, 2].map((o) => {
    const rom = Array.from({length: 16}, (_, i) => `      ${i}: w${o} = ${weights[o * 16 + i]};`).join("\n")
    return `  reg signed [7:0] w${o};
  always @* case (index_q)
${rom}
      default: w${o} = 0;
    endcase
  reg signed [31:0] sum${o}_q = 0;
  always @(posedge aclk) if (take) sum${o}_q <= (index_q == 0 ? ${dense.bias[o]} : sum${o}_q) + $signed({1'b0, s_axis_tdata}) * w${o};`
  })
  const text = `module top (
  input wire aclk, input wire aresetn,
  input wire [7:0] s_axis_tdata, input wire [0:0] s_axis_tkeep, input wire s_axis_tlast, input wire s_axis_tvalid, output wire s_axis_tready,
  output wire [31:0] m_axis_tdata, output wire [3:0] m_axis_tkeep, output wire m_axis_tlast, output wire m_axis_tvalid, input wire m_axis_tready,
  output wire [15:0] short_images
);
  reg [3:0] index_q = 0;
  reg [1:0] emit_q = 0;
  reg [2:0] wait_q = 0;
  reg emitting_q = 0, last_q = 0, seen_q = 0;
  reg [15:0] short_q = 0;
  assign s_axis_tready = !emitting_q${fault === "hang" ? " && short_q == 0 && !seen_q" : ""};
  wire take = s_axis_tvalid && s_axis_tready;
  wire ends = ${fault === "padding" ? "index_q == 15" : "s_axis_tlast || index_q == 15"};
${sums.join("\n")}
  wire fire = m_axis_tvalid && m_axis_tready;
  wire done = fire && emit_q == ${fault === "extra" ? "2 + short_q[0]" : "2"};
  always @(posedge aclk) begin
    if (take) begin
      index_q <= ends ? 0 : index_q + 1;
      if (ends) begin emitting_q <= 1; last_q <= s_axis_tlast; seen_q <= 1; end
      if (s_axis_tlast && index_q != 15) short_q <= short_q + 1;
    end
    wait_q <= emitting_q ? wait_q + (wait_q != 7) : 0;
    if (fire) emit_q <= done ? 0 : emit_q + 1;
    if (done) emitting_q <= 0;
    if (!aresetn) begin ${fault === "reset" ? "" : "index_q <= 0; "}emit_q <= 0; emitting_q <= 0; short_q <= 0; seen_q <= 0; end
  end
  reg [1:0] turn_q = 0;
  always @(posedge aclk) turn_q <= turn_q + 1;
  assign m_axis_tvalid = emitting_q${fault === "withdraw" ? " && turn_q != 2" : ""}${fault === "slow" ? " && wait_q >= 3" : ""};
  assign m_axis_tdata = (emit_q == 0 ? sum0_q : emit_q == 1 ? sum1_q : sum2_q)${fault === "unstable" ? " ^ (turn_q == 1 && !m_axis_tready)" : ""};
  assign m_axis_tlast = emit_q == ${fault === "tlast" ? "1" : "2"} && last_q;
  assign m_axis_tkeep = ${fault === "tkeep" ? "emit_q == 2 ? 4'h7 : 4'hf" : "4'hf"};
  assign short_images = short_q;
endmodule
`
  const probe = {layer: "dense", valid: "fire", data: "m_axis_tdata", channels: 1, bits: 32, signed: true}
  return {top: "top", files: {"top.v": text}, probes: [probe]}
}
