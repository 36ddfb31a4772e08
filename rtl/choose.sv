// choose: one of COUNT words side by side, the first lowest, by an index that is known a clock before.
//
// A bit of it is multiplexers of its own: an index times the width of a word would be a barrel shifter.
// Latency: 0 from in_data, 1 from in_next.

`default_nettype none

module choose #(
  parameter int WIDTH = 40,                // bits of a word
  parameter int COUNT = 5,
  parameter int INDEX_W = COUNT > 1 ? $clog2(COUNT) : 1
) (
  input  wire                   clk,
  input  wire [COUNT*WIDTH-1:0] in_data,
  input  wire [INDEX_W-1:0]     in_next,   // index of the next clock, below COUNT
  output wire [WIDTH-1:0]       out_data
);

  // A choice of five is a function of 8 inputs, four LUTs in a tree. One hot it has 10, and takes two.
  localparam bit ONE_HOT = COUNT == 5;

  if (COUNT == 1) begin : gen_only
    assign out_data = in_data;
    wire unused = &{1'b0, clk, in_next};
  end else if (ONE_HOT) begin : gen_one_hot
    logic [COUNT-1:0] select_q;
    logic [WIDTH-1:0] chosen;
    always_ff @(posedge clk) select_q <= COUNT'(1) << in_next;
    always_comb begin
      chosen = '0;
      for (int c = 0; c < COUNT; c++) chosen = chosen | ({WIDTH{select_q[c]}} & in_data[WIDTH*c +: WIDTH]);
    end
    assign out_data = chosen;
  end else begin : gen_index
    logic [INDEX_W-1:0] index_q;
    always_ff @(posedge clk) index_q <= in_next;
    for (genvar b = 0; b < WIDTH; b++) begin : gen_bit
      wire [COUNT-1:0] words;
      for (genvar c = 0; c < COUNT; c++) begin : gen_word
        assign words[c] = in_data[WIDTH*c+b];
      end
      assign out_data[b] = words[index_q];
    end
  end

`ifdef FORMAL
  logic               f_started = 1'b0;
  logic [INDEX_W-1:0] f_index;
  always_ff @(posedge clk) begin
    f_started <= 1'b1;
    f_index   <= in_next;
    assume (32'(in_next) < COUNT);
    if (f_started) assert (out_data == WIDTH'(in_data >> (COUNT == 1 ? 0 : 32'(f_index) * WIDTH)));
  end
`endif

endmodule

`default_nettype wire
