// mean: sums of blocks to their means, UNITS channels a clock, STEPS clocks a vector.
//
//   in --> choose UNITS --> times a constant, in TERMS shifts and adds --> round, overflow --> gather --> out
//
// The constant is the sum of +-2^SHIFTS. A term with NEGATE is its complement, less 2^SHIFT than its negative: BIAS, or with
// DIVIDE COMPLEMENT, has the sum of those. DIVIDE 0: the product requantised. DIVIDE 1: LiteRT's mean, half away from
// zero: x = in - OFFSET, out = sign(x) * ((|x| + HALF) * constant >> SHIFT) + ZERO, the constant a reciprocal that is exact.
//
// in_data stays for STEPS clocks after in_valid, which comes at most so often. Latency: STEPS + 3 + LEVELS clocks.

`default_nettype none

module mean #(
  parameter int CHANNELS = 16,
  parameter int UNITS = 1,                 // channels a clock
  parameter int STEPS = 16,                // UNITS * STEPS >= CHANNELS
  parameter int SUM_W = 12,                // bits of a sum
  parameter bit SIGNED = 0,
  parameter int TERMS = 2,
  parameter bit [6*TERMS-1:0] SHIFTS = '0, // of each term, the first lowest
  parameter bit [TERMS-1:0] NEGATE = '0,
  parameter int PRODUCT_W = 28,            // bits that hold every product, signed
  parameter int COMPLEMENT = 0,
  parameter bit DIVIDE = 0,
  parameter bit signed [33:0] OFFSET = 34'sd0,
  parameter int HALF = 0,
  parameter int ZERO = 0,
  parameter int SHIFT = 16,
  parameter int ROOM = 30,                 // as requantise
  parameter bit signed [33:0] BIAS = 34'sd0,
  parameter int ROUNDING = 0,
  parameter bit RELU = 1,
  parameter bit WRAP = 0,
  parameter int OUT_BITS = 8,
  parameter bit OUT_SIGNED = 0,
  parameter int LEVELS = $clog2(TERMS)
) (
  input  wire                         clk,
  input  wire                         rst,         // synchronous, active high
  input  wire [CHANNELS*SUM_W-1:0]    in_data,
  input  wire                         in_valid,
  output wire [CHANNELS*OUT_BITS-1:0] out_data,    // channel c at [OUT_BITS*c +: OUT_BITS]
  output wire                         out_valid
);

  localparam int STEP_W = STEPS > 1 ? $clog2(STEPS) : 1;
  localparam int LEAVES = 1 << LEVELS;
  localparam int X_W    = SUM_W + 2;               // a sum, less its offset, and a sign

  // What each step takes, a power of two apart: so that choosing is multiplexers.
  localparam int TAKEN = UNITS * SUM_W;
  localparam int APART = $clog2(TAKEN);
  localparam int SLOT  = 1 << APART;
  wire [STEPS*TAKEN-1:0] padded = (STEPS * TAKEN)'(in_data);
  wire [STEPS*SLOT-1:0]  spaced;
  for (genvar s = 0; s < STEPS; s++) begin : gen_spaced
    assign spaced[SLOT*s +: SLOT] = SLOT'(padded[TAKEN*s +: TAKEN]);
  end

  // A step a clock from in_valid on.
  logic [STEP_W-1:0] step_q;
  wire               busy = in_valid || step_q != '0;
  wire               last = step_q == STEP_W'(STEPS - 1);
  always_ff @(posedge clk) begin
    if (busy) step_q <= last ? '0 : step_q + 1'b1;
    if (rst) step_q <= '0;
  end

  // {a step's results come, the last}: beside two clocks, the levels, and the rounding.
  wire done, done_last;
  delay #(.WIDTH(2), .CLOCKS(LEVELS + 3)) u_done (
    .clk, .rst, .in_data({busy, busy && last}), .out_data({done, done_last})
  );

  wire [UNITS*OUT_BITS-1:0] results;
  for (genvar u = 0; u < UNITS; u++) begin : gen_unit
    wire        [TAKEN-1:0]       chosen = spaced[{step_q, {APART{1'b0}}} +: TAKEN];
    wire        [SUM_W-1:0]       sum    = chosen[SUM_W*u +: SUM_W];
    wire signed [X_W-1:0]         x      = {{2{SIGNED && sum[SUM_W-1]}}, sum};
    logic signed [X_W-1:0]        x_q;
    wire unused = &{1'b0, chosen};

    wire signed [PRODUCT_W-1:0] product;
    for (genvar v = 0; v <= LEVELS; v++) begin : gen_level
      wire [(LEAVES>>v)*PRODUCT_W-1:0] nodes;
    end
    for (genvar j = 0; j < LEAVES; j++) begin : gen_term
      if (j < TERMS) begin : gen_shift
        wire signed [PRODUCT_W-1:0] wide = PRODUCT_W'(x_q);
        wire signed [PRODUCT_W-1:0] term = NEGATE[j] ? ~wide : wide;
        assign gen_level[0].nodes[PRODUCT_W*j +: PRODUCT_W] = term <<< SHIFTS[6*j +: 6];
      end else begin : gen_none
        assign gen_level[0].nodes[PRODUCT_W*j +: PRODUCT_W] = '0;
      end
    end
    for (genvar v = 1; v <= LEVELS; v++) begin : gen_sums
      for (genvar j = 0; j < (LEAVES >> v); j++) begin : gen_node
        logic [PRODUCT_W-1:0] node_q;
        always_ff @(posedge clk)
          node_q <= gen_level[v-1].nodes[PRODUCT_W*2*j +: PRODUCT_W] + gen_level[v-1].nodes[PRODUCT_W*(2*j+1) +: PRODUCT_W];
        assign gen_level[v].nodes[PRODUCT_W*j +: PRODUCT_W] = node_q;
      end
    end
    assign product = gen_level[LEVELS].nodes;

    if (!DIVIDE) begin : gen_requantise
      always_ff @(posedge clk) x_q <= x;
      requantise #(
        .IN_W(PRODUCT_W), .ROOM(ROOM), .BIAS(BIAS), .SHIFT(SHIFT), .ROUNDING(ROUNDING), .RELU(RELU), .WRAP(WRAP),
        .OUT_BITS(OUT_BITS), .OUT_SIGNED(OUT_SIGNED)
      ) u_requantise (
        .clk, .in_data (product), .out_data (results[OUT_BITS*u +: OUT_BITS])
      );
    end else begin : gen_divide
      logic signed [X_W-1:0]   away_q;             // from the offset
      logic [OUT_BITS-1:0]     result_q;
      wire                     negative;
      delay #(.WIDTH(1), .CLOCKS(LEVELS + 1), .RESET(0)) u_sign (
        .clk, .rst, .in_data(away_q < 0), .out_data(negative)
      );
      wire [PRODUCT_W-1:0] whole    = product + PRODUCT_W'(COMPLEMENT);
      wire [PRODUCT_W-1:0] quotient = whole >> SHIFT;
      wire [PRODUCT_W-1:0] back     = PRODUCT_W'(ZERO) + (negative ? -quotient : quotient);
      always_ff @(posedge clk) begin
        away_q   <= x - X_W'(OFFSET);
        x_q      <= (away_q < 0 ? -away_q : away_q) + X_W'(HALF);
        result_q <= RELU && back[PRODUCT_W-1] ? '0 : OUT_BITS'(back);
      end
      assign results[OUT_BITS*u +: OUT_BITS] = result_q;
      wire unused_back = &{1'b0, back};
    end
  end

  // First results lowest.
  logic [STEPS*UNITS*OUT_BITS-1:0] gathered_q;
  logic                            valid_q;
  assign out_data  = (CHANNELS * OUT_BITS)'(gathered_q);
  assign out_valid = valid_q;
  if (STEPS == 1) begin : gen_whole
    always_ff @(posedge clk) if (done) gathered_q <= results;
  end else begin : gen_gather
    always_ff @(posedge clk) if (done) gathered_q <= {results, gathered_q[STEPS*UNITS*OUT_BITS-1 : UNITS*OUT_BITS]};
  end
  always_ff @(posedge clk) valid_q <= !rst && done_last;
  wire unused = &{1'b0, gathered_q};

endmodule

`default_nettype wire
