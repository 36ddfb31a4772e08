// window_loader: columns to windows, one every FRAME clocks, for an engine that copies what it gets.
//
//   in --> [KW columns] --> out           in_ready while the window is not complete, or leaves now
//
// While the engine works on a window, the columns of the next one are taken: only its first costs KW
// clocks a row, and those too lie within FRAME. Throughput: a column a clock, or a part of one, PORTS rows of
// it, the upper ones first. Latency: 1 clock.
//
// in_data: row ky of a part is [WIDTH*ky +: WIDTH]; past row KH it may be anything. out_data: position (ky, kx) is [WIDTH*(ky*KW+kx) +: WIDTH].

`default_nettype none

module window_loader #(
  parameter int WIDTH = 32,                // bits of a position
  parameter int COLUMNS = 12,              // of a row of the image
  parameter int KH = 5,                    // of the window
  parameter int KW = 5,
  parameter int PORTS = KH,                // rows of a part
  parameter int SW = 1,                    // columns from a window to the next
  parameter int FRAME = 12                 // clocks from a window to the next, at least
) (
  input  wire                   clk,
  input  wire                   rst,       // synchronous, active high
  input  wire [PORTS*WIDTH-1:0] in_data,
  input  wire                   in_valid,
  output wire                   in_ready,
  output wire [KH*KW*WIDTH-1:0] out_data,
  output wire                   out_valid  // a pulse
);

  localparam int COLUMN_W = COLUMNS > 1 ? $clog2(COLUMNS) : 1;
  localparam int FRAME_W  = $clog2(FRAME + 1);
  localparam int STEPS    = (KH + PORTS - 1) / PORTS;
  localparam int STEP_W   = STEPS > 1 ? $clog2(STEPS) : 1;
  localparam int LINE     = KW * STEPS * PORTS * WIDTH;

  logic [LINE-1:0]        line_q;          // whole columns, the newest highest
  logic [STEP_W-1:0]      step_q;          // the next part of the column
  logic [COLUMN_W-1:0]    column_q;        // of the next one
  logic [FRAME_W-1:0]     wait_q;          // clocks until the engine is free
  logic                   whole_q;         // a window waits for it

  wire start = whole_q && wait_q == '0;
  wire take  = in_valid && in_ready;
  wire ends  = STEPS == 1 || step_q == STEP_W'(STEPS - 1);

  // Whether the column that comes completes a window.
  logic completes;
  if (SW == 1 && KW == 1) begin : gen_all
    assign completes = 1'b1;
  end else if (SW == 1) begin : gen_every
    assign completes = column_q >= COLUMN_W'(KW - 1);
  end else begin : gen_some
    always_comb begin
      completes = 1'b0;
      for (int c = KW - 1; c < COLUMNS; c = c + SW) if (column_q == COLUMN_W'(c)) completes = 1'b1;
    end
  end

  assign in_ready  = !whole_q || start;
  assign out_valid = start;

  for (genvar ky = 0; ky < KH; ky++) begin : gen_row
    for (genvar kx = 0; kx < KW; kx++) begin : gen_position
      assign out_data[WIDTH*(ky*KW+kx) +: WIDTH] = line_q[WIDTH*(kx*STEPS*PORTS+ky) +: WIDTH];
    end
  end

  always_ff @(posedge clk) begin
    if (take) begin
      line_q <= LINE'({in_data, line_q} >> (PORTS * WIDTH));
      step_q <= ends ? '0 : step_q + 1'b1;
      if (ends) column_q <= column_q == COLUMN_W'(COLUMNS - 1) ? '0 : column_q + 1'b1;
    end
    if (take)       whole_q <= completes && ends;
    else if (start) whole_q <= 1'b0;
    if (start)              wait_q <= FRAME_W'(FRAME - 1);
    else if (wait_q != '0)  wait_q <= wait_q - 1'b1;

    if (rst) begin
      column_q <= '0;
      step_q   <= '0;
      wait_q   <= '0;
      whole_q  <= 1'b0;
    end
  end

`ifdef FORMAL
  // The reference counts: windows follow from columns taken, FRAME clocks apart, none lost and none doubled.
  logic        f_started = 1'b0;
  logic        f_owed = 1'b0;              // a window complete and not given
  logic [15:0] f_age = 16'hffff;           // clocks since the last one

  always_ff @(posedge clk) begin
    f_started <= 1'b1;
    f_owed    <= !rst && (take ? ends && column_q >= COLUMN_W'(KW - 1) && (16'(column_q) - 16'(KW - 1)) % 16'(SW) == 16'd0 : f_owed && !out_valid);
    f_age     <= rst ? 16'hffff : out_valid ? 16'd1 : f_age == 16'hffff ? f_age : f_age + 16'd1;
    if (!f_started) assume (rst);
    if (f_started) begin
      assert (whole_q == f_owed);
      assert (!(take && f_owed && !out_valid));
      if (out_valid) assert (f_age >= 16'(FRAME));
      assert (column_q <= COLUMN_W'(COLUMNS - 1) && 32'(step_q) < STEPS);
      if (f_age < 16'(FRAME)) assert (16'(wait_q) == 16'(FRAME) - f_age);
      else assert (wait_q == '0);
      assert (f_age != 16'd0);
    end
  end
`endif

endmodule

`default_nettype wire
