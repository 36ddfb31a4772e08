// axis_skid: a register slice of two beats that cuts every path between its two streams.
//
// Passes one beat a clock, in order; one clock of latency. s_axis_tready comes straight from a
// register, so chains of slices never lengthen the ready path. tkeep and tlast travel in DATA_W.
//
//   s_axis --+-------------> [head] --> m_axis
//            +--> [spare] -----^         spare fills only in the clock in which head stalls

`default_nettype none

module axis_skid #(
  parameter int DATA_W = 8                 // payload bits, 1 or more
) (
  input  wire              clk,
  input  wire              rst,            // synchronous, active high

  input  wire [DATA_W-1:0] s_axis_tdata,
  input  wire              s_axis_tvalid,
  output wire              s_axis_tready,

  output wire [DATA_W-1:0] m_axis_tdata,
  output wire              m_axis_tvalid,
  input  wire              m_axis_tready
);

  logic [DATA_W-1:0] head_q, spare_q;
  logic              head_valid_q, spare_valid_q;

  wire take    = s_axis_tvalid && s_axis_tready;
  wire advance = m_axis_tready || !head_valid_q;

  assign s_axis_tready = !spare_valid_q;
  assign m_axis_tvalid = head_valid_q;
  assign m_axis_tdata  = head_q;

  always_ff @(posedge clk) begin
    if (advance) begin
      // What is in spare is older than what s_axis offers.
      head_q        <= spare_valid_q ? spare_q : s_axis_tdata;
      head_valid_q  <= spare_valid_q || take;
      spare_valid_q <= 1'b0;
    end else if (take) begin
      spare_q       <= s_axis_tdata;
      spare_valid_q <= 1'b1;
    end

    if (rst) begin
      head_valid_q  <= 1'b0;
      spare_valid_q <= 1'b0;
    end
  end

`ifdef FORMAL
  // The reference is a queue of two.
  logic              f_started = 1'b0;
  logic [1:0]        f_count = 2'd0;
  logic [DATA_W-1:0] f_first, f_second;
  wire               f_give = m_axis_tvalid && m_axis_tready;

  always_ff @(posedge clk) begin
    f_started <= 1'b1;
    f_count   <= rst ? 2'd0 : f_count + {1'b0, take} - {1'b0, f_give};
    if (f_give) f_first <= f_count == 2'd2 ? f_second : s_axis_tdata;
    else if (take && f_count == 2'd0) f_first <= s_axis_tdata;
    if (take) f_second <= s_axis_tdata;

    if (!f_started) assume (rst);
    if (f_started) begin
      assert (f_count == {1'b0, head_valid_q} + {1'b0, spare_valid_q});  // none lost, none doubled
      assert (head_valid_q || !spare_valid_q);
      if (head_valid_q) assert (head_q == f_first);                      // in order, unchanged
      if (spare_valid_q) assert (spare_q == f_second);
      assert (s_axis_tready == (f_count != 2'd2));                       // as ready as a queue of two
    end
    if (f_started && !$past(rst) && $past(m_axis_tvalid && !m_axis_tready)) begin
      assert (m_axis_tvalid);                                            // an offer stands until taken
      assert (m_axis_tdata == $past(m_axis_tdata));
    end
  end
`endif

endmodule

`default_nettype wire
