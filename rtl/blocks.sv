// blocks: the sum of each PH x PW block of an image, channel by channel; blocks lie side by side.
//
// Takes a position whenever it comes. Rows and columns that fill no block are dropped. Latency: 2 clocks.
// out_data stays until the next block is whole, which is at least PW positions later.
//
//   in --> + along the row --+--> + --+--> out, after a block's last row
//                            |    ^   |
//                            |   line: one vector a block of the row
//
// Where one block fills a row, its sum is one register all along. Channel c of in_data is [BITS*c +: BITS], of
// out_data [SUM_W*c +: SUM_W].

`default_nettype none

module blocks #(
  parameter int CHANNELS = 16,
  parameter int BITS = 8,                  // of an element
  parameter bit SIGNED = 0,
  parameter int SUM_W = 12,                // bits that hold every sum, signed where elements are
  parameter int ROWS = 24,                 // of the image
  parameter int COLUMNS = 24,
  parameter int PH = 4,                    // of a block
  parameter int PW = 4
) (
  input  wire                      clk,
  input  wire                      rst,    // synchronous, active high
  input  wire [CHANNELS*BITS-1:0]  in_data,
  input  wire                      in_valid,
  output wire [CHANNELS*SUM_W-1:0] out_data,
  output wire                      out_valid
);

  localparam int ALONG   = COLUMNS / PW;
  localparam int DOWN    = ROWS / PH;
  localparam int COLUMN_W = $clog2(COLUMNS + 1);
  localparam int ROW_W   = $clog2(ROWS + 1);
  localparam int PART_W  = $clog2(PW + 1);
  localparam int STEP_W  = $clog2(PH + 1);
  localparam int LINE_W  = ALONG > 1 ? $clog2(ALONG) : 1;
  localparam int VECTOR  = CHANNELS * SUM_W;

  logic [COLUMN_W-1:0] column_q;
  logic [ROW_W-1:0]    row_q;
  logic [PART_W-1:0]   part_q;             // column of the block
  logic [STEP_W-1:0]   step_q;             // row of the block
  logic [LINE_W-1:0]   block_q;            // block of the row
  logic                along_q;            // whether that block is whole

  wire row_ends   = column_q == COLUMN_W'(COLUMNS - 1);
  wire image_ends = row_ends && row_q == ROW_W'(ROWS - 1);
  wire part_ends  = part_q == PART_W'(PW - 1);
  wire step_ends  = step_q == STEP_W'(PH - 1);
  wire counts     = in_valid && along_q && row_q < ROW_W'(DOWN * PH);

  always_ff @(posedge clk) begin
    if (in_valid) begin
      column_q <= row_ends ? '0 : column_q + 1'b1;
      part_q   <= row_ends || part_ends ? '0 : part_q + 1'b1;
      if (row_ends) begin
        row_q   <= image_ends ? '0 : row_q + 1'b1;
        step_q  <= image_ends || step_ends ? '0 : step_q + 1'b1;
        block_q <= '0;
        along_q <= 1'b1;
      end else if (part_ends) begin
        block_q <= block_q == LINE_W'(ALONG - 1) ? '0 : block_q + 1'b1;
        if (block_q == LINE_W'(ALONG - 1)) along_q <= 1'b0;
      end
    end
    if (rst) begin
      column_q <= '0;
      row_q    <= '0;
      part_q   <= '0;
      step_q   <= '0;
      block_q  <= '0;
      along_q  <= 1'b1;
    end
  end

  // Elements as wide as sums.
  wire [VECTOR-1:0] wide;
  for (genvar c = 0; c < CHANNELS; c++) begin : gen_wide
    assign wide[SUM_W*c +: SUM_W] = {{(SUM_W-BITS){SIGNED && in_data[BITS*c+BITS-1]}}, in_data[BITS*c +: BITS]};
  end

  logic [VECTOR-1:0] sum_q, out_q;
  wire               whole;                // a block's sum is there
  logic              valid_q;
  assign out_data  = out_q;
  assign out_valid = valid_q;

  always_ff @(posedge clk) valid_q <= !rst && whole;

  if (ALONG == 1) begin : gen_one
    wire first = part_q == '0 && step_q == '0;
    for (genvar c = 0; c < CHANNELS; c++) begin : gen_channel
      always_ff @(posedge clk) begin
        if (counts)
          sum_q[SUM_W*c +: SUM_W] <= wide[SUM_W*c +: SUM_W] + (first ? '0 : sum_q[SUM_W*c +: SUM_W]);
        if (whole) out_q[SUM_W*c +: SUM_W] <= sum_q[SUM_W*c +: SUM_W];
      end
    end
    logic whole_q;
    assign whole = whole_q;
    always_ff @(posedge clk) whole_q <= !rst && counts && part_ends && step_ends;
  end else begin : gen_many
    logic              across_q, first_q, last_q;
    logic [LINE_W-1:0] at_q;
    (* ram_style = "distributed" *)
    logic [VECTOR-1:0] line [0:ALONG-1];
    wire  [VECTOR-1:0] above = line[at_q];
    wire  [VECTOR-1:0] down;
    for (genvar c = 0; c < CHANNELS; c++) begin : gen_channel
      assign down[SUM_W*c +: SUM_W] = sum_q[SUM_W*c +: SUM_W] + (first_q ? '0 : above[SUM_W*c +: SUM_W]);
      always_ff @(posedge clk)
        if (counts)
          sum_q[SUM_W*c +: SUM_W] <= wide[SUM_W*c +: SUM_W] + (part_q == '0 ? '0 : sum_q[SUM_W*c +: SUM_W]);
    end
    assign whole = across_q && last_q;
    always_ff @(posedge clk) begin
      across_q <= !rst && counts && part_ends;
      first_q  <= step_q == '0;
      last_q   <= step_ends;
      at_q     <= block_q;
      if (across_q) line[at_q] <= down;
      if (whole) out_q <= down;
    end
  end

endmodule

`default_nettype wire
