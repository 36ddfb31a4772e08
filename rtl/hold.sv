// hold: keeps a window offered until the engine has taken it.
//
//   window --> out_valid, up from the clock in which a window is complete to the one that takes it
//   in_ready --> whether the next position may enter the window: its taps change in the clock after
//
// Behind a queue in_ready holds the positions back; behind the feeder the plan's pace does. Latency: 0.

`default_nettype none

module hold (
  input  wire clk,
  input  wire rst,                         // synchronous, active high
  input  wire in_valid,                    // a pulse: the window is complete
  output wire in_ready,
  output wire out_valid,
  input  wire out_ready                    // the window's last step
);

  logic pending_q;

  assign out_valid = in_valid || pending_q;
  assign in_ready  = !out_valid || out_ready;

  always_ff @(posedge clk) pending_q <= !rst && out_valid && !out_ready;

`ifdef FORMAL
  // The reference counts windows; positions come only where in_ready let them, a clock before.
  logic f_started = 1'b0;
  logic f_waiting = 1'b0;
  always_ff @(posedge clk) begin
    f_started <= 1'b1;
    if (!f_started) assume (rst);
    if (f_started && !$past(in_ready)) assume (!in_valid);
    if (f_started && $past(rst)) assume (!in_valid);
    f_waiting <= !rst && (f_waiting || in_valid) && !out_ready;
    if (f_started) begin
      assert (pending_q == f_waiting);
      assert (!(in_valid && f_waiting));                     // none lost
      assert (out_valid == (in_valid || f_waiting));         // none withdrawn, none doubled
    end
  end
`endif

endmodule

`default_nettype wire
