// requantise_shift: requantise with a shift that is loaded.
//
//   out = overflow(relu(round(in * 2^-in_shift)))             two clocks, one value a clock
//
// Biases are in the sums already. ROUNDING: 0 down, 1 half to even, 2 half away from zero, 3 as
// LiteRT's convolution, 4 half up; formulas in requantise.sv. Past the ends is found by comparing the
// unshifted sum with the ends shifted the other way, so only OUT_BITS of the shifter are built. What
// depends on in_shift alone is the same in every channel, and synthesis keeps one.

`default_nettype none

module requantise_shift #(
  parameter int IN_W = 22,                 // bits of the sum, signed; more than OUT_BITS
  parameter int ROUNDING = 4,
  parameter bit RELU = 1,
  parameter bit WRAP = 0,                  // past the ends: 0 saturates, 1 keeps the low bits
  parameter int OUT_BITS = 8,
  parameter bit OUT_SIGNED = 0
) (
  input  wire                       clk,
  input  wire        [4:0]          in_shift,          // steady while values are in flight
  input  wire signed [IN_W-1:0]     in_data,
  output wire        [OUT_BITS-1:0] out_data
);

  // Shifting by more than IN_W + 1 gives what IN_W + 1 gives, in every rounding: 0, or -1 rounding down.
  localparam int MOST = IN_W + 1 < 31 ? IN_W + 1 : 31;
  localparam int ROOM = IN_W + 3;
  localparam int MAGNITUDE = OUT_SIGNED ? OUT_BITS - 1 : OUT_BITS;

  localparam bit signed [ROOM-1:0] MAX = OUT_SIGNED ? (ROOM'(1) << (OUT_BITS - 1)) - ROOM'(1) : (ROOM'(1) << OUT_BITS) - ROOM'(1);
  localparam bit signed [ROOM-1:0] MIN = OUT_SIGNED ? ROOM'(0) - (ROOM'(1) << (OUT_BITS - 1)) : '0;
  localparam bit signed [ROOM-1:0] TOP = {1'b0, {(ROOM-1){1'b1}}};

  // --- from the shift alone ----------------------------------------------------------------------------------------

  wire [4:0] shift = in_shift > 5'(MOST) ? 5'(MOST) : in_shift;

  logic [4:0]             shift_q;
  logic signed [ROOM-1:0] add_q;                       // rounding's constant
  logic signed [ROOM-1:0] highest_q, lowest_q;         // sums that still give MAX, MIN
  wire  signed [ROOM-1:0] half    = ROOM'((ROOM'(1) << shift) >> 1);
  always_ff @(posedge clk) begin
    shift_q   <= shift;
    add_q     <= ROUNDING == 0 || shift == 5'd0 ? '0
               : ROUNDING == 1 ? half - ROOM'(1)
               : ROUNDING == 3 && shift != 5'd1 ? half + ROOM'(1)
               : half;
    // Ends that ROOM bits do not hold are past every sum.
    highest_q <= 32'(shift) + MAGNITUDE >= ROOM ? TOP : ((MAX + ROOM'(1)) <<< shift) - ROOM'(1);
    lowest_q  <= OUT_SIGNED && 32'(shift) + MAGNITUDE >= ROOM ? ~TOP : MIN <<< shift;
  end

  // --- the sum, rounded but not shifted ----------------------------------------------------------------------------

  wire odd      = in_data[32'(shift_q) < IN_W ? shift_q : 5'(IN_W - 1)];
  wire negative = in_data[IN_W-1];
  wire below    = in_data < -1;

  logic signed [ROOM-1:0] adjust;
  always_comb begin
    case (ROUNDING)
      1:       adjust = ROOM'({1'b0, odd && shift_q != 5'd0});
      2:       adjust = ROOM'(0) - ROOM'({1'b0, negative && shift_q != 5'd0});
      3:       adjust = ROOM'(0) - ROOM'({1'b0, below && shift_q > 5'd1, 1'b0});
      default: adjust = '0;
    endcase
  end

  logic signed [ROOM-1:0] sum_q;
  always_ff @(posedge clk) sum_q <= ROOM'(in_data) + add_q + adjust;

  // --- out ------------------------------------------------------------------------------------------------------------

  wire [ROOM-1:0] shifted = sum_q >>> shift_q;
  wire            over    = !WRAP && sum_q > highest_q;
  wire            under   = !WRAP && sum_q < lowest_q;

  logic [OUT_BITS-1:0] out_q;
  assign out_data = out_q;
  always_ff @(posedge clk) begin
    if (RELU && sum_q[ROOM-1]) out_q <= '0;
    else if (over)             out_q <= OUT_BITS'(MAX);
    else if (under)            out_q <= OUT_BITS'(MIN);
    else                       out_q <= shifted[OUT_BITS-1:0];
  end

  // Most of the shifter goes, and what a mode does not need.
  wire unused = &{1'b0, shifted, odd, negative, below, adjust};

endmodule

`default_nettype wire
