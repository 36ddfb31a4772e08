// delay: bits, so many clocks later. Data without valid bits of its own travels beside this one.
//
//   out[t] = in[t - CLOCKS];  CLOCKS = 0 is a wire

`default_nettype none

module delay #(
  parameter int WIDTH = 1,                 // bits
  parameter int CLOCKS = 1,                // 0 or more
  parameter bit RESET = 1                  // whether rst clears it: for valid bits, never for data
) (
  input  wire             clk,
  input  wire             rst,             // synchronous, active high
  input  wire [WIDTH-1:0] in_data,
  output wire [WIDTH-1:0] out_data
);

  if (CLOCKS == 0) begin : gen_wire
    wire unused = &{1'b0, clk, rst};
    assign out_data = in_data;
  end else begin : gen_line
    logic [CLOCKS*WIDTH-1:0] line_q;       // the newest is lowest

    assign out_data = line_q[(CLOCKS-1)*WIDTH +: WIDTH];

    always_ff @(posedge clk) begin
      line_q <= (CLOCKS * WIDTH)'({line_q, in_data});
      if (RESET && rst) line_q <= '0;
    end
  end

`ifdef FORMAL
  logic       f_started = 1'b0;
  logic [7:0] f_age = 8'd0;                // clocks since the last reset, up to CLOCKS

  always_ff @(posedge clk) begin
    f_started <= 1'b1;
    f_age     <= rst ? 8'd0 : f_age + {7'd0, f_age != 8'(CLOCKS)};
    if (!f_started) assume (rst);
    if (f_started && CLOCKS != 0 && RESET) begin
      if ($past(rst)) assert (out_data == '0);
      if (f_age == 8'd1 && CLOCKS == 1) assert (out_data == $past(in_data));
      if (f_age >= 8'd2 && CLOCKS == 2) assert (out_data == $past(in_data, 2));
    end
  end
`endif

endmodule

`default_nettype wire
