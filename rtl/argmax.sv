// argmax: sums that come PE at a time to the number of the largest; in a tie the lowest number.
//
//   in --> [shift out, PE words] --> [largest so far, its number] --> out, a pulse an image
//
// Compares a word a clock, so in_valid comes at most once in PE clocks: the plan's promise. Latency: 2 clocks
// from in_valid to a group's first word being compared, one more for each word after it.

`default_nettype none

module argmax #(
  parameter int PE = 10,                   // sums at a time, the first lowest
  parameter int SUM_W = 24,                // bits of a sum, signed
  parameter int OUTPUTS = 10,              // of an image, 2 or more; sums past them are not looked at
  parameter int CLASS_W = 4                // $clog2(OUTPUTS)
) (
  input  wire                clk,
  input  wire                rst,          // synchronous, active high
  input  wire [PE*SUM_W-1:0] in_data,
  input  wire                in_valid,
  output wire [CLASS_W-1:0]  out_data,
  output wire                out_valid
);

  localparam int LEFT_W = $clog2(PE + 1);

  logic [PE*SUM_W-1:0]     shift_q;
  logic [LEFT_W-1:0]       left_q;         // words in shift_q
  logic                    drop_q;         // the image is whole: the rest of shift_q is padding
  logic [CLASS_W-1:0]      next_q;         // number of the next word
  logic signed [SUM_W-1:0] best_q;
  logic [CLASS_W-1:0]      class_q;
  logic                    valid_q;

  wire                    take = left_q != '0 && !drop_q;
  wire                    ends = next_q == CLASS_W'(OUTPUTS - 1);
  wire signed [SUM_W-1:0] word = shift_q[SUM_W-1:0];
  wire                    more = next_q == '0 || word > best_q;

  assign out_data  = class_q;
  assign out_valid = valid_q;

  always_ff @(posedge clk) begin
    if (in_valid) shift_q <= in_data;
    else          shift_q <= shift_q >> SUM_W;
    if (in_valid)          left_q <= LEFT_W'(PE);
    else if (left_q != '0) left_q <= left_q - 1'b1;
    if (in_valid)          drop_q <= 1'b0;
    else if (take && ends) drop_q <= 1'b1;

    if (take) begin
      next_q <= ends ? '0 : next_q + 1'b1;
      if (more) begin
        best_q  <= word;
        class_q <= next_q;
      end
    end
    valid_q <= !rst && take && ends;

    if (rst) begin
      left_q <= '0;
      drop_q <= 1'b0;
      next_q <= '0;
    end
  end

`ifdef FORMAL
  // The reference watches one word of each image: none beats the chosen one, and none before it equals it.
  logic f_started = 1'b0;
  (* anyconst *) logic [CLASS_W-1:0] f_place;
  logic signed [SUM_W-1:0]           f_word;

  always_ff @(posedge clk) begin
    f_started <= 1'b1;
    if (!f_started) assume (rst);
    assume (f_place <= CLASS_W'(OUTPUTS - 1));
    if (f_started && !rst) assume (!in_valid || left_q <= LEFT_W'(1));
    if (take && next_q == f_place) f_word <= word;
    if (f_started) begin
      assert (next_q <= CLASS_W'(OUTPUTS - 1) && left_q <= LEFT_W'(PE));
      if (next_q != '0) assert (class_q < next_q);
      if (next_q > f_place) assert (class_q < f_place ? f_word <= best_q : class_q == f_place ? f_word == best_q : f_word < best_q);
      if (!$past(rst)) assert (out_valid == $past(take && ends));
      if (out_valid) begin
        assert (next_q == '0 && class_q <= CLASS_W'(OUTPUTS - 1));
        assert (class_q < f_place ? f_word <= best_q : class_q == f_place ? f_word == best_q : f_word < best_q);
      end
    end
  end
`endif

endmodule

`default_nettype wire
