// serial_sum: two to four numbers added bit by bit, least significant bit first.
//
// in_start is high in the clock before bit 0 of the numbers; it may come again with their last bit. Bit k of
// the sum is on out_s one clock after bit k of the numbers, for as many bits as the caller goes on.
//
//   out_s = in_data[0] + in_data[1] + ..      each where NEGATIVE says so: -b = ~b + 1, the ones in the first carry
//
// What is carried is 0..TERMS-1: two flip-flops, so that with four numbers three LUTs of six inputs are three
// adders. in_start sets the carry by the flip-flops' own set and reset, outside the LUTs.

`default_nettype none

module serial_sum #(
  parameter int TERMS = 2,                         // 2, 3 or 4
  parameter bit [TERMS-1:0] NEGATIVE = '0          // at most TERMS - 1 of them
) (
  input  wire             clk,
  input  wire             in_start,
  input  wire [TERMS-1:0] in_data,
  output wire             out_s
);

  localparam int CARRY_W = TERMS == 2 ? 1 : 2;
  localparam bit [2:0] NEGATIVES = 3'(NEGATIVE[0]) + 3'(NEGATIVE[1])
                                 + 3'(TERMS > 2 && NEGATIVE[TERMS > 2 ? 2 : 0])
                                 + 3'(TERMS > 3 && NEGATIVE[TERMS > 3 ? 3 : 0]);

  logic               sum_q;
  logic [CARRY_W-1:0] carry_q;
  wire  [TERMS-1:0]   x = in_data ^ NEGATIVE;

  assign out_s = sum_q;

  // Written as gates: an arithmetic sum would become a carry chain.
  wire first = x[0] ^ x[1];
  if (TERMS == 2) begin : gen_two
    always_ff @(posedge clk) begin
      sum_q   <= first ^ carry_q;
      carry_q <= in_start ? NEGATIVES[0] : (x[0] & x[1]) | (carry_q & first);
    end
  end else begin : gen_more
    // x0 + x1 + x2 = 2 twos + ones; ones + x3 + carry bit 0 = 2 more + the sum's bit.
    wire last = TERMS == 4 && x[TERMS-1];
    wire ones = first ^ x[2];
    wire twos = (x[0] & x[1]) | (x[2] & first);
    wire more = (ones & carry_q[0]) | (last & (ones ^ carry_q[0]));
    always_ff @(posedge clk) begin
      sum_q      <= ones ^ carry_q[0] ^ last;
      carry_q[0] <= in_start ? NEGATIVES[0] : twos ^ carry_q[1] ^ more;
      carry_q[1] <= in_start ? NEGATIVES[1] : (twos & carry_q[1]) | (more & (twos ^ carry_q[1]));
    end
  end

  wire unused = &{1'b0, NEGATIVES};

`ifdef FORMAL
  // The bits so far, as numbers: what was given out is the sum of what came, modulo 2^bits, and the rest is carried.
  localparam int F_W = 6;
  logic [TERMS*F_W-1:0] f_x = '0;                  // what came since in_start
  logic [F_W-1:0] f_given = '0;
  logic           f_first = 1'b0;                  // bit 0 comes now
  logic [F_W-1:0] f_weight = '0;                   // one hot: the bit that arrives; 0 before the first and past F_W bits
  logic [F_W-1:0] f_last = '0;                     // weight of the bit on out_s
  wire  [F_W-1:0] f_now = f_first ? F_W'(1) : f_weight;
  wire  [F_W-1:0] f_low = f_last | (f_last - F_W'(1));
  wire  [F_W-1:0] f_got = f_given | (out_s ? f_last : '0);
  logic [F_W+2:0] f_sum;
  always_comb begin
    f_sum = (F_W + 3)'(NEGATIVES);
    for (int i = 0; i < TERMS; i++) f_sum = f_sum + (F_W + 3)'((NEGATIVE[i] ? f_low : '0) ^ f_x[F_W*i +: F_W]);
  end

  always_ff @(posedge clk) begin
    assume (32'(NEGATIVES) < TERMS);
    f_first  <= in_start;
    f_weight <= in_start ? '0 : f_now << 1;
    f_last   <= f_now;
    f_given  <= f_first ? '0 : f_got;
    for (int i = 0; i < TERMS; i++) f_x[F_W*i +: F_W] <= (f_first ? '0 : f_x[F_W*i +: F_W]) | (in_data[i] ? f_now : '0);
    assert ((f_last & (f_last - F_W'(1))) == '0 && (f_weight & (f_weight - F_W'(1))) == '0);    // one hot
    if (f_weight != '0) assert (f_weight == f_last << 1);
    assert (!(f_first && f_weight != '0));
    if (f_first) assert (32'(carry_q) == 32'(NEGATIVES));
    if (f_last != '0) begin
      assert ((f_got & ~f_low) == '0 && (f_given & f_last) == '0);
      for (int i = 0; i < TERMS; i++) assert ((f_x[F_W*i +: F_W] & ~f_low) == '0);
      assert (f_got == (f_sum[F_W-1:0] & f_low));                                               // the bits are the sum's
      if (f_weight != '0) assert ((F_W + 3)'(f_got) + (F_W + 3)'(carry_q) * (F_W + 3)'(f_weight) == f_sum);
    end
  end
`endif

endmodule

`default_nettype wire
