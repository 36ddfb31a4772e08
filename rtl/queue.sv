// queue: positions that come LANES at a time, some of them, to one at a time in raster order.
//
// A memory a lane. Which lane holds the next position of an image follows from the geometry: the
// first is START, STEP further for each position of a row, STEP_ROW from a row's first to the next
// row's first, modulo LANES. So nothing is sorted, and nothing is stored about order.
// DEPTH is the plan's: the schedule never fills it further, under whatever stalls, so there is no
// in_ready. Throughput: one position a clock out. Latency: 1 clock. out_* is stable until taken.

`default_nettype none

module queue #(
  parameter int WIDTH = 128,               // bits of a position
  parameter int LANES = 1,
  parameter int DEPTH = 4,                 // positions a lane can hold, 1 or more
  parameter int ROWS = 6,                  // of an image
  parameter int COLUMNS = 6,
  parameter int START = 0,                 // lanes
  parameter int STEP = 0,
  parameter int STEP_ROW = 0
) (
  input  wire                   clk,
  input  wire                   rst,       // synchronous, active high
  input  wire [LANES*WIDTH-1:0] in_data,
  input  wire [LANES-1:0]       in_valid,
  output wire [WIDTH-1:0]       out_data,
  output wire                   out_valid,
  input  wire                   out_ready
);

  localparam int AT_W    = DEPTH > 1 ? $clog2(DEPTH) : 1;
  localparam int COUNT_W = $clog2(DEPTH + 1);
  localparam int LANE_W  = LANES > 1 ? $clog2(LANES) : 1;

  wire [LANES*WIDTH-1:0] heads;
  wire [LANES-1:0]       filled;
  wire [LANE_W-1:0]      lane;
  wire                   take = out_valid && out_ready;

  if (LANES == 1) begin : gen_one
    assign lane      = '0;
    assign out_data  = heads;
    assign out_valid = filled[0];
  end else begin : gen_order
    localparam int COLUMN_W = $clog2(COLUMNS + 1);
    localparam int ROW_W    = $clog2(ROWS + 1);
    logic [COLUMN_W-1:0] column_q;
    logic [ROW_W-1:0]    row_q;
    logic [LANE_W-1:0]   lane_q, row_lane_q;  // LANES is a power of two: sums wrap

    wire row_ends   = column_q == COLUMN_W'(COLUMNS - 1);
    wire image_ends = row_ends && row_q == ROW_W'(ROWS - 1);

    assign lane      = lane_q;
    assign out_data  = heads[WIDTH*lane_q +: WIDTH];
    assign out_valid = filled[lane_q];

    always_ff @(posedge clk) begin
      if (take) begin
        column_q <= row_ends ? '0 : column_q + 1'b1;
        if (row_ends) row_q <= image_ends ? '0 : row_q + 1'b1;
        if (image_ends) begin
          lane_q     <= LANE_W'(START);
          row_lane_q <= LANE_W'(START);
        end else if (row_ends) begin
          lane_q     <= row_lane_q + LANE_W'(STEP_ROW);
          row_lane_q <= row_lane_q + LANE_W'(STEP_ROW);
        end else begin
          lane_q <= lane_q + LANE_W'(STEP);
        end
      end
      if (rst) begin
        column_q   <= '0;
        row_q      <= '0;
        lane_q     <= LANE_W'(START);
        row_lane_q <= LANE_W'(START);
      end
    end
  end

  for (genvar l = 0; l < LANES; l++) begin : gen_lane
    (* ram_style = "distributed" *)
    logic [WIDTH-1:0]   memory [0:DEPTH-1];
    logic [AT_W-1:0]    write_q, read_q;
    logic [COUNT_W-1:0] count_q;
    wire                put = in_valid[l];
    wire                get = take && lane == LANE_W'(l);

    assign heads[WIDTH*l +: WIDTH] = memory[read_q];
    assign filled[l] = count_q != '0;

    always_ff @(posedge clk) begin
      if (put) memory[write_q] <= in_data[WIDTH*l +: WIDTH];
      if (put) write_q <= write_q == AT_W'(DEPTH - 1) ? '0 : write_q + 1'b1;
      if (get) read_q <= read_q == AT_W'(DEPTH - 1) ? '0 : read_q + 1'b1;
      count_q <= count_q + COUNT_W'(put) - COUNT_W'(get);
      if (rst) begin
        write_q <= '0;
        read_q  <= '0;
        count_q <= '0;
      end
    end

`ifdef FORMAL
    always_ff @(posedge clk) if (!rst) assume (!(put && count_q == COUNT_W'(DEPTH)));  // the plan's promise
`endif
  end

`ifdef FORMAL
  // One lane: the reference watches one word, put when f_ahead words lie before it, to its leaving.
  if (LANES == 1) begin : gen_formal
    logic             f_started = 1'b0;
    logic             f_watching = 1'b0;
    logic [7:0]       f_ahead;
    logic [WIDTH-1:0] f_word;
    (* anyseq *) wire f_choose;

    always_ff @(posedge clk) begin
      f_started <= 1'b1;
      if (!f_started) assume (rst);
      if (rst) f_watching <= 1'b0;
      else if (!f_watching && f_choose && in_valid[0]) begin
        f_watching <= 1'b1;
        f_word     <= in_data;
        f_ahead    <= 8'(gen_lane[0].count_q) - 8'(take);
      end else if (f_watching && take) begin
        if (f_ahead == 8'd0) f_watching <= 1'b0;
        else f_ahead <= f_ahead - 8'd1;
      end

      if (f_started) begin
        assert (gen_lane[0].count_q <= COUNT_W'(DEPTH));
        assert (gen_lane[0].read_q <= AT_W'(DEPTH - 1) && gen_lane[0].write_q <= AT_W'(DEPTH - 1));
        assert ((16'(gen_lane[0].read_q) + 16'(gen_lane[0].count_q)) % 16'(DEPTH) == 16'(gen_lane[0].write_q));
        if (f_watching) begin
          assert (f_ahead < 8'(gen_lane[0].count_q));
          assert (gen_lane[0].memory[AT_W'((16'(gen_lane[0].read_q) + 16'(f_ahead)) % 16'(DEPTH))] == f_word);
          if (f_ahead == 8'd0) assert (out_data == f_word);
        end
        if (!$past(rst) && $past(out_valid && !out_ready)) assert (out_valid && out_data == $past(out_data));
      end
    end
  end
`endif

endmodule

`default_nettype wire
