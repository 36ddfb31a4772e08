// collect: PIECES parts, one after the other, to a vector, the first lowest.
//
//   in --> [vector, shifted by a part] --> out, valid with the last part
//
// Latency: 1 clock. The vector stays until the next one's first part comes.

`default_nettype none

module collect #(
  parameter int WIDTH = 32,                // bits of a part
  parameter int PIECES = 4
) (
  input  wire                    clk,
  input  wire                    rst,      // synchronous, active high
  input  wire [WIDTH-1:0]        in_data,
  input  wire                    in_valid,
  output wire [PIECES*WIDTH-1:0] out_data,
  output wire                    out_valid
);

  logic [PIECES*WIDTH-1:0] vector_q;
  logic                    valid_q;
  wire                     last;

  assign out_data  = vector_q;
  assign out_valid = valid_q;

  if (PIECES == 1) begin : gen_each
    assign last = 1'b1;
    always_ff @(posedge clk) if (in_valid) vector_q <= in_data;
  end else begin : gen_count
    localparam int PIECE_W = $clog2(PIECES);
    logic [PIECE_W-1:0] piece_q;
    assign last = piece_q == PIECE_W'(PIECES - 1);
    always_ff @(posedge clk) begin
      if (in_valid) vector_q <= {in_data, vector_q[PIECES*WIDTH-1 : WIDTH]};
      if (in_valid) piece_q  <= last ? '0 : piece_q + 1'b1;
      if (rst)      piece_q  <= '0;
    end
  end

  always_ff @(posedge clk) valid_q <= in_valid && last && !rst;

`ifdef FORMAL
  // The reference writes each part to its place; places before the next part's are this vector's.
  logic                    f_started = 1'b0;
  logic [7:0]              f_piece;
  logic [PIECES*WIDTH-1:0] f_vector;
  always_ff @(posedge clk) begin
    f_started <= 1'b1;
    if (!f_started) assume (rst);
    if (in_valid) f_vector[WIDTH*(32'(f_piece) % PIECES) +: WIDTH] <= in_data;
    if (in_valid) f_piece <= f_piece == 8'(PIECES - 1) ? 8'd0 : f_piece + 8'd1;
    if (rst) f_piece <= 8'd0;
    if (f_started) begin
      assert (f_piece < 8'(PIECES));
      if (PIECES > 1) assert (8'(gen_count.piece_q) == f_piece);
      for (int p = 0; p < PIECES; p++)
        if (8'(p) < f_piece)
          assert (out_data[WIDTH*(PIECES-32'(f_piece)+p) +: WIDTH] == f_vector[WIDTH*p +: WIDTH]);
      if (!$past(rst)) assert (out_valid == ($past(in_valid) && $past(f_piece) == 8'(PIECES - 1)));
      if (out_valid) assert (out_data == f_vector);
    end
  end
`endif

endmodule

`default_nettype wire
