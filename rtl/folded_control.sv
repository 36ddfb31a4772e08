// folded_control: the steps of a folded engine, and which of them end a sum.
//
// VECTORS vectors an image, each in GROUPS x CHUNKS steps; a step a clock while in_valid. A vector is
// taken (in_ready) with its last step. The sum_* describe the step of DELAY clocks ago, when its products
// are added; sum_next_group is sum_group of the next clock.
//
//   image = VECTORS x [ GROUPS x [ CHUNKS x step ] ]
//
// Weights lie in memory in the order of the steps, or, GROUP_MAJOR, all of a group together: then a
// group's words are one after the other as vectors and chunks are.

`default_nettype none

module folded_control #(
  parameter int VECTORS = 36,
  parameter int GROUPS = 1,
  parameter int CHUNKS = 16,
  parameter int DELAY = 4,                 // clocks, 2 or more
  parameter bit GROUP_MAJOR = 0,
  parameter int ADDRESS_W = 10,            // $clog2(VECTORS * GROUPS * CHUNKS), at least 1
  parameter int CHUNK_W = CHUNKS > 1 ? $clog2(CHUNKS) : 1,
  parameter int GROUP_W = GROUPS > 1 ? $clog2(GROUPS) : 1
) (
  input  wire                 clk,
  input  wire                 rst,            // synchronous, active high
  input  wire                 in_valid,
  output wire                 in_ready,
  output wire [CHUNK_W-1:0]   out_chunk,      // of this step's vector
  output wire [CHUNK_W-1:0]   out_next_chunk, // of the next clock
  output wire [ADDRESS_W-1:0] out_address,
  output wire                 sum_valid,
  output wire                 sum_first,      // starts a sum
  output wire                 sum_last,       // ends it
  output wire [GROUP_W-1:0]   sum_group,
  output wire [GROUP_W-1:0]   sum_next_group
);

  localparam int VECTOR_W = VECTORS > 1 ? $clog2(VECTORS) : 1;
  localparam int TAG_W    = 3 + GROUP_W;

  // From a step to the next, modulo 2^ADDRESS_W: within a group, to the next group, to the next vector.
  localparam bit [ADDRESS_W-1:0] TO_GROUP  = GROUP_MAJOR ? ADDRESS_W'(VECTORS * CHUNKS - CHUNKS + 1) : ADDRESS_W'(1);
  localparam bit [ADDRESS_W-1:0] TO_VECTOR = GROUP_MAJOR ? ADDRESS_W'(1 - (GROUPS - 1) * VECTORS * CHUNKS) : ADDRESS_W'(1);

  logic [CHUNK_W-1:0]   chunk_q;
  logic [GROUP_W-1:0]   group_q;
  logic [VECTOR_W-1:0]  vector_q;
  logic [ADDRESS_W-1:0] address_q;

  wire chunk_ends  = chunk_q == CHUNK_W'(CHUNKS - 1);
  wire group_ends  = group_q == GROUP_W'(GROUPS - 1);
  wire vector_ends = vector_q == VECTOR_W'(VECTORS - 1);

  assign in_ready       = chunk_ends && group_ends;
  assign out_chunk      = chunk_q;
  assign out_next_chunk = rst ? '0 : !in_valid ? chunk_q : chunk_ends ? '0 : chunk_q + 1'b1;
  assign out_address    = address_q;

  always_ff @(posedge clk) begin
    chunk_q <= out_next_chunk;
    if (in_valid) begin
      if (chunk_ends) group_q <= group_ends ? '0 : group_q + 1'b1;
      if (in_ready) vector_q <= vector_ends ? '0 : vector_q + 1'b1;
      address_q <= in_ready && vector_ends ? '0 : address_q + (in_ready ? TO_VECTOR : chunk_ends ? TO_GROUP : ADDRESS_W'(1));
    end
    if (rst) begin
      group_q   <= '0;
      vector_q  <= '0;
      address_q <= '0;
    end
  end

  // A constant where there is one group, so that nothing is chosen by it.
  wire [GROUP_W-1:0] group = GROUPS > 1 ? group_q : '0;
  wire [TAG_W-1:0]   next_tag, tag;
  delay #(.WIDTH(TAG_W), .CLOCKS(DELAY - 1)) u_next_tag (
    .clk, .rst,
    .in_data  ({in_valid, vector_q == '0 && chunk_q == '0, vector_ends && chunk_ends, group}),
    .out_data (next_tag)
  );
  delay #(.WIDTH(TAG_W), .CLOCKS(1)) u_tag (.clk, .rst, .in_data(next_tag), .out_data(tag));
  assign {sum_valid, sum_first, sum_last, sum_group} = tag;
  assign sum_next_group = next_tag[GROUP_W-1:0];

`ifdef FORMAL
  // The reference is one number: the step of the image. Everything else follows from it by division.
  localparam int F_STEPS = VECTORS * GROUPS * CHUNKS;
  logic        f_started = 1'b0;
  logic [15:0] f_step;
  wire  [15:0] f_chunk  = f_step % 16'(CHUNKS);
  wire  [15:0] f_group  = f_step / 16'(CHUNKS) % 16'(GROUPS);
  wire  [15:0] f_vector = f_step / 16'(CHUNKS * GROUPS);
  wire  [TAG_W-1:0] f_tag = {in_valid, f_vector == 0 && f_chunk == 0,
                             f_vector == 16'(VECTORS - 1) && f_chunk == 16'(CHUNKS - 1), GROUP_W'(f_group)};
  logic [TAG_W-1:0] f_tag_q;
  always_ff @(posedge clk) begin
    f_started <= 1'b1;
    if (!f_started) assume (rst);
    if (in_valid) f_step <= f_step == 16'(F_STEPS - 1) ? 16'd0 : f_step + 16'd1;
    if (rst) f_step <= 16'd0;
    f_tag_q <= rst ? '0 : f_tag;
    if (f_started) begin
      assert (f_step < 16'(F_STEPS));
      assert (16'(chunk_q) == f_chunk && 16'(group_q) == f_group && 16'(vector_q) == f_vector);
      assert (16'(out_address) == (GROUP_MAJOR ? (f_group * 16'(VECTORS) + f_vector) * 16'(CHUNKS) + f_chunk : f_step));
      assert (in_ready == (f_chunk == 16'(CHUNKS - 1) && f_group == 16'(GROUPS - 1)));
      if (!$past(rst)) assert (16'($past(out_next_chunk)) == f_chunk);
      if (DELAY == 2) begin
        assert (next_tag == f_tag_q);
        if (!$past(rst)) assert ({sum_valid, sum_first, sum_last, sum_group} == $past(f_tag_q));
        if (!$past(rst)) assert (sum_group == $past(sum_next_group));
        if ($past(rst)) assert (!sum_valid);
      end
    end
  end
`endif

endmodule

`default_nettype wire
