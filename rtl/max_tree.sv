// max_tree: the largest of COUNT vectors, channel by channel, in pairs, a level a clock.
//
// Data alone: what says which of them count travels beside this. Latency: $clog2(COUNT) clocks; 0 is a wire.
//
//   in --> pairs --> pairs of pairs --> ... --> out
//
// in_data: vector i's channel c is [BITS*(CHANNELS*i+c) +: BITS]; out_data: channel c is [BITS*c +: BITS].

`default_nettype none

module max_tree #(
  parameter int COUNT = 4,
  parameter int CHANNELS = 16,
  parameter int BITS = 8,                  // of an element
  parameter bit SIGNED = 0
) (
  input  wire                           clk,
  input  wire [COUNT*CHANNELS*BITS-1:0] in_data,
  output wire [CHANNELS*BITS-1:0]       out_data
);

  localparam int LEVELS = $clog2(COUNT);
  localparam int VECTOR = CHANNELS * BITS;

  localparam bit [BITS-1:0] FLIP = SIGNED ? BITS'(1) << (BITS - 1) : '0; // makes signed order unsigned

  // Level v holds ceil(COUNT / 2^v) vectors.
  for (genvar v = 0; v <= LEVELS; v++) begin : gen_level
    localparam int NODES = (COUNT + (1 << v) - 1) >> v;
    wire [NODES*VECTOR-1:0] nodes;
    if (v == 0) begin : gen_in
      assign nodes = in_data;
    end else begin : gen_maxima
      localparam int BELOW = (COUNT + (1 << (v - 1)) - 1) >> (v - 1);
      logic [NODES*VECTOR-1:0] nodes_q;
      assign nodes = nodes_q;
      for (genvar j = 0; j < NODES; j++) begin : gen_node
        for (genvar c = 0; c < CHANNELS; c++) begin : gen_channel
          wire [BITS-1:0] a = gen_level[v-1].nodes[VECTOR*2*j + BITS*c +: BITS];
          if (2 * j + 1 < BELOW) begin : gen_pair
            wire [BITS-1:0] b = gen_level[v-1].nodes[VECTOR*(2*j+1) + BITS*c +: BITS];
            always_ff @(posedge clk) nodes_q[VECTOR*j + BITS*c +: BITS] <= (a ^ FLIP) > (b ^ FLIP) ? a : b;
          end else begin : gen_alone
            always_ff @(posedge clk) nodes_q[VECTOR*j + BITS*c +: BITS] <= a;
          end
        end
      end
    end
  end

  assign out_data = gen_level[LEVELS].nodes;

  wire unused = &{1'b0, clk, in_data};

`ifdef FORMAL
  // The reference keeps what came LEVELS clocks ago: nothing of it is larger, and something of it is as large.
  logic [7:0] f_age = 8'd0;                // clocks since the first, up to LEVELS
  logic [(LEVELS+1)*COUNT*VECTOR-1:0] f_came;
  wire  [COUNT*VECTOR-1:0] f_then = LEVELS == 0 ? in_data : f_came[COUNT*VECTOR*(LEVELS > 0 ? LEVELS - 1 : 0) +: COUNT*VECTOR];
  always_ff @(posedge clk) begin
    f_age  <= f_age + {7'd0, f_age != 8'(LEVELS)};
    f_came <= ((LEVELS + 1) * COUNT * VECTOR)'({f_came, in_data});
  end
  for (genvar c = 0; c < CHANNELS; c++) begin : gen_formal
    wire [BITS-1:0] f_out = out_data[BITS*c +: BITS];
    wire [COUNT-1:0] f_equal, f_larger;
    for (genvar i = 0; i < COUNT; i++) begin : gen_vector
      wire [BITS-1:0] f_in = f_then[VECTOR*i + BITS*c +: BITS];
      assign f_equal[i]  = f_in == f_out;
      assign f_larger[i] = SIGNED ? $signed(f_in) > $signed(f_out) : f_in > f_out;
    end
    always_ff @(posedge clk) if (f_age == 8'(LEVELS)) assert (f_equal != '0 && f_larger == '0);
  end
`endif

endmodule

`default_nettype wire
