// choose: one of COUNT words side by side, the first lowest. No clock.
//
// The choice is one hot and comes from registers, so that a bit is a few ANDs and ORs of 6 inputs; an
// index times the width of a word would be a barrel shifter.

`default_nettype none

module choose #(
  parameter int WIDTH = 40,                // bits of a word
  parameter int COUNT = 5
) (
  input  wire [COUNT*WIDTH-1:0] in_data,
  input  wire [COUNT-1:0]       in_select, // one hot
  output wire [WIDTH-1:0]       out_data
);

  if (COUNT == 1) begin : gen_only
    assign out_data = in_data;
    wire unused = &{1'b0, in_select};
  end else begin : gen_choice
    logic [WIDTH-1:0] chosen;
    always_comb begin
      chosen = '0;
      for (int c = 0; c < COUNT; c++) chosen = chosen | ({WIDTH{in_select[c]}} & in_data[WIDTH*c +: WIDTH]);
    end
    assign out_data = chosen;
  end

endmodule

`default_nettype wire
