// serial_add: one full adder, least significant bit first.
//
// in_first is high with bit 0 of a and b. Bit k of the sum is on out_s one clock
// after bit k of the operands, for as many bits as the caller goes on; the next
// numbers may follow at once. No reset: in_first starts the carry.
//
//   out_s = in_a + in_b            SUBTRACT = 0
//   out_s = in_a - in_b            SUBTRACT = 1: + ~b, carry in 1

`default_nettype none

module serial_add #(
  parameter bit SUBTRACT = 1'b0         // 1: a - b
) (
  input  wire  clk,
  input  wire  in_first,
  input  wire  in_a,
  input  wire  in_b,
  output wire  out_s
);

  logic sum_q, carry_q;

  wire b     = in_b ^ SUBTRACT;
  wire carry = in_first ? SUBTRACT : carry_q;

  assign out_s = sum_q;

  always_ff @(posedge clk) begin
    sum_q   <= in_a ^ b ^ carry;
    carry_q <= (in_a & b) | (carry & (in_a ^ b));
  end

`ifdef FORMAL
  // The bits so far, as numbers: f_s is what a and b make, modulo 2^bits.
  localparam int F_W = 12;
  logic [F_W-1:0] f_a = '0, f_b = '0, f_s = '0;
  logic [F_W-1:0] f_weight = '0;        // one hot: the bit that arrives; 0 before the first and past F_W bits
  logic           f_check = 1'b0;
  wire  [F_W-1:0] f_now = in_first ? F_W'(1) : f_weight;
  logic [F_W-1:0] f_last = '0;          // weight of the bit on out_s
  wire  [F_W-1:0] f_low = f_last | (f_last - F_W'(1));
  wire  [F_W-1:0] f_sum = SUBTRACT ? f_a - f_b : f_a + f_b;
  wire  [F_W-1:0] f_got = f_s | (out_s ? f_last : '0);
  wire  [F_W:0]   f_all = {1'b0, f_a} + (SUBTRACT ? {1'b0, ~f_b & f_low} + (F_W+1)'(1) : {1'b0, f_b});

  always_ff @(posedge clk) begin
    f_weight <= f_now << 1;
    f_last   <= f_now;
    f_check  <= f_now != '0;
    f_a      <= (in_first ? '0 : f_a) | (in_a ? f_now : '0);
    f_b      <= (in_first ? '0 : f_b) | (in_b ? f_now : '0);
    f_s      <= in_first ? '0 : f_got;
    assert (f_check == (f_last != '0));
    assert (f_weight == f_last << 1);
    assert ((f_last & (f_last - F_W'(1))) == '0);                         // one hot
    if (f_check) begin
      assert (((f_a | f_b | f_got) & ~f_low) == '0);
      assert ((f_s & f_last) == '0);
      assert (f_got == (f_sum & f_low));                                  // the bits that came are the sum's
      if (f_weight != '0) assert (carry_q == ((f_all & {1'b0, f_weight}) != '0));
    end
  end
`endif

endmodule

`default_nettype wire
