// folded_load: sums of loaded weights and inputs, PE outputs by SIMD inputs a clock.
//
// Takes VECTORS vectors of VALUES inputs an image, each in GROUPS x CHUNKS clocks: all inputs of a
// vector for PE outputs, then for the next PE. A vector is taken (in_ready) with its last step.
// A group's sums come out after its last vector. Latency of that last step: 4 + LEVELS clocks.
//
//   in --> chunk --------------+--> [x] --> [adder tree] --> [+] --> out
//   address --> weight_ram ----+                              ^ bias, or the group's sum so far
//
// PACKED: outputs 2i and 2i+1 share the multiplier of an input. Its pre-adder makes (w1 << 16) + w0:
//
//   ((w1 << 16) + w0) * x  =  w1*x << 16  +  w0*x           both products are 16 bits, signed
//
// so the lower half is w0*x, and the upper is w1*x, less 1 where w0*x < 0. That 1 is paid back in the
// adder tree as a carry in: SIMD products have SIMD - 1 adders and the sum so far, one carry for each.
//
// rom_data answers rom_address two clocks later; its word holds weight j of output p at
// [8*(SIMD*p+j) +: 8], words in the order of the steps of an image.

`default_nettype none

module folded_load #(
  parameter int VECTORS = 36,
  parameter int VALUES = 16,               // of a vector
  parameter int BITS = 8,                  // of an input, at most 8
  parameter bit SIGNED = 0,
  parameter int PE = 10,
  parameter int SIMD = 1,
  parameter int GROUPS = 1,                // passes of PE outputs
  parameter int CHUNKS = 16,               // steps of SIMD inputs; SIMD * CHUNKS >= VALUES
  parameter bit PACKED = 1,
  parameter int SUM_W = 27,                // bits of a sum, worst case of any weights, more than 16 + LEVELS
  parameter int BIAS_W = 26,               // bits of a bias, signed, at most SUM_W
  parameter int ADDRESS_W = 10,            // $clog2(VECTORS * GROUPS * CHUNKS), at least 1
  parameter int LEVELS = $clog2(SIMD)
) (
  input  wire                         clk,
  input  wire                         rst,             // synchronous, active high
  input  wire [VALUES*BITS-1:0]       in_data,
  input  wire                         in_valid,
  output wire                         in_ready,
  output wire [ADDRESS_W-1:0]         rom_address,
  input  wire [PE*SIMD*8-1:0]         rom_data,
  input  wire [GROUPS*PE*BIAS_W-1:0]  in_bias,         // output o at [BIAS_W*o +: BIAS_W]
  output wire [PE*SUM_W-1:0]          out_data,        // sum p at [SUM_W*p +: SUM_W]
  output wire                         out_valid
);

  localparam int CHUNK_W  = CHUNKS > 1 ? $clog2(CHUNKS) : 1;
  localparam int GROUP_W  = GROUPS > 1 ? $clog2(GROUPS) : 1;
  localparam int VECTOR_W = VECTORS > 1 ? $clog2(VECTORS) : 1;
  localparam int TAG_W    = 3 + GROUP_W;
  localparam int LEAVES   = 1 << LEVELS;
  localparam int UNITS    = PACKED ? (PE + 1) / 2 : PE;
  localparam int PER_UNIT = PACKED ? 2 : 1;

  logic [CHUNK_W-1:0]   chunk_q;
  logic [GROUP_W-1:0]   group_q;
  logic [VECTOR_W-1:0]  vector_q;
  logic [ADDRESS_W-1:0] address_q;

  wire chunk_ends  = chunk_q == CHUNK_W'(CHUNKS - 1);
  wire group_ends  = group_q == GROUP_W'(GROUPS - 1);
  wire vector_ends = vector_q == VECTOR_W'(VECTORS - 1);

  assign in_ready    = chunk_ends && group_ends;
  assign rom_address = address_q;

  always_ff @(posedge clk) begin
    if (in_valid) begin
      chunk_q <= chunk_ends ? '0 : chunk_q + 1'b1;
      if (chunk_ends) group_q <= group_ends ? '0 : group_q + 1'b1;
      if (chunk_ends && group_ends) vector_q <= vector_ends ? '0 : vector_q + 1'b1;
      address_q <= chunk_ends && group_ends && vector_ends ? '0 : address_q + 1'b1;
    end
    if (rst) begin
      chunk_q   <= '0;
      group_q   <= '0;
      vector_q  <= '0;
      address_q <= '0;
    end
  end

  // The inputs of this step, beside the memory's two clocks.
  wire  [CHUNKS*SIMD*BITS-1:0] padded = (CHUNKS * SIMD * BITS)'(in_data);
  logic [SIMD*BITS-1:0]        x_q, x2_q;
  wire  [SIMD*BITS-1:0]        chunk;
  logic [CHUNKS-1:0]           select_q;             // chunk_q, one hot
  choose #(.WIDTH(SIMD * BITS), .COUNT(CHUNKS)) u_chunk (.in_data(padded), .in_select(select_q), .out_data(chunk));
  always_ff @(posedge clk) begin
    if (in_valid) select_q <= CHUNKS'({select_q, chunk_ends});
    if (rst)      select_q <= CHUNKS'(1);
    x_q  <= chunk;
    x2_q <= x_q;
  end

  // {valid, first of the sum, last of the sum, group}, to the clock in which the sum is added.
  wire [TAG_W-1:0] next_tag, tag;
  delay #(.WIDTH(TAG_W), .CLOCKS(2 + LEVELS)) u_tag (
    .clk, .rst,
    .in_data  ({in_valid, vector_q == '0 && chunk_q == '0, vector_ends && chunk_ends, group_q}),
    .out_data (next_tag)
  );
  delay #(.WIDTH(TAG_W), .CLOCKS(1)) u_next_tag (.clk, .rst, .in_data(next_tag), .out_data(tag));
  wire [GROUP_W-1:0] next_group = next_tag[GROUP_W-1:0];
  wire               sum_valid = tag[GROUP_W+2];
  wire               sum_first = tag[GROUP_W+1];
  wire               sum_last  = tag[GROUP_W];
  wire [GROUP_W-1:0] sum_group = tag[GROUP_W-1:0];
  wire               unused_group = &{1'b0, sum_group};  // of one group nothing is asked

  wire [PE*BIAS_W-1:0] biases;
  logic [GROUPS-1:0]   group_select_q;                  // sum_group, one hot
  choose #(.WIDTH(PE * BIAS_W), .COUNT(GROUPS)) u_bias (.in_data(in_bias), .in_select(group_select_q), .out_data(biases));

  logic [PE*SUM_W-1:0] out_q;
  logic                out_valid_q;
  assign out_data  = out_q;
  assign out_valid = out_valid_q;

  always_ff @(posedge clk) begin
    out_valid_q    <= !rst && sum_valid && sum_last;
    group_select_q <= GROUPS'(1) << next_group;
  end

  for (genvar u = 0; u < UNITS; u++) begin : gen_unit
    localparam int FIRST = PER_UNIT * u;               // output of the lower half
    localparam bit PAIR  = PACKED && FIRST + 1 < PE;

    // Products, the upper half's with the 1 it lacks beside them.
    wire [LEAVES*16-1:0] lower, upper;
    wire [LEAVES-1:0]    lacking;
    for (genvar j = 0; j < LEAVES; j++) begin : gen_leaf
      if (j < SIMD) begin : gen_multiply
        wire signed [BITS:0] x  = {SIGNED && x2_q[BITS*j+BITS-1], x2_q[BITS*j +: BITS]};
        wire signed [7:0]    w0 = rom_data[8*(SIMD*FIRST+j) +: 8];
        if (PAIR) begin : gen_pair
          wire signed [7:0]   w1   = rom_data[8*(SIMD*(FIRST+1)+j) +: 8];
          wire signed [24:0]  high = {w1[7], w1, 16'd0};
          wire signed [24:0]  low  = 25'(w0);
          wire signed [24:0]  both = high + low;
          logic signed [33:0] product_q;
          always_ff @(posedge clk) product_q <= both * x;
          assign lower[16*j +: 16] = product_q[15:0];
          assign upper[16*j +: 16] = product_q[31:16];
          assign lacking[j]        = product_q[15];
          wire unused = &{1'b0, product_q[33:32]};     // copies of the sign
        end else begin : gen_single
          logic signed [16:0] product_q;
          always_ff @(posedge clk) product_q <= 17'(w0 * x);
          assign lower[16*j +: 16] = product_q[15:0];
          assign upper[16*j +: 16] = '0;
          assign lacking[j]        = 1'b0;
          wire unused = &{1'b0, product_q[16]};
        end
      end else begin : gen_none
        assign lower[16*j +: 16] = '0;
        assign upper[16*j +: 16] = '0;
        assign lacking[j]        = 1'b0;
      end
    end

    for (genvar h = 0; h < PER_UNIT; h++) begin : gen_half
      if (FIRST + h < PE) begin : gen_output
        wire signed [15+LEVELS:0] partial;
        wire                      carry;
        folded_tree #(.LEVELS(LEVELS), .LEAVES(SIMD), .BITS(16), .CARRY(h == 1)) u_tree (
          .clk,
          .in_data  (h == 1 ? upper : lower),
          .in_carry (lacking),
          .out_data (partial), .out_carry (carry)
        );

        localparam int P = FIRST + h;
        wire signed [BIAS_W-1:0] bias  = biases[BIAS_W*P +: BIAS_W];
        wire signed [SUM_W-1:0]  so_far;
        wire signed [SUM_W-1:0]  other = sum_first ? SUM_W'(bias) : so_far;
        wire signed [SUM_W-1:0]  sum;
        if (h == 1) begin : gen_carry
          wire signed [SUM_W:0] wide = {SUM_W'(partial), 1'b1} + {other, carry};
          assign sum = wide[SUM_W:1];
          wire unused = &{1'b0, wide[0]};
        end else begin : gen_plain
          assign sum = SUM_W'(partial) + other;
          wire unused = &{1'b0, carry};
        end

        if (GROUPS == 1) begin : gen_register
          assign so_far = out_q[SUM_W*P +: SUM_W];
          always_ff @(posedge clk) if (sum_valid) out_q[SUM_W*P +: SUM_W] <= sum;
        end else begin : gen_memory
          (* ram_style = "distributed" *)
          logic [SUM_W-1:0] sums [0:GROUPS-1];
          assign so_far = sums[sum_group];
          always_ff @(posedge clk) begin
            if (sum_valid) sums[sum_group] <= sum;
            out_q[SUM_W*P +: SUM_W] <= sum;
          end
        end
      end
    end
  end

endmodule

`default_nettype wire
