// folded_load: sums of loaded weights and inputs, PE outputs by SIMD inputs a clock.
//
// Takes VECTORS vectors of VALUES inputs an image, each in GROUPS x CHUNKS clocks: all inputs of a
// vector for PE outputs, then for the next PE. A vector is taken (in_ready) with its last step.
// A group's sums come out after its last vector. Latency of that last step: 4 + LEVELS clocks, and 2 more
// where inputs are added in pairs (SIMD > 1).
//
//   in --> chunk --------------+--> [products] --> [adder tree] --> [+] --> out
//   address --> weight_ram ----+                                     ^ bias, or the group's sum so far
//
// PACKED: outputs 2i and 2i+1 share the multiplier of an input (folded_products.sv has how). What the
// second one's numbers lack is paid back as carries of its adders.
//
// rom_data answers rom_address two clocks later; its word holds weight j of output p at
// [8*(SIMD*p+j) +: 8], words in the order of the steps of an image. LOADED: in the order of weight_ram, a
// group's words one after the other; and where a vector's last word has fewer weights than SIMD they are
// the upper ones, and what lies below meets inputs that are 0.

`default_nettype none

module folded_load #(
  parameter int VECTORS = 36,
  parameter int VALUES = 16,               // of a vector
  parameter int BITS = 8,                  // of an input, at most 8
  parameter bit SIGNED = 0,
  parameter int PE = 10,
  parameter int SIMD = 1,
  parameter int GROUPS = 1,                // passes of PE outputs
  parameter int CHUNKS = 16,               // steps of SIMD inputs: $ceil(VALUES / SIMD)
  parameter bit PACKED = 1,
  parameter bit LOADED = 0,                // 1: weights lie as weight_ram stores them
  parameter int SUM_W = 27,                // bits of a sum, worst case of any weights, more than 17 + LEVELS
  parameter int BIAS_W = 26,               // bits of a bias, signed, at most SUM_W
  parameter int ADDRESS_W = 10,            // $clog2(VECTORS * GROUPS * CHUNKS), at least 1
  parameter int NODES = (SIMD + 1) / 2,    // what the tree adds
  parameter int LEVELS = $clog2(NODES)
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
  localparam int UNITS    = PACKED ? (PE + 1) / 2 : PE;
  localparam int PER_UNIT = PACKED ? 2 : 1;
  localparam int NODE_W   = SIMD > 1 ? 17 : 16;

  wire [CHUNK_W-1:0] this_chunk, next_chunk;
  wire               sum_valid, sum_first, sum_last;
  wire [GROUP_W-1:0] sum_group, next_group;
  folded_control #(
    .VECTORS(VECTORS), .GROUPS(GROUPS), .CHUNKS(CHUNKS), .DELAY((SIMD > 1 ? 5 : 3) + LEVELS), .GROUP_MAJOR(LOADED),
    .ADDRESS_W(ADDRESS_W)
  ) u_control (
    .clk, .rst, .in_valid, .in_ready,
    .out_chunk (this_chunk), .out_next_chunk (next_chunk), .out_address (rom_address),
    .sum_valid, .sum_first, .sum_last, .sum_group, .sum_next_group (next_group)
  );
  wire unused_control = &{1'b0, this_chunk, sum_group};  // of one group nothing is asked

  // The inputs of this step, beside the memory's two clocks. LOADED, the last chunk's are moved up to its upper lanes.
  localparam int PADDED = CHUNKS * SIMD * BITS;
  localparam int FULL   = (CHUNKS - 1) * SIMD * BITS;
  localparam bit [PADDED-1:0] LAST = {PADDED{1'b1}} << FULL;
  wire  [PADDED-1:0]    vector = PADDED'(in_data);
  wire  [PADDED-1:0]    padded = LOADED ? (vector & ~LAST) | ((vector & LAST) << (PADDED - VALUES * BITS)) : vector;
  logic [SIMD*BITS-1:0] x_q, x2_q;
  wire  [SIMD*BITS-1:0] chunk;
  choose #(.WIDTH(SIMD * BITS), .COUNT(CHUNKS)) u_chunk (.clk, .in_data(padded), .in_next(next_chunk), .out_data(chunk));
  always_ff @(posedge clk) begin
    x_q  <= chunk;
    x2_q <= x_q;
  end

  wire [PE*BIAS_W-1:0] biases;
  choose #(.WIDTH(PE * BIAS_W), .COUNT(GROUPS)) u_bias (.clk, .in_data(in_bias), .in_next(next_group), .out_data(biases));

  logic [PE*SUM_W-1:0] out_q;
  logic                out_valid_q;
  assign out_data  = out_q;
  assign out_valid = out_valid_q;

  always_ff @(posedge clk) out_valid_q <= !rst && sum_valid && sum_last;

  for (genvar u = 0; u < UNITS; u++) begin : gen_unit
    localparam int FIRST  = PER_UNIT * u;              // output of the lower half
    localparam bit TWO    = PACKED && FIRST + 1 < PE;
    localparam int SECOND = TWO ? FIRST + 1 : FIRST;

    wire [NODES*NODE_W-1:0] lower, upper;
    wire [NODES-1:0]        lacking;
    folded_products #(.BITS(BITS), .SIGNED(SIGNED), .SIMD(SIMD), .TWO(TWO)) u_products (
      .clk,
      .in_data     (x2_q),
      .in_weights  (rom_data[8*SIMD*FIRST +: 8*SIMD]),
      .in_second   (rom_data[8*SIMD*SECOND +: 8*SIMD]),
      .out_data    (lower),
      .out_second  (upper),
      .out_lacking (lacking)
    );

    for (genvar h = 0; h < PER_UNIT; h++) begin : gen_half
      if (FIRST + h < PE) begin : gen_output
        wire signed [NODE_W+LEVELS-1:0] partial;
        wire                            carry;
        folded_tree #(.LEVELS(LEVELS), .LEAVES(NODES), .BITS(NODE_W), .CARRY(h == 1)) u_tree (
          .clk,
          .in_data  (h == 1 ? upper : lower),
          .in_carry (lacking),
          .out_data (partial), .out_carry (carry)
        );

        localparam int P = FIRST + h;
        wire signed [BIAS_W-1:0] bias  = biases[BIAS_W*P +: BIAS_W];
        wire signed [SUM_W-1:0]  so_far;
        wire signed [SUM_W-1:0]  other = sum_first ? SUM_W'(bias) : so_far;
        // partial + other + carry, as a difference, 2 (partial - ~other) + carry - 1: of a sum Yosys may take either
        // number for the data of its carry chain, and other would then be made beside the adder.
        wire [SUM_W:0]           wide  = {SUM_W'(partial), h == 1 && carry} - {~other, 1'b1};
        wire [SUM_W-1:0]         sum   = wide[SUM_W:1];
        wire unused = &{1'b0, wide[0], carry};

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

`ifdef FORMAL
  // The reference adds products as they are written: inputs and weights of a step by their numbers. The
  // proof is together with folded_control's, which ties its counters to the address.
  localparam int F_WAIT = (SIMD > 1 ? 3 : 1) + LEVELS;   // clocks from the weights to the sum
  logic        f_started = 1'b0;
  logic [15:0] f_step;
  wire  [15:0] f_chunk = f_step % 16'(CHUNKS);
  wire  [15:0] f_group = f_step / 16'(CHUNKS) % 16'(GROUPS);
  wire  [15:0] f_vector = f_step / 16'(CHUNKS * GROUPS);

  logic [SIMD*(BITS+1)-1:0] f_x, f_x_q, f_x2_q;
  always_comb begin
    f_x = '0;
    for (int c = 0; c < CHUNKS; c++)
      for (int j = 0; j < SIMD; j++)
        for (int i = 0; i < VALUES; i++)
          if (f_chunk == 16'(c) && i >= c * SIMD && i == c * SIMD + j - (LOADED && c == CHUNKS - 1 ? CHUNKS * SIMD - VALUES : 0))
            f_x[(BITS+1)*j +: BITS+1] = {SIGNED && in_data[BITS*i+BITS-1], in_data[BITS*i +: BITS]};
  end

  // {valid, first, last, group} of a step, and its sums of products, as they move on.
  localparam int F_TAG = 3 + GROUP_W;
  logic [(F_WAIT+2)*F_TAG-1:0]     f_tags;
  logic [F_WAIT*PE*SUM_W-1:0]      f_waiting;
  logic [PE*SUM_W-1:0]             f_products;
  logic [GROUPS*PE*SUM_W-1:0]      f_sums;
  logic [GROUPS-1:0]               f_live;
  logic                            f_out;
  logic [GROUP_W-1:0]              f_out_group;
  always_comb begin
    f_products = '0;
    for (int p = 0; p < PE; p++)
      for (int j = 0; j < SIMD; j++)
        f_products[SUM_W*p +: SUM_W] = f_products[SUM_W*p +: SUM_W]
          + SUM_W'($signed(rom_data[8*(SIMD*p+j) +: 8]) * $signed(f_x2_q[(BITS+1)*j +: BITS+1]));
  end
  wire                f_valid, f_first, f_last;
  wire [GROUP_W-1:0]  f_of;
  assign {f_valid, f_first, f_last, f_of} = f_tags[(F_WAIT+1)*F_TAG +: F_TAG];
  wire [PE*SUM_W-1:0] f_arrived = f_waiting[(F_WAIT-1)*PE*SUM_W +: PE*SUM_W];

  always_ff @(posedge clk) begin
    f_started <= 1'b1;
    if (!f_started) assume (rst);
    if (in_valid) f_step <= f_step == 16'(VECTORS * GROUPS * CHUNKS - 1) ? 16'd0 : f_step + 16'd1;
    f_x_q     <= f_x;
    f_x2_q    <= f_x_q;
    f_tags    <= ((F_WAIT+2)*F_TAG)'({f_tags, in_valid, f_vector == 16'd0 && f_chunk == 16'd0,
                                     f_vector == 16'(VECTORS - 1) && f_chunk == 16'(CHUNKS - 1), GROUP_W'(f_group)});
    f_waiting <= (F_WAIT*PE*SUM_W)'({f_waiting, f_products});
    f_out       <= f_valid && f_last && !rst;
    f_out_group <= f_of;
    for (int g = 0; g < GROUPS; g++)
      if (f_valid && 32'(f_of) == g) begin
        if (f_first) f_live[g] <= 1'b1;
        for (int p = 0; p < PE; p++)
          f_sums[SUM_W*(PE*g+p) +: SUM_W] <= f_arrived[SUM_W*p +: SUM_W]
            + (f_first ? SUM_W'($signed(in_bias[BIAS_W*(PE*g+p) +: BIAS_W])) : f_sums[SUM_W*(PE*g+p) +: SUM_W]);
      end
    if (rst) begin
      f_step <= 16'd0;
      f_tags <= '0;
      f_live <= '0;
    end
    if (f_started) begin
      assert (f_step < 16'(VECTORS * GROUPS * CHUNKS));
      assert (16'(rom_address) == (LOADED ? (f_group * 16'(VECTORS) + f_vector) * 16'(CHUNKS) + f_chunk : f_step));
      assert (out_valid == f_out);
      for (int g = 0; g < GROUPS; g++)
        if (out_valid && 32'(f_out_group) == g && f_live[g]) assert (out_data == f_sums[SUM_W*PE*g +: SUM_W*PE]);
    end
  end
  for (genvar p = 0; p < PE; p++) begin : gen_formal
    localparam int U = p / PER_UNIT;
    localparam int H = p % PER_UNIT;
    for (genvar g = 0; g < GROUPS; g++) begin : gen_group
      always_ff @(posedge clk) if (f_started && f_live[g]) begin
        if (GROUPS == 1) assert (out_q[SUM_W*p +: SUM_W] == f_sums[SUM_W*p +: SUM_W]);
        else assert (gen_unit[U].gen_half[H].gen_output.gen_memory.sums[g] == f_sums[SUM_W*(PE*g+p) +: SUM_W]);
      end
    end
  end
`endif

endmodule

`default_nettype wire
