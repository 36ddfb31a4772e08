// window: the last rows of an image, and every window of it that is complete, or every SH x SW-th.
//
// A shift register of (KH-1) rows and KW-1+LANES positions; no addresses, no state but a place in
// the image. Windows that straddle two rows come out too, and are not in out_inside.
// Throughput: one beat of LANES positions a clock. Latency: 1 clock.
//
//   in --> [ row y | row y-1 | ... ]        newest lowest; LANES need not divide a row
//             |||       |||
//             taps: KH rows of KW-1+LANES positions = LANES windows side by side
//
// out_data: position (ky, u) is [WIDTH*(ky*(KW+LANES-1)+u) +: WIDTH]; lane l's window is u = l..l+KW-1.

`default_nettype none

module window #(
  parameter int WIDTH = 8,                 // bits of a position: its channels, the first lowest
  parameter int LANES = 1,                 // positions a beat, at most COLUMNS
  parameter int ROWS = 28,                 // of the image; ROWS * COLUMNS is a multiple of LANES
  parameter int COLUMNS = 28,
  parameter int KH = 5,                    // of the window
  parameter int KW = 5,
  parameter int SH = 1,                    // rows from a window that counts to the next
  parameter int SW = 1                     // positions along a row
) (
  input  wire                              clk,
  input  wire                              rst,         // synchronous, active high

  input  wire [LANES*WIDTH-1:0]            in_data,     // lane 0 lowest
  input  wire                              in_valid,

  output wire [KH*(KW+LANES-1)*WIDTH-1:0]  out_data,
  output wire                              out_valid,   // once for every beat in
  output wire [LANES-1:0]                  out_inside   // whose window lies in the image, and counts; lane by lane
);

  localparam int DEPTH    = (KH - 1) * COLUMNS + KW - 1 + LANES;
  localparam int TAPS     = KW + LANES - 1;
  localparam int ROW_W    = $clog2(ROWS + 1);
  localparam int COLUMN_W = $clog2(COLUMNS + LANES + 1);

  logic [DEPTH*WIDTH-1:0] line_q;          // position 0 is the newest
  logic                   valid_q;
  logic [LANES-1:0]       inside_q;
  logic [ROW_W-1:0]       row_q;           // of lane 0 of the next beat
  logic [COLUMN_W-1:0]    column_q;

  assign out_valid  = valid_q;
  assign out_inside = inside_q;

  // The newest is the last lane, so lanes enter in reverse.
  logic [LANES*WIDTH-1:0] entering;
  always_comb begin
    entering = '0;
    for (int l = 0; l < LANES; l++) entering[WIDTH*(LANES-1-l) +: WIDTH] = in_data[WIDTH*l +: WIDTH];
  end

  for (genvar ky = 0; ky < KH; ky++) begin : gen_row
    for (genvar u = 0; u < TAPS; u++) begin : gen_tap
      assign out_data[WIDTH*(ky*TAPS+u) +: WIDTH] = line_q[WIDTH*((KH-1-ky)*COLUMNS + TAPS-1-u) +: WIDTH];
    end
  end

  // A window is complete at its lowest, rightmost position.
  wire  [LANES-1:0] complete;
  for (genvar l = 0; l < LANES; l++) begin : gen_lane
    wire [COLUMN_W-1:0] ahead  = column_q + COLUMN_W'(l);
    wire                below  = ahead >= COLUMN_W'(COLUMNS);
    wire [COLUMN_W-1:0] column = below ? ahead - COLUMN_W'(COLUMNS) : ahead;
    wire [ROW_W-1:0]    row    = row_q + ROW_W'(below);
    logic at_row, at_column;
    if (SH == 1 && KH == 1) begin : gen_all_rows
      assign at_row = 1'b1;
      wire   unused = &{1'b0, row};
    end else if (SH == 1) begin : gen_rows
      assign at_row = row >= ROW_W'(KH - 1);
    end else begin : gen_some_rows
      always_comb begin
        at_row = 1'b0;
        for (int r = KH - 1; r < ROWS; r = r + SH) if (row == ROW_W'(r)) at_row = 1'b1;
      end
    end
    if (SW == 1 && KW == 1) begin : gen_all_columns
      assign at_column = 1'b1;
      wire   unused = &{1'b0, column};
    end else if (SW == 1) begin : gen_columns
      assign at_column = column >= COLUMN_W'(KW - 1);
    end else begin : gen_some_columns
      always_comb begin
        at_column = 1'b0;
        for (int c = KW - 1; c < COLUMNS; c = c + SW) if (column == COLUMN_W'(c)) at_column = 1'b1;
      end
    end
    assign complete[l] = at_row && at_column;
  end

  wire [COLUMN_W-1:0] next_column = column_q + COLUMN_W'(LANES);
  wire                next_row    = next_column >= COLUMN_W'(COLUMNS);
  wire                image_ends  = next_row && row_q == ROW_W'(ROWS - 1);

  always_ff @(posedge clk) begin
    valid_q <= in_valid;
    if (in_valid) begin
      line_q   <= (DEPTH * WIDTH)'({line_q, entering});
      inside_q <= complete;
      column_q <= next_row ? next_column - COLUMN_W'(COLUMNS) : next_column;
      row_q    <= image_ends ? '0 : row_q + ROW_W'(next_row);
    end

    if (rst) begin
      valid_q  <= 1'b0;
      row_q    <= '0;
      column_q <= '0;
    end
  end

`ifdef FORMAL
  // The reference is one counter of positions: the row and the column follow from it.
  logic        f_started = 1'b0;
  logic [15:0] f_position = 16'd0;

  always_ff @(posedge clk) begin
    f_started <= 1'b1;
    if (rst) f_position <= 16'd0;
    else if (in_valid) f_position <= f_position + 16'(LANES) == 16'(ROWS * COLUMNS) ? 16'd0 : f_position + 16'(LANES);

    if (!f_started) assume (rst);
    if (f_started) begin
      assert (f_position < 16'(ROWS * COLUMNS));
      assert (16'(row_q) * 16'(COLUMNS) + 16'(column_q) == f_position);
      assert (column_q < COLUMN_W'(COLUMNS));
      assert (f_position % 16'(LANES) == 16'd0);
      if (!$past(rst)) assert (out_valid == $past(in_valid));
      if (out_valid && !$past(rst)) begin
        assert (line_q[WIDTH*(LANES-1) +: WIDTH] == $past(in_data[WIDTH-1:0]));
        for (int l = 0; l < LANES; l++)
          assert (out_inside[l] == ((($past(f_position) + 16'(l)) / 16'(COLUMNS)) >= 16'(KH - 1) &&
                                    (($past(f_position) + 16'(l)) % 16'(COLUMNS)) >= 16'(KW - 1) &&
                                    (($past(f_position) + 16'(l)) / 16'(COLUMNS) - 16'(KH - 1)) % 16'(SH) == 16'd0 &&
                                    (($past(f_position) + 16'(l)) % 16'(COLUMNS) - 16'(KW - 1)) % 16'(SW) == 16'd0));
      end
      if (!$past(rst) && !$past(in_valid)) assert (line_q == $past(line_q));
    end
  end
`endif

endmodule

`default_nettype wire
