// keep: a copy of a window for as many clocks as its engine needs.
//
//   window_loader --> in --> [copy] --> out        out_valid from the next clock to the one with out_ready
//
// While the engine works on the copy, the loader takes the columns of the next window. The loader
// keeps windows as far apart as the engine's clocks, so one never comes before out_ready of the last.
// Latency: 1 clock.

`default_nettype none

module keep #(
  parameter int WIDTH = 200                // bits of a window
) (
  input  wire             clk,
  input  wire             rst,             // synchronous, active high
  input  wire [WIDTH-1:0] in_data,
  input  wire             in_valid,        // a pulse
  output wire [WIDTH-1:0] out_data,
  output wire             out_valid,
  input  wire             out_ready        // the window's last step
);

  logic [WIDTH-1:0] data_q;
  logic             valid_q;

  assign out_data  = data_q;
  assign out_valid = valid_q;

  always_ff @(posedge clk) begin
    if (in_valid) data_q <= in_data;
    valid_q <= !rst && (in_valid || (valid_q && !out_ready));
  end

`ifdef FORMAL
  // The reference: what was given last is offered, unchanged, until it is taken.
  logic             f_started = 1'b0;
  logic             f_waiting = 1'b0;
  logic [WIDTH-1:0] f_window;

  always_ff @(posedge clk) begin
    f_started <= 1'b1;
    if (!f_started) assume (rst);
    if (f_started) assume (!(in_valid && out_valid && !out_ready)); // the loader's promise
    f_waiting <= !rst && (in_valid || (f_waiting && !out_ready));
    if (in_valid) f_window <= in_data;
    if (f_started) begin
      assert (out_valid == f_waiting);
      if (f_waiting) assert (out_data == f_window);
    end
  end
`endif

endmodule

`default_nettype wire
