// add: two tensors, position by position: both on one fraction, summed, requantised.
//
//   left  --> << LEFT_SHIFT  --+
//                              + --> requantise --> out
//   right --> << RIGHT_SHIFT --+
//
// Takes a position of each when both are there; behind queues, whose depths the plan has counted, so it never has to
// wait for out. Throughput: a position a clock. Latency: 3 clocks.

`default_nettype none

module add #(
  parameter int CHANNELS = 8,
  parameter int LEFT_W = 8,                // bits of an element
  parameter bit LEFT_SIGNED = 0,
  parameter int LEFT_SHIFT = 0,
  parameter int RIGHT_W = 8,
  parameter bit RIGHT_SIGNED = 0,
  parameter int RIGHT_SHIFT = 0,
  parameter int SUM_W = 10,                // bits that hold every sum, signed
  parameter int ROOM = 12,                 // as requantise
  parameter int SHIFT = 1,
  parameter bit signed [33:0] BIAS = 34'sd0,
  parameter int ROUNDING = 0,
  parameter bit RELU = 1,
  parameter bit WRAP = 0,
  parameter int OUT_BITS = 8,
  parameter bit OUT_SIGNED = 0
) (
  input  wire                         clk,
  input  wire                         rst,         // synchronous, active high
  input  wire [CHANNELS*LEFT_W-1:0]   left_data,   // channel c at [LEFT_W*c +: LEFT_W]
  input  wire                         left_valid,
  output wire                         left_ready,
  input  wire [CHANNELS*RIGHT_W-1:0]  right_data,
  input  wire                         right_valid,
  output wire                         right_ready,
  output wire [CHANNELS*OUT_BITS-1:0] out_data,
  output wire                         out_valid
);

  wire both = left_valid && right_valid;
  assign left_ready  = right_valid;
  assign right_ready = left_valid;

  delay #(.WIDTH(1), .CLOCKS(3)) u_valid (.clk, .rst, .in_data(both), .out_data(out_valid));

  for (genvar c = 0; c < CHANNELS; c++) begin : gen_channel
    wire signed [LEFT_W:0]   left  = {LEFT_SIGNED && left_data[LEFT_W*c+LEFT_W-1], left_data[LEFT_W*c +: LEFT_W]};
    wire signed [RIGHT_W:0]  right = {RIGHT_SIGNED && right_data[RIGHT_W*c+RIGHT_W-1], right_data[RIGHT_W*c +: RIGHT_W]};
    logic signed [SUM_W-1:0] sum_q;
    always_ff @(posedge clk) sum_q <= (SUM_W'(left) <<< LEFT_SHIFT) + (SUM_W'(right) <<< RIGHT_SHIFT);

    requantise #(
      .IN_W(SUM_W), .ROOM(ROOM), .BIAS(BIAS), .SHIFT(SHIFT), .ROUNDING(ROUNDING), .RELU(RELU), .WRAP(WRAP),
      .OUT_BITS(OUT_BITS), .OUT_SIGNED(OUT_SIGNED)
    ) u_requantise (
      .clk, .in_data (sum_q), .out_data (out_data[OUT_BITS*c +: OUT_BITS])
    );
    wire unused = &{1'b0, left, right};
  end

`ifdef FORMAL
  // The reference counts what was taken: of both the same, and as many leave.
  logic       f_started = 1'b0;
  logic [7:0] f_left = 8'd0, f_right = 8'd0, f_out = 8'd0;
  logic [2:0] f_flying = '0;
  always_ff @(posedge clk) begin
    f_started <= 1'b1;
    if (!f_started) assume (rst);
    f_left   <= rst ? '0 : f_left + 8'(left_valid && left_ready);
    f_right  <= rst ? '0 : f_right + 8'(right_valid && right_ready);
    f_out    <= rst ? '0 : f_out + 8'(out_valid);
    f_flying <= rst ? '0 : {f_flying[1:0], both};
    if (f_started) begin
      assert (f_left == f_right);
      assert (out_valid == f_flying[2]);
      assert (8'(f_left - f_out) == 8'(f_flying[0]) + 8'(f_flying[1]) + 8'(f_flying[2]));
    end
  end
`endif

endmodule

`default_nettype wire
