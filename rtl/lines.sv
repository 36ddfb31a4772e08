// lines: the last rows of an image in block RAM, given back as columns of windows, PORTS positions a clock.
//
//   in --> [PORTS copies of DEPTH positions] --> PORTS positions of a column --> out
//
// Takes a position whenever it comes. A column is a position of row KH-1, or of every SH-th after it, with the KH-1
// above; it is given once it has come, in STEPS = ceil(KH / PORTS) parts, the upper rows first, and waits
// for out_ready. What is past row KH of the last part is anything. DEPTH is the plan's: however the
// input stalls, no position is overwritten that a column to come needs. Throughput: a position a
// clock in, a part a clock out. Latency: 2 clocks. out_* is stable until taken.
//
// out_data: row p of the part is [WIDTH*p +: WIDTH].

`default_nettype none

module lines #(
  parameter int WIDTH = 32,                // bits of a position: its channels, the first lowest
  parameter int ROWS = 12,                 // of an image
  parameter int COLUMNS = 12,
  parameter int KH = 5,                    // rows of a column
  parameter int SH = 1,                    // rows from a column to the next one below
  parameter int PORTS = 3,                 // rows of a part
  parameter int DEPTH = 512                // positions, a power of two
) (
  input  wire                   clk,
  input  wire                   rst,       // synchronous, active high
  input  wire [WIDTH-1:0]       in_data,
  input  wire                   in_valid,
  output wire [PORTS*WIDTH-1:0] out_data,
  output wire                   out_valid,
  input  wire                   out_ready
);

  localparam int STEPS    = (KH + PORTS - 1) / PORTS;
  localparam int BANDS    = (ROWS - KH) / SH + 1;    // rows of columns of an image
  localparam int AT_W     = $clog2(DEPTH);
  localparam int ROW_W    = $clog2(ROWS + 1);
  localparam int COLUMN_W = COLUMNS > 1 ? $clog2(COLUMNS) : 1;
  localparam int STEP_W   = STEPS > 1 ? $clog2(STEPS) : 1;
  localparam int SKIP_W   = SH > 1 ? $clog2(SH) : 1;

  // From a part's uppermost position to the next part's.
  localparam int BELOW = PORTS * COLUMNS;
  localparam int ASIDE = 1 - (STEPS - 1) * BELOW;
  localparam int DOWN  = ASIDE + (SH - 1) * COLUMNS;
  localparam int NEXT  = ASIDE + (ROWS - 1 - (BANDS - 1) * SH) * COLUMNS;

  // In: which position it is, and whether it is the lowest of a column.
  logic [ROW_W-1:0]    row_q;
  logic [COLUMN_W-1:0] column_q;
  logic [SKIP_W-1:0]   skip_q;             // rows until the next of columns
  logic [AT_W-1:0]     write_q;
  wire row_ends   = column_q == COLUMN_W'(COLUMNS - 1);
  wire image_ends = row_ends && row_q == ROW_W'(ROWS - 1);
  wire below      = KH == 1 || row_q >= ROW_W'(KH - 1);
  wire put        = in_valid && below && (SH == 1 || skip_q == '0);

  // Out: the part that is read next.
  logic [AT_W-1:0]     waiting_q;          // columns that have come and are not read yet
  logic [AT_W-1:0]     base_q;             // where its uppermost position lies
  logic [STEP_W-1:0]   step_q;
  logic [COLUMN_W-1:0] out_column_q;
  logic [ROW_W-1:0]    band_q;
  logic                valid_q;
  wire fetch       = waiting_q != '0 && (!valid_q || out_ready);
  wire step_ends   = STEPS == 1 || step_q == STEP_W'(STEPS - 1);
  wire column_ends = step_ends && out_column_q == COLUMN_W'(COLUMNS - 1);
  wire bands_end   = column_ends && band_q == ROW_W'(BANDS - 1);

  assign out_valid = valid_q;

  for (genvar p = 0; p < PORTS; p++) begin : gen_port
    (* ram_style = "block" *)
    logic [WIDTH-1:0] memory [0:DEPTH-1];
    logic [WIDTH-1:0] data_q;
    wire  [AT_W-1:0]  address = base_q + AT_W'(p * COLUMNS);
    assign out_data[WIDTH*p +: WIDTH] = data_q;
    always_ff @(posedge clk) begin
      if (in_valid) memory[write_q] <= in_data;
      if (fetch) data_q <= memory[address];
    end
  end

  always_ff @(posedge clk) begin
    if (in_valid) begin
      write_q  <= write_q + 1'b1;
      column_q <= row_ends ? '0 : column_q + 1'b1;
      if (row_ends) row_q <= image_ends ? '0 : row_q + 1'b1;
      if (row_ends) skip_q <= image_ends || !below ? '0 : skip_q == '0 ? SKIP_W'(SH - 1) : skip_q - 1'b1;
    end
    waiting_q <= waiting_q + AT_W'(put) - AT_W'(fetch && step_ends);
    valid_q   <= fetch || (valid_q && !out_ready);
    if (fetch) begin
      base_q <= base_q + (bands_end ? AT_W'(NEXT) : column_ends ? AT_W'(DOWN) : step_ends ? AT_W'(ASIDE) : AT_W'(BELOW));
      step_q <= step_ends ? '0 : step_q + 1'b1;
      if (step_ends)   out_column_q <= column_ends ? '0 : out_column_q + 1'b1;
      if (column_ends) band_q <= bands_end ? '0 : band_q + 1'b1;
    end

    if (rst) begin
      row_q        <= '0;
      column_q     <= '0;
      skip_q       <= '0;
      write_q      <= '0;
      waiting_q    <= '0;
      base_q       <= '0;
      step_q       <= '0;
      out_column_q <= '0;
      band_q       <= '0;
      valid_q      <= 1'b0;
    end
  end

`ifdef FORMAL
  // The reference numbers positions and columns over all images (a few: assumed); one position is watched from its coming.
  logic        f_started = 1'b0;
  logic [9:0]  f_images_in = '0, f_images_out = '0;
  wire  [31:0] f_in    = 32'(f_images_in) * ROWS * COLUMNS + 32'(row_q) * COLUMNS + 32'(column_q);
  wire  [31:0] f_upper = 32'(f_images_out) * ROWS * COLUMNS + 32'(band_q) * SH * COLUMNS + 32'(out_column_q);
  wire  [31:0] f_read  = f_upper + 32'(step_q) * BELOW;
  wire  [31:0] f_past  = below ? 32'(row_q) - (KH - 1) : 32'd0;                       // rows since the first of columns
  wire  [31:0] f_came  = (32'(f_images_in) * BANDS + (f_past + SH - 1) / SH) * COLUMNS
                       + (below && f_past % SH == 0 ? 32'(column_q) : 32'd0);
  wire  [31:0] f_went  = (32'(f_images_out) * BANDS + 32'(band_q)) * COLUMNS + 32'(out_column_q);
  logic        f_watching = 1'b0;
  logic [31:0] f_at;
  logic [WIDTH-1:0] f_word;
  (* anyseq *) wire f_choose;

  always_ff @(posedge clk) begin
    f_started <= 1'b1;
    if (!f_started) assume (rst);
    if (rst) begin
      f_images_in  <= '0;
      f_images_out <= '0;
      f_watching   <= 1'b0;
    end else begin
      f_images_in  <= f_images_in + 10'(in_valid && image_ends);
      f_images_out <= f_images_out + 10'(fetch && bands_end);
      if (!f_watching && f_choose && in_valid) begin
        f_watching <= 1'b1;
        f_at       <= f_in;
        f_word     <= in_data;
      end
    end
    // The plan's promise: what a column to come needs is not overwritten.
    if (f_started && !rst) assume (!in_valid || f_in < f_upper + DEPTH);
    if (f_started) assume (f_images_in < 10'd3);
    if (f_started) begin
      assert (32'(column_q) < COLUMNS && 32'(row_q) < ROWS && f_in <= f_upper + DEPTH);
      assert (32'(out_column_q) < COLUMNS && 32'(band_q) < BANDS && 32'(step_q) < STEPS);
      assert (32'(skip_q) == (SH - f_past % SH) % SH);
      assert (f_went <= f_came && 32'(waiting_q) == f_came - f_went);
      assert (f_went < f_came || step_q == '0);
      assert (write_q == AT_W'(f_in) && base_q == AT_W'(f_read));
      if (!$past(rst)) begin
        assert (out_valid == $past(fetch || (out_valid && !out_ready)));
        if ($past(out_valid && !out_ready)) assert (out_data == $past(out_data));
      end
      if (f_watching) assert (f_at < f_in);
    end
  end
  for (genvar p = 0; p < PORTS; p++) begin : gen_formal
    wire [31:0] f_position = f_read + p * COLUMNS;
    always_ff @(posedge clk) if (f_started && f_watching) begin
      if (f_in <= f_at + DEPTH) assert (gen_port[p].memory[AT_W'(f_at)] == f_word);
      if (!$past(rst) && $past(fetch && f_watching && f_position == f_at && 32'(step_q) * PORTS + p < KH))
        assert (out_data[WIDTH*p +: WIDTH] == f_word);
      // A column is read when all of it has come, and before any of it is overwritten.
      if (fetch && 32'(step_q) * PORTS + p < KH) assert (f_position < f_in && f_in <= f_position + DEPTH);
    end
  end
`endif

endmodule

`default_nettype wire
