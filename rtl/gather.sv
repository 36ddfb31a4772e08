// gather: PARTS vectors, one after the other, to one.
//
//   in --> [shift, a part at a time] --> out       out_valid is a pulse, a clock after the last part
//
// Nothing waits: parts of the next vector may follow at once. Latency: 1 clock.
// out_data: part i is [WIDTH*i +: WIDTH], the first lowest.

`default_nettype none

module gather #(
  parameter int WIDTH = 32,                // bits of a part
  parameter int PARTS = 4                  // 2 or more
) (
  input  wire                   clk,
  input  wire                   rst,       // synchronous, active high
  input  wire [WIDTH-1:0]       in_data,
  input  wire                   in_valid,
  output wire [PARTS*WIDTH-1:0] out_data,
  output wire                   out_valid
);

  localparam int PART_W = $clog2(PARTS);

  logic [PARTS*WIDTH-1:0] line_q;
  logic [PART_W-1:0]      part_q;
  logic                   valid_q;

  wire ends = part_q == PART_W'(PARTS - 1);

  assign out_data  = line_q;
  assign out_valid = valid_q;

  always_ff @(posedge clk) begin
    if (in_valid) begin
      line_q <= {in_data, line_q[PARTS*WIDTH-1:WIDTH]};
      part_q <= ends ? '0 : part_q + 1'b1;
    end
    valid_q <= !rst && in_valid && ends;
    if (rst) part_q <= '0;
  end

`ifdef FORMAL
  // The reference watches one part of a vector to its place.
  logic             f_started = 1'b0;
  logic [PART_W:0]  f_count = '0;
  (* anyconst *) logic [PART_W-1:0] f_place;
  logic [WIDTH-1:0] f_part;

  always_ff @(posedge clk) begin
    f_started <= 1'b1;
    if (!f_started) assume (rst);
    assume (f_place <= PART_W'(PARTS - 1));
    f_count <= rst ? '0 : !in_valid ? f_count : f_count == (PART_W+1)'(PARTS - 1) ? '0 : f_count + 1'b1;
    if (in_valid && part_q == f_place) f_part <= in_data;
    if (f_started) begin
      assert ((PART_W+1)'(part_q) == f_count && part_q <= PART_W'(PARTS - 1));
      // The watched part, once taken, has moved down by as many as came after it.
      if (part_q > f_place) assert (line_q[WIDTH*(PARTS + 32'(f_place) - 32'(part_q)) +: WIDTH] == f_part);
      if (out_valid) assert (part_q == '0 && out_data[WIDTH*f_place +: WIDTH] == f_part);
      if (!$past(rst) && out_valid) assert ($past(in_valid && ends));
    end
  end
`endif

endmodule

`default_nettype wire
