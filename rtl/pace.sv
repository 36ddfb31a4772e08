// pace: what comes, at most every CLOCKS clocks, for a block that works so long on each.
//
//   in (from a queue) --> out, a pulse       in_ready in the clock that takes. Latency: 1 clock.

`default_nettype none

module pace #(
  parameter int WIDTH = 8,
  parameter int CLOCKS = 4                 // 1 or more
) (
  input  wire             clk,
  input  wire             rst,             // synchronous, active high
  input  wire [WIDTH-1:0] in_data,
  input  wire             in_valid,
  output wire             in_ready,
  output wire [WIDTH-1:0] out_data,
  output wire             out_valid
);

  localparam int WAIT_W = CLOCKS > 1 ? $clog2(CLOCKS) : 1;

  logic [WAIT_W-1:0] wait_q;               // clocks until the next may be taken
  logic [WIDTH-1:0]  out_q;
  logic              valid_q;

  wire take = in_valid && in_ready;

  assign in_ready  = wait_q == '0;
  assign out_data  = out_q;
  assign out_valid = valid_q;

  always_ff @(posedge clk) begin
    valid_q <= take;
    if (take) out_q <= in_data;
    if (take)              wait_q <= WAIT_W'(CLOCKS - 1);
    else if (wait_q != '0) wait_q <= wait_q - 1'b1;

    if (rst) begin
      valid_q <= 1'b0;
      wait_q  <= '0;
    end
  end

`ifdef FORMAL
  // The reference is the age of the last one taken.
  logic        f_started = 1'b0;
  logic [15:0] f_age = 16'hffff;

  always_ff @(posedge clk) begin
    f_started <= 1'b1;
    f_age     <= rst ? 16'hffff : take ? 16'd1 : f_age == 16'hffff ? f_age : f_age + 16'd1;
    if (!f_started) assume (rst);
    if (f_started) begin
      assert (in_ready == (f_age >= 16'(CLOCKS)));
      assert (f_age != 16'd0);
      if (f_age < 16'(CLOCKS)) assert (16'(wait_q) == 16'(CLOCKS) - f_age);
      if (!$past(rst)) begin
        assert (out_valid == $past(take));
        if (out_valid) assert (out_data == $past(in_data));
      end
    end
  end
`endif

endmodule

`default_nettype wire
