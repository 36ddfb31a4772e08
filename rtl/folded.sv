// folded: sums of weights and inputs, PE outputs by SIMD inputs a clock, weights from a ROM.
//
// Takes VECTORS vectors of VALUES inputs an image, each in GROUPS x CHUNKS clocks: all inputs of a
// vector for PE outputs, then for the next PE. A vector is taken (in_ready) with its last step.
// A group's sums come out after its last vector. A window of a convolution is an image of one vector.
// Latency of that last step: 4 + FAR + LEVELS clocks.
//
//   in --> chunk --------+--> [x] --> [adder tree] --> [+] --> out
//   ROM address --> ROM -+                              ^ bias, or the group's sum so far
//
// rom_data answers rom_address two clocks later; its word holds weight j of output p at
// [WEIGHT_BITS*(SIMD*p+j) +: WEIGHT_BITS], words in the order of the steps of an image. One bit is a
// sign: 0 adds the input, 1 takes it away.

`default_nettype none

module folded #(
  parameter int VECTORS = 36,
  parameter int VALUES = 16,               // of a vector
  parameter int BITS = 8,                  // of an input
  parameter bit SIGNED = 0,
  parameter int WEIGHT_BITS = 8,
  parameter int PE = 10,
  parameter int SIMD = 1,
  parameter int GROUPS = 1,                // passes of PE outputs
  parameter int CHUNKS = 16,               // steps of SIMD inputs; SIMD * CHUNKS >= VALUES
  parameter int SUM_W = 24,                // bits of a sum, worst case
  parameter bit [GROUPS*PE*SUM_W-1:0] BIAS = '0,
  parameter int ADDRESS_W = 10,            // $clog2(VECTORS * GROUPS * CHUNKS), at least 1
  parameter bit FAR = 0,                   // multipliers are too many to lie near weights and inputs: a clock for the way
  parameter bit DSP = 1,                   // 0: products are sums of shifted inputs, which no tool puts into a multiplier
  parameter int LEVELS = $clog2(SIMD)
) (
  input  wire                            clk,
  input  wire                            rst,          // synchronous, active high
  input  wire [VALUES*BITS-1:0]          in_data,
  input  wire                            in_valid,
  output wire                            in_ready,
  output wire [ADDRESS_W-1:0]            rom_address,
  input  wire [PE*SIMD*WEIGHT_BITS-1:0]  rom_data,
  output wire [PE*SUM_W-1:0]             out_data,     // sum p at [SUM_W*p +: SUM_W]
  output wire                            out_valid
);

  localparam int CHUNK_W  = CHUNKS > 1 ? $clog2(CHUNKS) : 1;
  localparam int GROUP_W  = GROUPS > 1 ? $clog2(GROUPS) : 1;
  localparam int LEAVES   = 1 << LEVELS;
  localparam int PRODUCT  = BITS + 1 + WEIGHT_BITS;

  wire [CHUNK_W-1:0] chunk, next_chunk;
  // Of a sum's clock before: every output has registers of its own for the sum's.
  wire [GROUP_W-1:0] before_group, unused_group;
  wire               before_valid, before_first, before_last;
  folded_control #(
    .VECTORS(VECTORS), .GROUPS(GROUPS), .CHUNKS(CHUNKS), .DELAY(2 + LEVELS + (FAR ? 1 : 0)), .ADDRESS_W(ADDRESS_W)
  ) u_control (
    .clk, .rst, .in_valid, .in_ready,
    .out_chunk (chunk), .out_next_chunk (next_chunk), .out_address (rom_address),
    .sum_valid (before_valid), .sum_first (before_first), .sum_last (before_last), .sum_group (before_group),
    .sum_next_group (unused_group)
  );
  wire unused_control = &{1'b0, next_chunk, unused_group};

  // The inputs of this step, beside the ROM's two clocks.
  wire  [CHUNKS*SIMD*BITS-1:0] padded = (CHUNKS * SIMD * BITS)'(in_data);
  logic [SIMD*BITS-1:0]        x_q, x2_q;
  always_ff @(posedge clk) begin
    x_q  <= padded[SIMD*BITS*chunk +: SIMD*BITS];
    x2_q <= x_q;
  end


  logic [PE*SUM_W-1:0] out_q;
  logic                out_valid_q;
  assign out_data  = out_q;
  assign out_valid = out_valid_q;

  logic ends_q;                            // a sum, with its last product
  always_ff @(posedge clk) begin
    ends_q      <= !rst && before_valid && before_last;
    out_valid_q <= !rst && ends_q;
  end

  // A weight's bits choose what of the input's multiples is added; its highest takes away.
  function signed [PRODUCT-1:0] rows;
    input signed [BITS:0]          x;
    input signed [WEIGHT_BITS-1:0] w;
    rows = '0;
    for (int i = 0; i < WEIGHT_BITS - 1; i++) rows = rows + (w[i] ? PRODUCT'(x) <<< i : '0);
    rows = rows - (w[WEIGHT_BITS-1] ? PRODUCT'(x) <<< (WEIGHT_BITS - 1) : '0);
  endfunction

  for (genvar p = 0; p < PE; p++) begin : gen_pe
    // FAR, an output's multipliers have registers of their own beside them, as everything that all outputs read.
    localparam int ROW = SIMD * WEIGHT_BITS;
    wire [SIMD*BITS-1:0] xs;
    wire [ROW-1:0]       ws;
    if (FAR) begin : gen_far
      logic [SIMD*BITS-1:0] x3_q;
      logic [ROW-1:0]       w_q;
      (* keep *) always_ff @(posedge clk) begin
        x3_q <= x2_q;
        w_q  <= rom_data[ROW*p +: ROW];
      end
      assign {xs, ws} = {x3_q, w_q};
    end else begin : gen_near
      assign {xs, ws} = {x2_q, rom_data[ROW*p +: ROW]};
    end

    // Products, then their sum in pairs, a level a clock; a level holds LEAVES >> v nodes.
    for (genvar v = 0; v <= LEVELS; v++) begin : gen_level
      wire [(LEAVES>>v)*SUM_W-1:0] nodes;
    end
    for (genvar j = 0; j < LEAVES; j++) begin : gen_leaf
      if (j < SIMD) begin : gen_multiply
        wire signed [BITS:0]          x = {SIGNED && xs[BITS*j+BITS-1], xs[BITS*j +: BITS]};
        wire signed [WEIGHT_BITS-1:0] w = ws[WEIGHT_BITS*j +: WEIGHT_BITS];
        logic signed [PRODUCT-1:0]    product_q;
        if (WEIGHT_BITS > 1 && DSP) begin : gen_product
          always_ff @(posedge clk) product_q <= x * w;
        end else if (WEIGHT_BITS > 1) begin : gen_rows
          always_ff @(posedge clk) product_q <= rows(x, w);
        end else begin : gen_sign
          // -x is ~x + 1; alone, its 1 is the carry into the sum.
          wire signed [BITS:0] flipped = x ^ {(BITS+1){w[0]}};
          wire                 carry = SIMD > 1 && w[0];
          always_ff @(posedge clk) product_q <= PRODUCT'(flipped) + PRODUCT'({1'b0, carry});
        end
        assign gen_level[0].nodes[SUM_W*j +: SUM_W] = SUM_W'(product_q);
        wire unused = &{1'b0, product_q};  // wider than a sum whose range is known to be small
      end else begin : gen_none
        assign gen_level[0].nodes[SUM_W*j +: SUM_W] = '0;
      end
    end
    for (genvar v = 1; v <= LEVELS; v++) begin : gen_sums
      for (genvar j = 0; j < (LEAVES >> v); j++) begin : gen_node
        logic [SUM_W-1:0] node_q;
        always_ff @(posedge clk)
          node_q <= gen_level[v-1].nodes[SUM_W*2*j +: SUM_W] + gen_level[v-1].nodes[SUM_W*(2*j+1) +: SUM_W];
        assign gen_level[v].nodes[SUM_W*j +: SUM_W] = node_q;
      end
    end

    // Which of the steps this is reaches every bit of a sum: a copy lies beside it, and tools that see that all are equal keep them.
    logic valid_q, first_q;
    (* keep *) always_ff @(posedge clk) begin
      valid_q <= before_valid;
      first_q <= before_first;
    end
    wire [GROUP_W-1:0] group;
    delay #(.WIDTH(GROUP_W), .CLOCKS(GROUPS > 1 ? 1 : 0), .RESET(0)) u_group (.clk, .rst, .in_data(before_group), .out_data(group));

    wire signed [SUM_W-1:0] partial = gen_level[LEVELS].nodes;
    wire signed [SUM_W-1:0] bias;
    wire signed [SUM_W-1:0] so_far;
    wire signed [SUM_W-1:0] sum;
    if (WEIGHT_BITS == 1 && SIMD == 1) begin : gen_take
      logic take_q;                        // beside product_q: the input is taken away
      always_ff @(posedge clk) take_q <= ws[0];
      wire        unused;
      assign {sum, unused} = {partial, 1'b1} + {first_q ? bias : so_far, take_q};
    end else begin : gen_add
      assign sum = partial + (first_q ? bias : so_far);
    end

    // An address that is a product would be one of hardware: each group's bias is a constant, and the group chooses.
    if (GROUPS == 1) begin : gen_bias
      assign bias = BIAS[SUM_W*p +: SUM_W];
      wire unused = &{1'b0, group};
    end else begin : gen_biases
      logic signed [SUM_W-1:0] chosen;
      always_comb begin
        chosen = '0;
        for (int g = 0; g < GROUPS; g++) if (group == GROUP_W'(g)) chosen = BIAS[SUM_W*(PE*g+p) +: SUM_W];
      end
      assign bias = chosen;
    end

    // A group's steps follow one another where an image is one vector: then no other group's sum is waiting.
    if (GROUPS == 1 || VECTORS == 1) begin : gen_register
      assign so_far = out_q[SUM_W*p +: SUM_W];
      always_ff @(posedge clk) if (valid_q) out_q[SUM_W*p +: SUM_W] <= sum;
    end else begin : gen_memory
      (* ram_style = "distributed" *)
      logic [SUM_W-1:0] sums [0:GROUPS-1];
      assign so_far = sums[group];
      always_ff @(posedge clk) begin
        if (valid_q) sums[group] <= sum;
        out_q[SUM_W*p +: SUM_W] <= sum;
      end
    end
  end

endmodule

`default_nettype wire
