// pool: the largest of each window, windows side by side; a beat lies in one window.
//
// Takes LANES positions of one row a beat, every beat (out_valid is a pulse; nothing waits).
// Rows and columns that fill no window are dropped. Latency: 2 + $clog2(LANES) clocks, a comparison a clock.
//
//   in --> max_tree of the lanes --> max along the row --+--> max --+--> out, after a window's last row
//                                                        |     ^    |
//                                                        |   line: one vector a window of the row
//
// out_data: channel c is [BITS*c +: BITS]; in_data: lane l's channel c is [BITS*(CHANNELS*l+c) +: BITS].

`default_nettype none

module pool #(
  parameter int CHANNELS = 16,
  parameter int BITS = 8,                  // of an element
  parameter bit SIGNED = 0,
  parameter int LANES = 1,                 // positions a beat: divides PW and COLUMNS
  parameter int ROWS = 24,                 // of the image
  parameter int COLUMNS = 24,
  parameter int PH = 4,                    // of a window
  parameter int PW = 4
) (
  input  wire                           clk,
  input  wire                           rst,           // synchronous, active high
  input  wire [LANES*CHANNELS*BITS-1:0] in_data,
  input  wire                           in_valid,
  output wire [CHANNELS*BITS-1:0]       out_data,
  output wire                           out_valid
);

  localparam int PARTS   = PW / LANES;               // beats of a window's row
  localparam int WINDOWS = COLUMNS / PW;
  localparam int BANDS   = ROWS / PH;
  localparam int VECTOR  = CHANNELS * BITS;
  localparam int PART_W  = $clog2(PARTS + 1);
  localparam int PLACE_W = $clog2(COLUMNS / LANES + 1);
  localparam int ROW_W   = $clog2(ROWS + 1);
  localparam int STEP_W  = $clog2(PH + 1);
  localparam int LINE_W  = WINDOWS > 1 ? $clog2(WINDOWS) : 1;

  // The lowest element; xor with it makes signed order unsigned.
  localparam bit [BITS-1:0] FLIP = SIGNED ? BITS'(1) << (BITS - 1) : '0;

  logic [PLACE_W-1:0] place_q;             // beat of the row
  logic [ROW_W-1:0]   row_q;
  logic [STEP_W-1:0]  step_q;              // row of the window
  logic [PART_W-1:0]  part_q;              // beat of the window's row
  logic [LINE_W-1:0]  window_q;            // window of the row
  logic               inside_q;            // whether that window is whole

  wire row_ends    = place_q == PLACE_W'(COLUMNS / LANES - 1);
  wire image_ends  = row_ends && row_q == ROW_W'(ROWS - 1);
  wire window_ends = part_q == PART_W'(PARTS - 1);
  wire step_ends   = step_q == STEP_W'(PH - 1);
  wire band_inside = row_q < ROW_W'(BANDS * PH);

  // The sign of b - a, which is a carry chain; > would become a tree of gates.
  function more;
    input [BITS-1:0] a;
    input [BITS-1:0] b;
    more = 1'(({1'b0, b ^ FLIP} - {1'b0, a ^ FLIP}) >> BITS);
  endfunction

  // The lanes of a beat.
  wire [VECTOR-1:0] beat;
  wire              beat_valid;
  max_tree #(
    .COUNT    (LANES),
    .CHANNELS (CHANNELS),
    .BITS     (BITS),
    .SIGNED   (SIGNED)
  ) u_beat (
    .clk      (clk),
    .in_data  (in_data),
    .out_data (beat)
  );
  delay #(
    .CLOCKS ($clog2(LANES))
  ) u_beat_valid (
    .clk      (clk),
    .rst      (rst),
    .in_data  (in_valid),
    .out_data (beat_valid)
  );

  // The next clock: along the row.
  logic [VECTOR-1:0] across_q;
  wire  [VECTOR-1:0] across;
  for (genvar c = 0; c < CHANNELS; c++) begin : gen_across
    wire [BITS-1:0] a = across_q[BITS*c +: BITS];      // the largest so far
    wire [BITS-1:0] b = beat[BITS*c +: BITS];
    assign across[BITS*c +: BITS] = part_q != '0 && more(a, b) ? a : b;
  end

  logic              across_valid_q, first_q, last_q;
  logic [LINE_W-1:0] at_q;

  // The last clock: down the rows. The line is read a clock before; where a beat is a whole row, the row above is still on its way there.
  (* ram_style = "distributed" *)
  logic [VECTOR-1:0] line [0:WINDOWS-1];
  logic [VECTOR-1:0] above_q;
  wire  [VECTOR-1:0] down;
  for (genvar c = 0; c < CHANNELS; c++) begin : gen_down
    wire [BITS-1:0] a = above_q[BITS*c +: BITS];
    wire [BITS-1:0] b = across_q[BITS*c +: BITS];
    wire            keep = !first_q && more(a, b);
    assign down[BITS*c +: BITS] = keep ? a : b;
  end

  logic [VECTOR-1:0] out_q;
  logic              out_valid_q;

  assign out_data  = out_q;
  assign out_valid = out_valid_q;

  always_ff @(posedge clk) begin
    across_valid_q <= beat_valid && window_ends && inside_q && band_inside;
    first_q        <= step_q == '0;
    last_q         <= step_ends;
    at_q           <= window_q;
    above_q        <= COLUMNS == LANES && across_valid_q ? down : line[window_q];
    if (beat_valid) begin
      across_q <= across;
      part_q   <= row_ends || window_ends ? '0 : part_q + 1'b1;
      place_q  <= row_ends ? '0 : place_q + 1'b1;
      if (row_ends) begin
        window_q <= '0;
        inside_q <= 1'b1;
        step_q   <= image_ends || step_ends ? '0 : step_q + 1'b1;
        row_q    <= image_ends ? '0 : row_q + 1'b1;
      end else if (window_ends) begin
        window_q <= window_q == LINE_W'(WINDOWS - 1) ? '0 : window_q + 1'b1;
        if (window_q == LINE_W'(WINDOWS - 1)) inside_q <= 1'b0;
      end
    end

    out_valid_q <= across_valid_q && last_q;
    out_q       <= down;
    if (across_valid_q) line[at_q] <= down;

    if (rst) begin
      across_valid_q <= 1'b0;
      out_valid_q    <= 1'b0;
      place_q        <= '0;
      row_q          <= '0;
      step_q         <= '0;
      part_q         <= '0;
      window_q       <= '0;
      inside_q       <= 1'b1;
    end
  end

endmodule

`default_nettype wire
