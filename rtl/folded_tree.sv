// folded_tree: the sum of LEAVES numbers and as many carries, in pairs, a level a clock.
//
//   out_data + out_carry = sum of in_data + sum of in_carry            latency: LEVELS clocks
//
// Each adder takes in one carry and passes one on: of its two halves, each has one left over. So all
// but the last are added for the price of a bit an adder: a + b + c = ({a, 1} + {b, c}) >> 1.

`default_nettype none

module folded_tree #(
  parameter int LEVELS = 3,                // $clog2(LEAVES)
  parameter int LEAVES = 5,
  parameter int BITS = 16,                 // of a number, signed
  parameter bit CARRY = 1                  // 0: in_carry is not looked at
) (
  input  wire                            clk,
  input  wire [LEAVES*BITS-1:0]          in_data,
  input  wire [LEAVES-1:0]               in_carry,
  output wire signed [BITS+LEVELS-1:0]   out_data,
  output wire                            out_carry
);

  // Level v holds ceil(LEAVES / 2^v) nodes of BITS + v bits.
  for (genvar v = 0; v <= LEVELS; v++) begin : gen_level
    localparam int NODES = (LEAVES + (1 << v) - 1) >> v;
    localparam int WIDTH = BITS + v;
    wire [NODES*WIDTH-1:0] nodes;
    wire [NODES-1:0]       carries;
    wire                   unused = &{1'b0, carries};
    if (v == 0) begin : gen_in
      assign nodes   = in_data;
      assign carries = CARRY ? in_carry : '0;
    end else begin : gen_sums
      localparam int BELOW = (LEAVES + (1 << (v - 1)) - 1) >> (v - 1);
      for (genvar j = 0; j < NODES; j++) begin : gen_node
        wire signed [WIDTH-2:0]  a = gen_level[v-1].nodes[(WIDTH-1)*2*j +: WIDTH-1];
        logic signed [WIDTH-1:0] node_q;
        logic                    carry_q;
        assign nodes[WIDTH*j +: WIDTH] = node_q;
        assign carries[j]              = CARRY && carry_q;
        always_ff @(posedge clk) carry_q <= gen_level[v-1].carries[2*j];
        if (2 * j + 1 < BELOW) begin : gen_pair
          wire signed [WIDTH-2:0] b = gen_level[v-1].nodes[(WIDTH-1)*(2*j+1) +: WIDTH-1];
          if (CARRY) begin : gen_carry
            wire signed [WIDTH:0] wide = {WIDTH'(a), 1'b1} + {WIDTH'(b), gen_level[v-1].carries[2*j+1]};
            always_ff @(posedge clk) node_q <= wide[WIDTH:1];
            wire unused_low = &{1'b0, wide[0]};
          end else begin : gen_plain
            always_ff @(posedge clk) node_q <= WIDTH'(a) + WIDTH'(b);
          end
        end else begin : gen_alone
          always_ff @(posedge clk) node_q <= WIDTH'(a);
        end
      end
    end
  end

  assign out_data  = gen_level[LEVELS].nodes;
  assign out_carry = gen_level[LEVELS].carries;

  wire unused = &{1'b0, clk, in_data, in_carry};

endmodule

`default_nettype wire
