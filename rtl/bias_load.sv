// bias_load: a layer's biases, written through the stream; the build's after reset.
//
//   in_load: low word, high word, of output 0, 1, ... --> [shift register] --> out_bias
//
// The outputs' biases move one place for each that comes, so after a whole load all are in place and
// there is nothing to address. A load that broke off leaves them displaced; packet_in refuses images
// until another is whole.

`default_nettype none

module bias_load #(
  parameter int OUTPUTS = 10,
  parameter int BIAS_W = 26,               // bits stored of a bias, 17 to 32
  parameter bit [OUTPUTS*BIAS_W-1:0] BUILT = '0
) (
  input  wire                      clk,
  input  wire                      rst,              // synchronous, active high
  input  wire [15:0]               in_load_data,
  input  wire                      in_load_idle,     // no load runs: the next word is output 0's low half
  input  wire                      in_load_valid,
  output wire [OUTPUTS*BIAS_W-1:0] out_bias          // output o at [BIAS_W*o +: BIAS_W], signed
);

  logic [OUTPUTS*BIAS_W-1:0] bias_q;
  logic [15:0]               low_q;
  logic                      high_q;                 // the next word is a high half

  assign out_bias = bias_q;

  always_ff @(posedge clk) begin
    if (in_load_valid) begin
      high_q <= !high_q;
      if (high_q) bias_q <= (OUTPUTS * BIAS_W)'({in_load_data[BIAS_W-17:0], low_q, bias_q} >> BIAS_W);
      else low_q <= in_load_data;
    end
    if (in_load_idle) high_q <= 1'b0;
    if (rst) bias_q <= BUILT;                        // data, but what reset promises
  end

endmodule

`default_nettype wire
