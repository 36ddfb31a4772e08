// folded_products: an input times a weight of one output or of two, SIMD inputs side by side, added in pairs.
//
// TWO: both outputs' weights share a multiplier. Its pre-adder makes (w1 << 16) + w0, and of two inputs a
// and b the second multiplier adds the first one's product to its own, so that a pair costs no adder:
//
//   P = ((wa1 << 16) + wa0) * a + ((wb1 << 16) + wb0) * b = (S1 << 16) + S0
//
// S0 = wa0*a + wb0*b has 17 bits, one more than there is room for below S1. Its sign is the bit that both
// share, less the last bit of S1, which is a parity:
//
//   sign of S0 = P[16] ^ (wa1[0] & a[0]) ^ (wb1[0] & b[0])     S1 = (P >> 16) + sign of S0
//
// That 1 is not added here: out_lacking goes into the adder tree as a carry. An input alone (the last of
// an odd SIMD) is a pair with nothing. Latency: 3 clocks; SIMD = 1: 1 clock, no pair.

`default_nettype none

module folded_products #(
  parameter int BITS = 8,                  // of an input, at most 8
  parameter bit SIGNED = 0,
  parameter int SIMD = 5,
  parameter bit TWO = 1,
  parameter int NODES = (SIMD + 1) / 2,
  parameter int NODE_W = SIMD > 1 ? 17 : 16
) (
  input  wire                    clk,
  input  wire [SIMD*BITS-1:0]    in_data,
  input  wire [SIMD*8-1:0]       in_weights,  // of the first output
  input  wire [SIMD*8-1:0]       in_second,   // of the second
  output wire [NODES*NODE_W-1:0] out_data,    // of the first output, signed
  output wire [NODES*NODE_W-1:0] out_second,  // of the second, less out_lacking
  output wire [NODES-1:0]        out_lacking
);

  for (genvar n = 0; n < NODES; n++) begin : gen_node
    localparam int A = 2 * n;
    localparam bit PAIR = A + 1 < SIMD;

    wire signed [BITS:0] a  = {SIGNED && in_data[BITS*A+BITS-1], in_data[BITS*A +: BITS]};
    wire signed [7:0]    a0 = in_weights[8*A +: 8];
    wire signed [7:0]    a1 = in_second[8*A +: 8];

    // The second input of the pair, a clock later.
    logic signed [BITS:0] b_q;
    logic signed [7:0]    b0_q, b1_q;
    if (PAIR) begin : gen_pair
      always_ff @(posedge clk) begin
        b_q  <= {SIGNED && in_data[BITS*(A+1)+BITS-1], in_data[BITS*(A+1) +: BITS]};
        b0_q <= in_weights[8*(A+1) +: 8];
        b1_q <= in_second[8*(A+1) +: 8];
      end
    end else begin : gen_nothing
      assign b_q  = '0;
      assign b0_q = '0;
      assign b1_q = '0;
      wire unused_b = &{1'b0, b_q, b0_q, b1_q};
    end

    if (TWO) begin : gen_two
      wire  signed [24:0] a_high = {a1[7], a1, 16'd0};
      wire  signed [24:0] a_low  = 25'(a0);
      wire  signed [24:0] a_both = a_high + a_low;
      logic signed [33:0] a_product_q;
      always_ff @(posedge clk) a_product_q <= a_both * a;
      if (SIMD == 1) begin : gen_one
        assign out_data    = a_product_q[15:0];
        assign out_second  = a_product_q[31:16];
        assign out_lacking = a_product_q[15];
        wire unused = &{1'b0, a_product_q[33:32]};     // copies of the sign
      end else begin : gen_sum
        logic signed [33:0] sum_q;
        logic               a_odd_q, odd_q, odd2_q;    // the last bit of S1, beside the sum
        if (PAIR) begin : gen_both
          wire  signed [24:0] b_high = {b1_q[7], b1_q, 16'd0};
          wire  signed [24:0] b_low  = 25'(b0_q);
          wire  signed [24:0] b_both = b_high + b_low;
          logic signed [33:0] a_product2_q, b_product_q;
          always_ff @(posedge clk) begin
            b_product_q  <= b_both * b_q;
            a_product2_q <= a_product_q;
            sum_q        <= b_product_q + a_product2_q;
          end
        end else begin : gen_alone
          logic signed [33:0] wait_q;
          always_ff @(posedge clk) begin
            wait_q <= a_product_q;
            sum_q  <= wait_q;
          end
        end
        always_ff @(posedge clk) begin
          a_odd_q <= a1[0] && a[0];
          odd_q   <= a_odd_q ^ (b1_q[0] && b_q[0]);
          odd2_q  <= odd_q;
        end
        wire sign = sum_q[16] ^ odd2_q;
        assign out_data[17*n +: 17]   = {sign, sum_q[15:0]};
        assign out_second[17*n +: 17] = sum_q[32:16];
        assign out_lacking[n]         = sign;
        wire unused = &{1'b0, sum_q[33]};              // a copy of the sign
      end
    end else begin : gen_single
      logic signed [16:0] a_product_q;
      always_ff @(posedge clk) a_product_q <= 17'(a0 * a);
      assign out_second[NODE_W*n +: NODE_W] = '0;
      assign out_lacking[n]                 = 1'b0;
      if (SIMD == 1) begin : gen_one
        assign out_data = a_product_q[15:0];
        wire unused = &{1'b0, a_product_q[16]};
      end else begin : gen_sum
        logic signed [16:0] b_product_q, a_product2_q, sum_q;
        always_ff @(posedge clk) begin
          b_product_q  <= 17'(b0_q * b_q);
          a_product2_q <= a_product_q;
          sum_q        <= b_product_q + a_product2_q;
        end
        assign out_data[17*n +: 17] = sum_q;
      end
      wire unused_second = &{1'b0, a1, b1_q};
    end
  end

`ifdef FORMAL
  // The definition: each pair's sum, as many clocks late.
  localparam int F_LATENCY = SIMD > 1 ? 3 : 1;
  logic [7:0]          f_age = 8'd0;
  logic [SIMD*BITS-1:0] f_data_q, f_data2_q, f_data3_q;
  logic [SIMD*8-1:0]    f_first_q, f_first2_q, f_first3_q, f_second_q, f_second2_q, f_second3_q;
  wire  [SIMD*BITS-1:0] f_data   = F_LATENCY == 1 ? f_data_q : f_data3_q;
  wire  [SIMD*8-1:0]    f_first  = F_LATENCY == 1 ? f_first_q : f_first3_q;
  wire  [SIMD*8-1:0]    f_second = F_LATENCY == 1 ? f_second_q : f_second3_q;
  always_ff @(posedge clk) begin
    f_age <= f_age + {7'd0, f_age != 8'd4};
    {f_data3_q, f_data2_q, f_data_q}       <= {f_data2_q, f_data_q, in_data};
    {f_first3_q, f_first2_q, f_first_q}    <= {f_first2_q, f_first_q, in_weights};
    {f_second3_q, f_second2_q, f_second_q} <= {f_second2_q, f_second_q, in_second};
  end
  for (genvar n = 0; n < NODES; n++) begin : gen_formal
    localparam int A = 2 * n;
    localparam int B = A + 1 < SIMD ? A + 1 : A;
    wire signed [BITS:0]  f_a  = {SIGNED && f_data[BITS*A+BITS-1], f_data[BITS*A +: BITS]};
    wire signed [BITS:0]  f_b  = A == B ? '0 : {SIGNED && f_data[BITS*B+BITS-1], f_data[BITS*B +: BITS]};
    wire signed [7:0]     f_a0 = f_first[8*A +: 8];
    wire signed [7:0]     f_b0 = f_first[8*B +: 8];
    wire signed [7:0]     f_a1 = f_second[8*A +: 8];
    wire signed [7:0]     f_b1 = f_second[8*B +: 8];
    wire signed [17:0]    f_s0 = 18'(f_a0) * 18'(f_a) + 18'(f_b0) * 18'(f_b);
    wire signed [17:0]    f_s1 = 18'(f_a1) * 18'(f_a) + 18'(f_b1) * 18'(f_b);
    wire signed [NODE_W-1:0] f_low  = out_data[NODE_W*n +: NODE_W];
    wire signed [NODE_W-1:0] f_high = out_second[NODE_W*n +: NODE_W];
    always_ff @(posedge clk) if (32'(f_age) >= F_LATENCY) begin
      assert (18'(f_low) == f_s0);
      if (TWO) assert (18'(f_high) + 18'($signed({1'b0, out_lacking[n]})) == f_s1);
      else assert (!out_lacking[n]);
    end
  end
`endif

endmodule

`default_nettype wire
