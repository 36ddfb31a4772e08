// requantise: an accumulator of one channel to an activation.
//
//   out = overflow(relu(round((in + BIAS) * 2^-SHIFT)))          two clocks, one value a clock
//
// ROUNDING 0 rounds down. Halves up, and every mode whose difference relu hides, are this with a
// constant in BIAS. The other three cannot be folded; with x = in + BIAS and n = SHIFT they are
//   1 to even   (x + 2^(n-1) - 1 + bit n of x) >> n
//   2 away      (x + 2^(n-1) - (x < 0)) >> n                     LiteRT's fully connected
//   3 twice     (x + 2^(n-1) + 1 - 2 * (x < -1)) >> n            LiteRT's convolution; n = 1: (x + 1) >> 1

`default_nettype none

module requantise #(
  parameter int IN_W = 20,                 // bits of the accumulator, signed
  parameter int ROOM = 24,                 // bits of x and of what rounding adds; at least OUT_BITS + 2 and SHIFT + 2
  parameter bit signed [33:0] BIAS = 34'sd0,
  parameter int SHIFT = 7,                 // 0..31
  parameter int ROUNDING = 0,
  parameter bit RELU = 1,
  parameter bit WRAP = 0,                  // past the ends: 0 saturates, 1 keeps the low bits
  parameter int OUT_BITS = 8,
  parameter bit OUT_SIGNED = 0
) (
  input  wire                       clk,
  input  wire signed [IN_W-1:0]     in_data,
  output wire        [OUT_BITS-1:0] out_data
);

  localparam bit signed [ROOM-1:0] HALF = SHIFT == 0 ? '0 : ROOM'(1) <<< (SHIFT == 0 ? 0 : SHIFT - 1);
  localparam bit [OUT_BITS-1:0] MAX = {OUT_BITS{1'b1}} >> (OUT_SIGNED ? 1 : 0);
  localparam bit [OUT_BITS-1:0] MIN = ~MAX;

  logic signed [ROOM-1:0] sum_q;
  logic [OUT_BITS-1:0]    out_q;

  wire signed [ROOM-1:0] sum      = ROOM'(in_data) + ROOM'(BIAS);
  wire                   odd      = sum_q[SHIFT];
  wire                   negative = sum_q < 0;
  wire                   below    = sum_q < -1;

  logic signed [ROOM-1:0] rounded;
  always_comb begin
    rounded = sum_q;
    if (SHIFT != 0 && ROUNDING == 1) rounded = sum_q + HALF - ROOM'(1) + ROOM'({1'b0, odd});
    if (SHIFT != 0 && ROUNDING == 2) rounded = sum_q + HALF - ROOM'({1'b0, negative});
    if (SHIFT == 1 && ROUNDING == 3) rounded = sum_q + ROOM'(1);
    if (SHIFT >= 2 && ROUNDING == 3) rounded = sum_q + HALF + ROOM'(1) - ROOM'({1'b0, below, 1'b0});
  end

  wire signed [ROOM-1:0] shifted = rounded >>> SHIFT;

  // It fits where the bits above the output's are copies of its sign (which an unsigned one has as 0).
  localparam int TOP = OUT_SIGNED ? OUT_BITS - 1 : OUT_BITS;
  wire under = shifted < 0;
  wire fits  = shifted[ROOM-1:TOP] == {(ROOM-TOP){OUT_SIGNED && under}};

  assign out_data = out_q;

  always_ff @(posedge clk) begin
    sum_q <= sum;
    if (RELU && under)      out_q <= '0;
    else if (WRAP || fits)  out_q <= OUT_BITS'(shifted);
    else                    out_q <= under ? MIN : MAX;
  end

  wire unused = &{1'b0, in_data, odd, negative, below};

`ifdef FORMAL
  // The definition: quotient and remainder, what a remainder of half does, then the ends as numbers.
  localparam int F_N = ROUNDING == 3 && SHIFT != 0 ? SHIFT - 1 : SHIFT;
  localparam bit signed [ROOM-1:0] F_HALF = F_N == 0 ? '0 : ROOM'(1) <<< (F_N == 0 ? 0 : F_N - 1);
  localparam bit signed [ROOM-1:0] F_MAX = (ROOM'(1) <<< (OUT_SIGNED ? OUT_BITS - 1 : OUT_BITS)) - ROOM'(1);
  localparam bit signed [ROOM-1:0] F_MIN = OUT_SIGNED ? -F_MAX - ROOM'(1) : '0;

  wire signed [ROOM-1:0] f_x = ROOM'(in_data) + ROOM'(BIAS);
  wire signed [ROOM-1:0] f_y = ROUNDING == 3 && SHIFT != 0 ? (f_x + ROOM'(1)) >>> 1 : f_x;
  wire signed [ROOM-1:0] f_q = f_y >>> F_N;
  wire signed [ROOM-1:0] f_r = f_y - (f_q <<< F_N);
  wire f_tie_up = ROUNDING == 1 ? f_q[0] : f_y >= 0;
  wire f_up     = F_N != 0 && ROUNDING != 0 && (f_r > $signed(F_HALF) || (f_r == F_HALF && f_tie_up));
  wire signed [ROOM-1:0] f_z = f_q + ROOM'({1'b0, f_up});
  wire signed [ROOM-1:0] f_v = RELU && f_z < 0 ? '0 : f_z;

  logic                f_one = 1'b0, f_two = 1'b0;
  logic [OUT_BITS-1:0] f_first, f_second;
  always_ff @(posedge clk) begin
    f_one    <= 1'b1;
    f_two    <= f_one;
    f_first  <= WRAP ? OUT_BITS'(f_v) : f_v > $signed(F_MAX) ? OUT_BITS'(F_MAX) : f_v < $signed(F_MIN) ? OUT_BITS'(F_MIN) : OUT_BITS'(f_v);
    f_second <= f_first;
    if (f_two) assert (out_data == f_second);
  end
`endif

endmodule

`default_nettype wire
