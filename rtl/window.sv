// window: the last rows of an image, and every window of it that is complete, or every SH x SW-th.
//
// A shift register of (KH-1) rows and KW-1+LANES positions; no state but a place in the image. With
// BLOCK, what lies between a row's taps and the next one's is a delay of as many beats in block RAM,
// all rows' side by side. Windows that straddle two rows come out too, and are not in out_inside.
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
  parameter int SW = 1,                    // positions along a row
  parameter bit BLOCK = 1'b0               // rows in block RAM: KH > 1, and a row is DELAY >= 3 beats past its taps
) (
  input  wire                              clk,
  input  wire                              rst,         // synchronous, active high

  input  wire [LANES*WIDTH-1:0]            in_data,     // lane 0 lowest
  input  wire                              in_valid,

  output wire [KH*(KW+LANES-1)*WIDTH-1:0]  out_data,
  output wire                              out_valid,   // once for every beat in
  output wire [LANES-1:0]                  out_inside   // whose window lies in the image, and counts; lane by lane
);

  localparam int TAPS     = KW + LANES - 1;
  localparam int KEPT     = TAPS + (COLUMNS - TAPS) % LANES;   // in registers, so that the rest of a row is whole beats
  localparam int DELAY    = (COLUMNS - KEPT) / LANES;
  localparam int PITCH    = BLOCK ? KEPT : COLUMNS;            // registers from a row's first tap to the next one's
  localparam int DEPTH    = (KH - 1) * PITCH + TAPS;
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
      assign out_data[WIDTH*(ky*TAPS+u) +: WIDTH] = line_q[WIDTH*((KH-1-ky)*PITCH + TAPS-1-u) +: WIDTH];
    end
  end

`ifdef FORMAL
  // The reference is one counter of positions, from which the row and the column follow, and all rows in registers: of them
  // what has come since the reset.
  localparam int F_DEPTH = (KH - 1) * COLUMNS + TAPS;
  logic                     f_started = 1'b0;
  logic [15:0]              f_position = 16'd0;
  logic [15:0]              f_known = 16'd0;
  logic [F_DEPTH*WIDTH-1:0] f_line;
`endif

  // The read register is one beat of the delay. Of the memory only the address is reset: what is in it then is of no window.
  logic [DEPTH*WIDTH-1:0] next_line;
  if (BLOCK) begin : gen_block
    localparam int BEAT  = LANES * WIDTH;
    localparam int AT_W  = $clog2(DELAY - 1);
    localparam int WORDS = DELAY > 1025 ? 2 ** AT_W : DELAY - 1;   // more are one bank too
    (* ram_style = "block" *)
    logic [(KH-1)*BEAT-1:0] memory [0:WORDS-1];
    logic [(KH-1)*BEAT-1:0] read_q;
    logic [(KH-1)*BEAT-1:0] leaving;
    logic [AT_W-1:0]        at_q;
    always_comb begin
      next_line = (DEPTH * WIDTH)'({line_q, entering});
      leaving   = '0;
      for (int k = 0; k < KH - 1; k++) begin
        leaving[BEAT*k +: BEAT]                  = line_q[WIDTH*(k+1)*PITCH - BEAT +: BEAT];
        next_line[WIDTH*(k+1)*PITCH +: BEAT]     = read_q[BEAT*k +: BEAT];
      end
    end
    always_ff @(posedge clk) begin
      if (in_valid) begin
        read_q       <= memory[at_q];
        memory[at_q] <= leaving;
        at_q         <= at_q == AT_W'(DELAY - 2) ? '0 : at_q + 1'b1;
      end
      if (rst) at_q <= '0;
    end
`ifdef FORMAL
    // What the memory and its register hold are the reference's positions between two rows' taps.
    always_ff @(posedge clk) if (f_started) assert (16'(at_q) <= 16'(DELAY - 2));
    for (genvar k = 0; k < KH - 1; k++) begin : gen_held
      for (genvar age = 0; age < DELAY; age++) begin : gen_age
        localparam int PLACE = k * COLUMNS + KEPT + age * LANES;
        wire [AT_W-1:0] address = 16'(at_q) > 16'(age) ? AT_W'(16'(at_q) - 16'(age + 1)) : AT_W'(16'(at_q) + 16'(DELAY - 2 - age));
        wire [BEAT-1:0] word    = age == DELAY - 1 ? read_q[BEAT*k +: BEAT] : memory[address][BEAT*k +: BEAT];
        for (genvar l = 0; l < LANES; l++) begin : gen_place
          always_ff @(posedge clk)
            if (f_started && f_known > 16'(PLACE + l)) assert (word[WIDTH*l +: WIDTH] == f_line[WIDTH*(PLACE+l) +: WIDTH]);
        end
      end
    end
`endif
  end else begin : gen_shift
    assign next_line = (DEPTH * WIDTH)'({line_q, entering});
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
      line_q   <= next_line;
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

  always_ff @(posedge clk) begin
    f_started <= 1'b1;
    if (rst) f_position <= 16'd0;
    else if (in_valid) f_position <= f_position + 16'(LANES) == 16'(ROWS * COLUMNS) ? 16'd0 : f_position + 16'(LANES);

    if (in_valid) f_line <= (F_DEPTH * WIDTH)'({f_line, entering});
    if (rst) f_known <= 16'd0;
    else if (in_valid && f_known < 16'(F_DEPTH)) f_known <= f_known + 16'(LANES);

    if (!f_started) assume (rst);
    if (f_started) begin
      assert (f_known >= f_position || f_known >= 16'(F_DEPTH));
      for (int p = 0; p < DEPTH; p++)
        if (f_known > 16'(p / PITCH * COLUMNS + p % PITCH))
          assert (line_q[WIDTH*p +: WIDTH] == f_line[WIDTH*(p / PITCH * COLUMNS + p % PITCH) +: WIDTH]);
      assert (f_position < 16'(ROWS * COLUMNS));
      assert (16'(row_q) * 16'(COLUMNS) + 16'(column_q) == f_position);
      assert (column_q < COLUMN_W'(COLUMNS));
      assert (f_position % 16'(LANES) == 16'd0);
      if (!$past(rst)) assert (out_valid == $past(in_valid));
      for (int ky = 0; ky < KH; ky++)
        for (int u = 0; u < TAPS; u++)
          if (f_known > 16'((KH-1-ky)*COLUMNS + TAPS-1-u))
            assert (out_data[WIDTH*(ky*TAPS+u) +: WIDTH] == f_line[WIDTH*((KH-1-ky)*COLUMNS + TAPS-1-u) +: WIDTH]);
      if (out_valid && !$past(rst)) begin
        for (int l = 0; l < LANES; l++) begin
          assert (line_q[WIDTH*(LANES-1-l) +: WIDTH] == $past(in_data[WIDTH*l +: WIDTH]));
          if (out_inside[l]) assert (f_known > 16'((KH - 1) * COLUMNS + TAPS - 1 - l));
        end
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
