// pool_raster: the largest of each window, for beats whose lanes may lie in several windows or rows.
//
// Takes the raster that `window` gives: rows of PITCH positions, junk included, LANES a beat; pooled
// is the part of ROWS x COLUMNS whose top left is (ROW0, COLUMN0). A window can end only at a lane
// of one class modulo GRID = gcd(LANES, PITCH, PW): so many SLOTS, each with one unit.
// Throughput: a beat a clock, nothing waits. Latency: 1 + $clog2(PW) clocks, a comparison a clock.
//
//   in --> max_tree of the last PW positions, a slot --+--> max --+--> out, where a window ends
//                                                      |     ^    |
//                                                      |   the same column one row above: PITCH positions
//                                                      |   ago, which is PITCH / GRID slots, by wiring alone
//
// out_data: slot s's channel c is [BITS*(CHANNELS*s+c) +: BITS]; out_valid: a bit a slot.

`default_nettype none

module pool_raster #(
  parameter int CHANNELS = 16,
  parameter int BITS = 8,                  // of an element
  parameter bit SIGNED = 0,
  parameter int LANES = 8,                 // positions a beat, at most PITCH
  parameter int PITCH = 28,                // positions of a row of the raster
  parameter int HEIGHT = 28,               // rows of the raster
  parameter int ROW0 = 4,
  parameter int COLUMN0 = 4,
  parameter int ROWS = 24,
  parameter int COLUMNS = 24,
  parameter int PH = 4,                    // of a window
  parameter int PW = 4,
  parameter int GRID = 4,                  // gcd(LANES, PITCH, PW)
  parameter int SLOTS = LANES / GRID
) (
  input  wire                           clk,
  input  wire                           rst,           // synchronous, active high
  input  wire [LANES*CHANNELS*BITS-1:0] in_data,
  input  wire                           in_valid,
  output wire [SLOTS*CHANNELS*BITS-1:0] out_data,
  output wire [SLOTS-1:0]               out_valid
);

  localparam int VECTOR   = CHANNELS * BITS;
  localparam int FIRST    = (COLUMN0 + PW - 1) % GRID; // lane of slot 0
  localparam int BACK     = PITCH / GRID;              // slots in a row
  localparam int BANDS    = ROWS / PH;
  localparam int WINDOWS  = COLUMNS / PW;
  localparam int COLUMN_W = $clog2(PITCH + LANES + 1);
  localparam int ROW_W    = $clog2(HEIGHT + 2);
  localparam int PAST     = PW > 1 ? PW - 1 : 1;       // positions of earlier beats that are kept
  localparam int LEVELS   = $clog2(PW);                // clocks of the maxima along the row

  localparam bit [BITS-1:0] FLIP = SIGNED ? BITS'(1) << (BITS - 1) : '0; // makes signed order unsigned

  logic [PAST*VECTOR-1:0]  past_q;                     // the newest highest
  wire  [(PAST+LANES)*VECTOR-1:0] recent = {in_data, past_q};

  logic [ROW_W-1:0]        row_q;                      // of lane 0 of the next beat
  logic [COLUMN_W-1:0]     column_q;
  wire  [SLOTS*VECTOR-1:0] across;
  wire  [SLOTS-1:0]        across_top, across_ends;
  wire                     across_valid;

  // Along the row, and where each slot is.
  wire [SLOTS-1:0] top, ends;
  for (genvar s = 0; s < SLOTS; s++) begin : gen_slot
    localparam int LANE = FIRST + GRID * s;
    wire [COLUMN_W-1:0] ahead  = column_q + COLUMN_W'(LANE);
    wire                below  = ahead >= COLUMN_W'(PITCH);
    wire [COLUMN_W-1:0] column = below ? ahead - COLUMN_W'(PITCH) : ahead;
    wire [ROW_W-1:0]    row    = row_q + ROW_W'(below);

    logic ends_row, ends_column, top_row;
    always_comb begin
      ends_row    = 1'b0;
      ends_column = 1'b0;
      top_row     = 1'b0;
      for (int b = 0; b < BANDS; b++) begin
        if (row == ROW_W'(ROW0 + PH * b + PH - 1)) ends_row = 1'b1;
        if (row == ROW_W'(ROW0 + PH * b)) top_row = 1'b1;
      end
      for (int w = 0; w < WINDOWS; w++) if (column == COLUMN_W'(COLUMN0 + PW * w + PW - 1)) ends_column = 1'b1;
    end
    assign top[s]  = top_row;
    assign ends[s] = ends_row && ends_column;

    wire [PW*VECTOR-1:0] candidates;                   // this position and the PW-1 before it
    for (genvar p = 0; p < PW; p++) begin : gen_position
      assign candidates[VECTOR*p +: VECTOR] = recent[VECTOR*(PAST+LANE-p) +: VECTOR];
    end
    max_tree #(
      .COUNT    (PW),
      .CHANNELS (CHANNELS),
      .BITS     (BITS),
      .SIGNED   (SIGNED)
    ) u_across (
      .clk      (clk),
      .in_data  (candidates),
      .out_data (across[VECTOR*s +: VECTOR])
    );
  end

  delay #(
    .WIDTH  (2 * SLOTS + 1),
    .CLOCKS (LEVELS)
  ) u_places (
    .clk      (clk),
    .rst      (rst),
    .in_data  ({in_valid, top, ends}),
    .out_data ({across_valid, across_top, across_ends})
  );

  // The last clock: down the rows. In above, slot k of a beat is followed by slot k-1: the newest is lowest.
  logic [BACK*VECTOR-1:0]  above_q;
  wire  [SLOTS*VECTOR-1:0] down, entering;
  logic [SLOTS*VECTOR-1:0] out_q;
  logic [SLOTS-1:0]        out_valid_q;
  for (genvar s = 0; s < SLOTS; s++) begin : gen_down
    for (genvar c = 0; c < CHANNELS; c++) begin : gen_channel
      wire [BITS-1:0] a = above_q[VECTOR*(BACK-1-s) + BITS*c +: BITS];
      wire [BITS-1:0] b = across[VECTOR*s + BITS*c +: BITS];
      assign down[VECTOR*s + BITS*c +: BITS] = !across_top[s] && (a ^ FLIP) > (b ^ FLIP) ? a : b;
    end
    assign entering[VECTOR*(SLOTS-1-s) +: VECTOR] = down[VECTOR*s +: VECTOR];
  end

  assign out_data  = out_q;
  assign out_valid = out_valid_q;

  wire [COLUMN_W-1:0] next_column = column_q + COLUMN_W'(LANES);
  wire                next_row    = next_column >= COLUMN_W'(PITCH);
  wire                image_ends  = next_row && row_q == ROW_W'(HEIGHT - 1);

  always_ff @(posedge clk) begin
    if (in_valid) begin
      past_q   <= (PAST * VECTOR)'(recent >> (LANES * VECTOR));
      column_q <= next_row ? next_column - COLUMN_W'(PITCH) : next_column;
      row_q    <= image_ends ? '0 : row_q + ROW_W'(next_row);
    end

    out_valid_q <= across_valid ? across_ends : '0;
    if (across_valid) begin
      out_q   <= down;
      above_q <= (BACK * VECTOR)'({above_q, entering});
    end

    if (rst) begin
      out_valid_q <= '0;
      column_q    <= '0;
      row_q       <= '0;
    end
  end

endmodule

`default_nettype wire
