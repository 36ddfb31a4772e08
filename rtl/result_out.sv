// result_out: sums that come PE at a time, out as one 32-bit word a beat.
//
// Holds every image that has a credit, so nothing behind it ever has to wait. An image's credit
// goes back when its last result leaves. tlast leaves with the last result of the image that
// received TLAST (in_tlast with in_done, at the feeder). An image's results leave when it is whole at
// the feeder, never before: rows that no window uses may come after all that its results need, and
// only its last beat tells of TLAST. Throughput: a word a clock. Latency: 2, and 1 from in_done.
//
//   in --> [PE words] --> one by one --> [words: CREDITS images] --> m_axis
//   in_done, in_tlast --> [a bit an image] ------------------------^

`default_nettype none

module result_out #(
  parameter int PE = 10,                   // sums at a time, the first lowest
  parameter int SUM_W = 24,                // bits of a sum, signed, at most 32
  parameter int OUTPUTS = 10,              // words of an image; sums past them are not sent
  parameter int CREDITS = 2                // images
) (
  input  wire                clk,
  input  wire                rst,          // synchronous, active high
  input  wire [PE*SUM_W-1:0] in_data,
  input  wire                in_valid,     // at most once in PE clocks
  input  wire                in_done,      // an image is whole at the feeder
  input  wire                in_tlast,

  output wire [31:0]         m_axis_tdata,
  output wire                m_axis_tlast,
  output wire                m_axis_tvalid,
  input  wire                m_axis_tready,
  output wire                credit_return
);

  localparam int WORDS   = CREDITS * OUTPUTS;
  localparam int AT_W    = WORDS > 1 ? $clog2(WORDS) : 1;
  localparam int COUNT_W = $clog2(WORDS + 1);
  localparam int LEFT_W  = $clog2(PE + 1);
  localparam int PICK_W  = PE > 1 ? $clog2(PE) : 1;
  localparam int WORD_W  = OUTPUTS > 1 ? $clog2(OUTPUTS) : 1;
  localparam int FLAG_W  = CREDITS > 1 ? $clog2(CREDITS) : 1;
  localparam int WHOLE_W = $clog2(CREDITS + 1);

  logic [PE*SUM_W-1:0] sums_q;
  logic [LEFT_W-1:0]   left_q;             // words of sums_q to go
  logic [PICK_W-1:0]   pick_q;             // the next of them
  logic [WORD_W-1:0]   in_word_q;          // of the image
  logic                drop_q;             // the image is whole: the rest of sums_q is padding

  wire put      = left_q != '0 && !drop_q;
  wire in_ends  = in_word_q == WORD_W'(OUTPUTS - 1);

  // A tree of choices, a bit of pick_q a level: half the LUTs of a register that shifts and loads.
  logic [(SUM_W<<PICK_W)-1:0] tree;
  always_comb begin
    tree = (SUM_W << PICK_W)'(sums_q);
    for (int v = 0; v < PICK_W; v++)
      for (int i = 0; i < (1 << (PICK_W - 1 - v)); i++)
        tree[SUM_W*i +: SUM_W] = pick_q[v] ? tree[SUM_W*(2*i+1) +: SUM_W] : tree[SUM_W*2*i +: SUM_W];
  end
  wire [SUM_W-1:0] picked = tree[SUM_W-1:0];

  (* ram_style = "distributed" *)
  logic [SUM_W-1:0]   words [0:WORDS-1];
  logic [AT_W-1:0]    write_q, read_q;
  logic [COUNT_W-1:0] count_q;
  logic [WORD_W-1:0]  out_word_q;
  logic [CREDITS-1:0] flags_q;             // which images have TLAST
  logic [FLAG_W-1:0]  flag_in_q, flag_out_q;
  logic [WHOLE_W-1:0] whole_q;             // images whose flag is known
  logic               credit_q;

  wire take     = m_axis_tvalid && m_axis_tready;
  wire out_ends = out_word_q == WORD_W'(OUTPUTS - 1);
  wire signed [SUM_W-1:0] word = words[read_q];

  assign m_axis_tdata  = 32'(word);
  assign m_axis_tvalid = count_q != '0 && whole_q != '0;
  assign m_axis_tlast  = out_ends && flags_q[flag_out_q];
  assign credit_return = credit_q;

  always_ff @(posedge clk) begin
    if (in_valid) sums_q <= in_data;
    pick_q <= in_valid ? '0 : pick_q + 1'b1;
    if (in_valid)            left_q <= LEFT_W'(PE);
    else if (left_q != '0)   left_q <= left_q - 1'b1;

    if (in_valid)            drop_q <= 1'b0;
    else if (put && in_ends) drop_q <= 1'b1;
    if (put) in_word_q <= in_ends ? '0 : in_word_q + 1'b1;

    if (put) words[write_q] <= picked;
    if (put) write_q <= write_q == AT_W'(WORDS - 1) ? '0 : write_q + 1'b1;
    if (take) read_q <= read_q == AT_W'(WORDS - 1) ? '0 : read_q + 1'b1;
    count_q <= count_q + COUNT_W'(put) - COUNT_W'(take);
    if (take) out_word_q <= out_ends ? '0 : out_word_q + 1'b1;

    if (in_done) flags_q[flag_in_q] <= in_tlast;
    if (in_done) flag_in_q <= flag_in_q == FLAG_W'(CREDITS - 1) ? '0 : flag_in_q + 1'b1;
    whole_q  <= whole_q + WHOLE_W'(in_done) - WHOLE_W'(take && out_ends);
    credit_q <= take && out_ends;
    if (take && out_ends) flag_out_q <= flag_out_q == FLAG_W'(CREDITS - 1) ? '0 : flag_out_q + 1'b1;

    if (rst) begin
      left_q     <= '0;
      drop_q     <= 1'b0;
      in_word_q  <= '0;
      write_q    <= '0;
      read_q     <= '0;
      count_q    <= '0;
      out_word_q <= '0;
      flag_in_q  <= '0;
      flag_out_q <= '0;
      whole_q    <= '0;
      credit_q   <= 1'b0;
    end
  end

`ifdef FORMAL
  // The reference counts images, and watches one word from its coming to its leaving, and one image's flag.
  logic               f_started = 1'b0;
  logic [7:0]         f_images = 8'd0;     // whole, their last word not taken
  logic               f_word_on = 1'b0, f_image_on = 1'b0;
  logic [7:0]         f_word_ahead, f_image_ahead;
  logic [SUM_W-1:0]   f_word;
  logic               f_flag;
  logic [PE*SUM_W-1:0] f_shift;            // the sums as a register that shifts
  (* anyseq *) wire   f_choose_word, f_choose_image;
  wire                f_leaves = take && out_ends;

  always_ff @(posedge clk) begin
    f_started <= 1'b1;
    f_shift   <= in_valid ? in_data : f_shift >> SUM_W;
    f_images  <= rst ? 8'd0 : f_images + 8'(in_done) - 8'(f_leaves);
    if (!f_started) assume (rst);
    if (f_started && !rst) begin
      // The plan's promises: groups PE clocks apart, and no more images than credits.
      assume (!in_valid || left_q <= LEFT_W'(1));
      assume (!put || count_q != COUNT_W'(WORDS));
      assume (!in_done || f_images != 8'(CREDITS));
    end

    if (rst) f_word_on <= 1'b0;
    else if (!f_word_on && f_choose_word && put) begin
      f_word_on    <= 1'b1;
      f_word       <= f_shift[SUM_W-1:0];
      f_word_ahead <= 8'(count_q) - 8'(take);
    end else if (f_word_on && take) begin
      f_word_on    <= f_word_ahead != 8'd0;
      f_word_ahead <= f_word_ahead - 8'd1;
    end
    if (rst) f_image_on <= 1'b0;
    else if (!f_image_on && f_choose_image && in_done) begin
      f_image_on    <= 1'b1;
      f_flag        <= in_tlast;
      f_image_ahead <= f_images - 8'(f_leaves);
    end else if (f_image_on && f_leaves) begin
      f_image_on    <= f_image_ahead != 8'd0;
      f_image_ahead <= f_image_ahead - 8'd1;
    end

    if (f_started) begin
      assert (8'(whole_q) == f_images && f_images <= 8'(CREDITS));
      assert (count_q <= COUNT_W'(WORDS) && 32'(read_q) < WORDS && 32'(write_q) < WORDS);
      assert ((32'(read_q) + 32'(count_q)) % WORDS == 32'(write_q));
      assert (32'(out_word_q) == 32'(read_q) % OUTPUTS && 32'(in_word_q) == 32'(write_q) % OUTPUTS);
      assert (32'(flag_in_q) < CREDITS && 32'(flag_out_q) < CREDITS);
      assert ((32'(flag_out_q) + 32'(whole_q)) % CREDITS == 32'(flag_in_q));
      assert (left_q <= LEFT_W'(PE));
      if (left_q != '0) begin
        assert (32'(pick_q) + 32'(left_q) == PE);
        assert (f_shift == sums_q >> (SUM_W * (PE - 32'(left_q))));
        assert (picked == f_shift[SUM_W-1:0]);
      end
      assert (m_axis_tvalid == (count_q != '0 && f_images != 8'd0));       // never before the image is whole
      if (!$past(rst)) assert (credit_return == $past(f_leaves));
      if (f_word_on) begin
        assert (32'(f_word_ahead) < 32'(count_q));
        assert (words[AT_W'((32'(read_q) + 32'(f_word_ahead)) % WORDS)] == f_word);
        if (f_word_ahead == 8'd0) assert (m_axis_tdata == {{(32-SUM_W){f_word[SUM_W-1]}}, f_word});
      end
      if (f_image_on) begin
        assert (f_image_ahead < f_images);
        assert (flags_q[FLAG_W'((32'(flag_out_q) + 32'(f_image_ahead)) % CREDITS)] == f_flag);
        if (f_image_ahead == 8'd0) assert (m_axis_tlast == (f_flag && 32'(read_q) % OUTPUTS == OUTPUTS - 1));
      end
      if (!$past(rst) && $past(m_axis_tvalid && !m_axis_tready)) begin
        assert (m_axis_tvalid && m_axis_tdata == $past(m_axis_tdata) && m_axis_tlast == $past(m_axis_tlast));
      end
    end
  end
`endif

endmodule

`default_nettype wire
