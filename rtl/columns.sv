// columns: every position together with those above it: a column of a window.
//
// Keeps KH-1 rows in LUTRAM, or in block RAM, a word a column of the image; takes a position whenever it comes.
// Rows that have too few above them give nothing, nor do those between every SH-th of the rest. Throughput: a position a clock. Latency: 1 clock.
//
//   in ----------------------+--> {in, KH-1 above} --> out
//     column --> [KH-1 rows] +
//                    ^------- the same without the oldest
//
// out_data: row ky of the column is [WIDTH*ky +: WIDTH], the oldest lowest.

`default_nettype none

module columns #(
  parameter int WIDTH = 32,                // bits of a position: its channels, the first lowest
  parameter int ROWS = 12,                 // of an image
  parameter int COLUMNS = 12,
  parameter int KH = 5,                    // rows of a column, 1 or more
  parameter int SH = 1,                    // rows from a column that leaves to the next
  parameter bit BLOCK = 1'b0               // in block RAM: KH > 1, COLUMNS > 1
) (
  input  wire                clk,
  input  wire                rst,          // synchronous, active high
  input  wire [WIDTH-1:0]    in_data,
  input  wire                in_valid,
  output wire [KH*WIDTH-1:0] out_data,
  output wire                out_valid
);

  localparam int ROW_W    = $clog2(ROWS + 1);
  localparam int COLUMN_W = COLUMNS > 1 ? $clog2(COLUMNS) : 1;

  logic [ROW_W-1:0]    row_q;
  logic [COLUMN_W-1:0] column_q;
  logic [KH*WIDTH-1:0] out_q;
  logic                valid_q;

  wire row_ends   = column_q == COLUMN_W'(COLUMNS - 1);
  wire image_ends = row_ends && row_q == ROW_W'(ROWS - 1);

  assign out_data  = out_q;
  assign out_valid = valid_q;

`ifdef FORMAL
  // The reference is one counter of positions, and all rows in registers: of them what has come since the reset.
  localparam int F_DEPTH = (KH - 1) * COLUMNS + 1;
  logic                     f_started = 1'b0;
  logic [15:0]              f_position = 16'd0;
  logic [15:0]              f_known = 16'd0;
  logic [F_DEPTH*WIDTH-1:0] f_line;        // position 0 is the newest
  wire [COLUMNS*COLUMN_W-1:0] f_at;        // by age: the word that was written so many positions ago
  for (genvar age = 0; age < COLUMNS; age++) begin : gen_at
    assign f_at[COLUMN_W*age +: COLUMN_W] = 16'(column_q) > 16'(age) ? COLUMN_W'(16'(column_q) - 16'(age + 1))
                                                                   : COLUMN_W'(16'(column_q) + 16'(COLUMNS - 1 - age));
  end
`endif

  wire [COLUMN_W-1:0] next_column = row_ends ? '0 : column_q + 1'b1;
  wire [KH*WIDTH-1:0] column;
  if (KH == 1) begin : gen_row
    assign column = in_data;
  end else if (BLOCK) begin : gen_block
    // A word is read a position ahead of its own. The first after a reset is not: it is of rows that are in no column that leaves.
    localparam int WORDS = COLUMNS > 1024 ? 2 ** COLUMN_W : COLUMNS;   // more are one bank too
    (* ram_style = "block" *)
    logic [(KH-1)*WIDTH-1:0] above [0:WORDS-1];
    logic [(KH-1)*WIDTH-1:0] above_q;
    assign column = {in_data, above_q};
    always_ff @(posedge clk) begin
      if (in_valid) begin
        above_q         <= above[next_column];
        above[column_q] <= column[KH*WIDTH-1:WIDTH];
      end
    end
`ifdef FORMAL
    for (genvar age = 0; age < COLUMNS; age++) begin : gen_age
      wire [(KH-1)*WIDTH-1:0] held = age == COLUMNS - 1 ? above_q : above[f_at[COLUMN_W*age +: COLUMN_W]];
      for (genvar r = 0; r < KH - 1; r++) begin : gen_held
        localparam int PLACE = (KH - 2 - r) * COLUMNS + age;
        always_ff @(posedge clk)
          if (f_started && f_known > 16'(PLACE)) assert (held[WIDTH*r +: WIDTH] == f_line[WIDTH*PLACE +: WIDTH]);
      end
    end
`endif
  end else begin : gen_rows
    (* ram_style = "distributed" *)
    logic [(KH-1)*WIDTH-1:0] above [0:COLUMNS-1];
    assign column = {in_data, above[column_q]};
    always_ff @(posedge clk) if (in_valid) above[column_q] <= column[KH*WIDTH-1:WIDTH];
`ifdef FORMAL
    for (genvar age = 0; age < COLUMNS; age++) begin : gen_age
      wire [(KH-1)*WIDTH-1:0] held = above[f_at[COLUMN_W*age +: COLUMN_W]];
      for (genvar r = 0; r < KH - 1; r++) begin : gen_held
        localparam int PLACE = (KH - 2 - r) * COLUMNS + age;
        always_ff @(posedge clk)
          if (f_started && f_known > 16'(PLACE)) assert (held[WIDTH*r +: WIDTH] == f_line[WIDTH*PLACE +: WIDTH]);
      end
    end
`endif
  end

  logic counts;
  if (SH == 1 && KH == 1) begin : gen_all
    assign counts = 1'b1;
  end else if (SH == 1) begin : gen_every
    assign counts = row_q >= ROW_W'(KH - 1);
  end else begin : gen_some
    always_comb begin
      counts = 1'b0;
      for (int r = KH - 1; r < ROWS; r = r + SH) if (row_q == ROW_W'(r)) counts = 1'b1;
    end
  end

  always_ff @(posedge clk) begin
    valid_q <= in_valid && counts;
    if (in_valid) begin
      out_q    <= column;
      column_q <= next_column;
      if (row_ends) row_q <= image_ends ? '0 : row_q + 1'b1;
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
    else if (in_valid) f_position <= f_position + 16'd1 == 16'(ROWS * COLUMNS) ? 16'd0 : f_position + 16'd1;

    if (in_valid) f_line <= (F_DEPTH * WIDTH)'({f_line, in_data});
    if (rst) f_known <= 16'd0;
    else if (in_valid && f_known < 16'(F_DEPTH)) f_known <= f_known + 16'd1;

    if (!f_started) assume (rst);
    if (f_started) begin
      assert (f_known >= f_position || f_known >= 16'(F_DEPTH));
      assert (f_position < 16'(ROWS * COLUMNS));
      assert (16'(row_q) * 16'(COLUMNS) + 16'(column_q) == f_position);
      assert (column_q <= COLUMN_W'(COLUMNS - 1));
      if (!$past(rst)) assert (out_valid == ($past(in_valid) && $past(f_position) >= 16'((KH - 1) * COLUMNS) &&
                                             ($past(f_position) / 16'(COLUMNS) - 16'(KH - 1)) % 16'(SH) == 16'd0));
      if (out_valid && !$past(rst)) begin
        assert (f_known >= 16'(F_DEPTH));
        assert (out_data[WIDTH*(KH-1) +: WIDTH] == $past(in_data));
        for (int r = 0; r < KH; r++) assert (out_data[WIDTH*r +: WIDTH] == f_line[WIDTH*(KH-1-r)*COLUMNS +: WIDTH]);
      end
    end
  end
`endif

endmodule

`default_nettype wire
