// pad: an image with zeros around it, for windows that hang over its edge.
//
// Nothing leaves before an image's first position is there; from then on zeros never wait, so the
// last window does not need the next image. Throughput: a position a clock out. Latency: 1 clock.
//
//   out: TOP rows of zeros, then ROWS of [LEFT zeros | COLUMNS positions from in | RIGHT zeros],
//        then BOTTOM rows of zeros

`default_nettype none

module pad #(
  parameter int WIDTH = 8,                 // bits of a position
  parameter int ROWS = 28,                 // of the image that comes
  parameter int COLUMNS = 28,
  parameter int TOP = 1,
  parameter int BOTTOM = 1,
  parameter int LEFT = 1,
  parameter int RIGHT = 1
) (
  input  wire             clk,
  input  wire             rst,             // synchronous, active high
  input  wire [WIDTH-1:0] in_data,
  input  wire             in_valid,
  output wire             in_ready,
  output wire [WIDTH-1:0] out_data,
  output wire             out_valid
);

  localparam int HEIGHT   = TOP + ROWS + BOTTOM;
  localparam int BREADTH  = LEFT + COLUMNS + RIGHT;
  localparam int ROW_W    = $clog2(HEIGHT + 1);
  localparam int COLUMN_W = $clog2(BREADTH + 1);

  logic [ROW_W-1:0]    row_q;              // of what leaves next
  logic [COLUMN_W-1:0] column_q;
  logic [WIDTH-1:0]    out_q;
  logic                valid_q;

  // A difference that wraps is past the end as well: one comparison a side.
  wire [ROW_W-1:0]    down   = row_q - ROW_W'(TOP);
  wire [COLUMN_W-1:0] along  = column_q - COLUMN_W'(LEFT);
  wire                middle = down < ROW_W'(ROWS);
  wire                inner = middle && along < COLUMN_W'(COLUMNS);

  // Whether the image's first position is still to come.
  wire ahead;
  if (TOP == 0) begin : gen_corner
    assign ahead = row_q == '0 && column_q <= COLUMN_W'(LEFT);
  end else begin : gen_rows
    assign ahead = row_q < ROW_W'(TOP) || (row_q == ROW_W'(TOP) && column_q <= COLUMN_W'(LEFT));
  end

  wire step        = in_valid || !(inner || ahead);
  wire row_ends    = column_q == COLUMN_W'(BREADTH - 1);
  wire image_ends  = row_ends && row_q == ROW_W'(HEIGHT - 1);

  assign in_ready  = inner;
  assign out_data  = out_q;
  assign out_valid = valid_q;

  always_ff @(posedge clk) begin
    valid_q <= step;
    if (inner) out_q <= in_data;
    else       out_q <= '0;
    if (step) begin
      column_q <= row_ends ? '0 : column_q + 1'b1;
      if (row_ends) row_q <= image_ends ? '0 : row_q + 1'b1;
    end

    if (rst) begin
      valid_q  <= 1'b0;
      row_q    <= '0;
      column_q <= '0;
    end
  end

`ifdef FORMAL
  // The reference counts positions that left, and what of them came from in.
  logic        f_started = 1'b0;
  logic [15:0] f_out = 16'd0;
  wire  [15:0] f_row    = f_out / 16'(BREADTH);
  wire  [15:0] f_column = f_out % 16'(BREADTH);
  wire         f_image  = f_row >= 16'(TOP) && f_row < 16'(TOP + ROWS) && f_column >= 16'(LEFT) && f_column < 16'(LEFT + COLUMNS);
  wire         f_first  = f_out <= 16'(TOP * BREADTH + LEFT);

  always_ff @(posedge clk) begin
    f_started <= 1'b1;
    if (rst) f_out <= 16'd0;
    else if (step) f_out <= f_out + 16'd1 == 16'(HEIGHT * BREADTH) ? 16'd0 : f_out + 16'd1;

    if (!f_started) assume (rst);
    if (f_started) begin
      assert (f_out < 16'(HEIGHT * BREADTH));
      assert (16'(row_q) == f_row && 16'(column_q) == f_column);
      assert (column_q < COLUMN_W'(BREADTH));
      assert (in_ready == f_image);
      assert (step == (in_valid || !(f_image || f_first)));
      if (!$past(rst)) begin
        assert (out_valid == $past(step));
        if (out_valid) assert (out_data == ($past(f_image) ? $past(in_data) : '0));
      end
    end
  end
`endif

endmodule

`default_nettype wire
