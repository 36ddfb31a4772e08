// pool_shared: the largest of each window, some channels a clock: for positions that leave clocks between them.
//
//   in --> [split] --> max --+--> [collect] --> out, PIECES times UNITS channels, once a window
//                       ^    |
//                      line <+    the largest so far: a word for UNITS channels of a window of the row
//
// A position comes as GROUPS times CHANNELS channels; in_valid at most every STEPS = CHANNELS / UNITS
// clocks. Rows and columns that fill no window are dropped. Latency, from the part that completes a
// piece: 1 clock; that part follows in_valid by 0 (STEPS is 1) to STEPS clocks.

`default_nettype none

module pool_shared #(
  parameter int CHANNELS = 16,             // that come at a time, the first lowest
  parameter int GROUPS = 1,                // so many times a position
  parameter int UNITS = 4,                 // divides CHANNELS
  parameter int PIECES = 4,                // divides GROUPS * CHANNELS / UNITS
  parameter int BITS = 8,                  // of an element
  parameter bit SIGNED = 0,
  parameter int ROWS = 24,                 // of the image
  parameter int COLUMNS = 24,
  parameter int PH = 4,                    // of a window
  parameter int PW = 4
) (
  input  wire                         clk,
  input  wire                         rst,             // synchronous, active high
  input  wire [CHANNELS*BITS-1:0]     in_data,
  input  wire                         in_valid,
  output wire [PIECES*UNITS*BITS-1:0] out_data,
  output wire                         out_valid
);

  localparam int STEPS   = CHANNELS / UNITS;
  localparam int PARTS   = GROUPS * STEPS;             // of a position
  localparam int WINDOWS = COLUMNS / PW;
  localparam int BANDS   = ROWS / PH;
  localparam int WORDS   = WINDOWS * PARTS;
  localparam int AT_W    = $clog2(WORDS + 1);
  localparam int PART_W  = PARTS > 1 ? $clog2(PARTS) : 1;
  localparam int PLACE_W = $clog2(COLUMNS + 1);
  localparam int ROW_W   = $clog2(ROWS + 1);
  localparam int ACROSS_W = $clog2(PW + 1);
  localparam int DOWN_W  = $clog2(PH + 1);

  wire [UNITS*BITS-1:0] part;
  wire                  valid;
  split #(.WIDTH(UNITS * BITS), .STEPS(STEPS)) u_split (
    .clk, .rst, .in_data, .in_valid, .out_data (part), .out_valid (valid)
  );

  // --- where this part belongs ---------------------------------------------------------------------------------------

  logic [PART_W-1:0]   part_q;             // of the position
  logic [PLACE_W-1:0]  place_q;            // position of the row
  logic [ROW_W-1:0]    row_q;
  logic [ACROSS_W-1:0] across_q;           // position of the window's row
  logic [DOWN_W-1:0]   down_q;             // row of the window
  logic [AT_W-1:0]     at_q, window_q;     // word of the line, and the first of this window

  wire position_ends = part_q == PART_W'(PARTS - 1);
  wire row_ends      = place_q == PLACE_W'(COLUMNS - 1);
  wire image_ends    = row_ends && row_q == ROW_W'(ROWS - 1);
  wire across_ends   = across_q == ACROSS_W'(PW - 1);
  wire down_ends     = down_q == DOWN_W'(PH - 1);
  wire counts        = at_q != AT_W'(WORDS) && row_q < ROW_W'(BANDS * PH);
  wire first         = across_q == '0 && down_q == '0;

  always_ff @(posedge clk) begin
    if (valid) begin
      part_q <= position_ends ? '0 : part_q + 1'b1;
      if (position_ends) begin
        place_q  <= row_ends ? '0 : place_q + 1'b1;
        across_q <= row_ends || across_ends ? '0 : across_q + 1'b1;
        if (row_ends)   down_q <= image_ends || down_ends ? '0 : down_q + 1'b1;
        if (row_ends)   row_q  <= image_ends ? '0 : row_q + 1'b1;
      end
      // Past the last window the word stays at WORDS, which is none.
      if (position_ends && row_ends)          at_q <= '0;
      else if (position_ends && !across_ends) at_q <= window_q;
      else if (at_q != AT_W'(WORDS))          at_q <= at_q + 1'b1;
      if (position_ends && row_ends)          window_q <= '0;
      else if (position_ends && across_ends && at_q != AT_W'(WORDS)) window_q <= at_q + 1'b1;
    end
    if (rst) begin
      part_q   <= '0;
      place_q  <= '0;
      row_q    <= '0;
      across_q <= '0;
      down_q   <= '0;
      at_q     <= '0;
      window_q <= '0;
    end
  end

  // --- the largest so far ----------------------------------------------------------------------------------------------

  // The lowest element; xor with it makes signed order unsigned.
  localparam bit [BITS-1:0] FLIP = SIGNED ? BITS'(1) << (BITS - 1) : '0;

  (* ram_style = "distributed" *)
  logic [UNITS*BITS-1:0] line [0:WORDS-1];
  wire  [UNITS*BITS-1:0] so_far = line[at_q];
  wire  [UNITS*BITS-1:0] largest;
  for (genvar u = 0; u < UNITS; u++) begin : gen_unit
    wire [BITS-1:0] a = so_far[BITS*u +: BITS];
    wire [BITS-1:0] b = part[BITS*u +: BITS];
    assign largest[BITS*u +: BITS] = !first && (a ^ FLIP) > (b ^ FLIP) ? a : b;
  end

  wire completes = valid && counts && across_ends && down_ends;
  always_ff @(posedge clk) if (valid && counts) line[at_q] <= largest;

  collect #(.WIDTH(UNITS * BITS), .PIECES(PIECES)) u_collect (
    .clk, .rst, .in_data (largest), .in_valid (completes), .out_data, .out_valid
  );

`ifdef FORMAL
  // The reference counts parts, and keeps the largest of one word of the line, whichever it is.
  logic        f_started = 1'b0;
  logic [15:0] f_count;                                // parts of this image
  logic        f_again, f_live;                        // a second image; the word has been written
  (* anyconst *) logic [AT_W-1:0] f_word;
  logic [BITS-1:0] f_largest;
  wire  [15:0] f_position = f_count / 16'(PARTS);
  wire  [15:0] f_row      = f_position / 16'(COLUMNS);
  wire  [15:0] f_column   = f_position % 16'(COLUMNS);
  wire  [15:0] f_window   = f_column / 16'(PW) < 16'(WINDOWS) ? f_column / 16'(PW) : 16'(WINDOWS);
  wire  [15:0] f_at       = f_window == 16'(WINDOWS) ? 16'(WORDS) : f_window * 16'(PARTS) + f_count % 16'(PARTS);
  wire         f_here     = valid && f_at == 16'(f_word) && f_row < 16'(BANDS * PH);
  wire         f_first    = f_row % 16'(PH) == 16'd0 && f_column % 16'(PW) == 16'd0;
  wire         f_more     = SIGNED ? $signed(f_largest) > $signed(part[BITS-1:0]) : f_largest > part[BITS-1:0];
  wire  [BITS-1:0] f_next = !f_first && f_more ? f_largest : part[BITS-1:0];

  always_ff @(posedge clk) begin
    f_started <= 1'b1;
    if (!f_started) assume (rst);
    assume (32'(f_word) < WORDS);
    if (valid)  f_count   <= f_count == 16'(ROWS * COLUMNS * PARTS - 1) ? 16'd0 : f_count + 16'd1;
    if (valid && f_count == 16'(ROWS * COLUMNS * PARTS - 1)) f_again <= 1'b1;
    if (f_here) f_largest <= f_next;
    if (f_here) f_live    <= 1'b1;
    if (rst) begin
      f_count <= 16'd0;
      f_again <= 1'b0;
      f_live  <= 1'b0;
    end
    if (f_started) begin
      assert (f_count < 16'(ROWS * COLUMNS * PARTS));
      assert (16'(part_q) == f_count % 16'(PARTS) && 16'(place_q) == f_column && 16'(row_q) == f_row);
      assert (16'(across_q) == f_column % 16'(PW) && 16'(down_q) == f_row % 16'(PH));
      assert (16'(window_q) == f_window * 16'(PARTS) && 16'(at_q) == f_at);
      assert (f_live || (!f_again && f_row == 16'd0 && (f_window * 16'(PARTS) < 16'(f_word) ||
              (f_window == 16'(f_word) / 16'(PARTS) && f_column % 16'(PW) == 16'd0 && f_at <= 16'(f_word)))));
      if (f_live) assert (line[f_word][BITS-1:0] == f_largest);
      if (f_here) assert (largest[BITS-1:0] == f_next);
      assert (completes == (valid && f_window < 16'(WINDOWS) && f_row < 16'(BANDS * PH) &&
                            f_row % 16'(PH) == 16'(PH - 1) && f_column % 16'(PW) == 16'(PW - 1)));
    end
  end
`endif

endmodule

`default_nettype wire
