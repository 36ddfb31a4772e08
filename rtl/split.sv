// split: a vector in STEPS parts, one a clock, the lowest first.
//
//   in --> [keep] --> choose --> out            in_valid comes at most every STEPS clocks
//                       ^ step
//
// Latency of the first part: 1 clock; STEPS = 1 is a wire.

`default_nettype none

module split #(
  parameter int WIDTH = 88,                // bits of a part
  parameter int STEPS = 4,
  parameter bit HELD = 0                   // in_data stays as it is until the last part has left: nothing is kept
) (
  input  wire                   clk,
  input  wire                   rst,       // synchronous, active high
  input  wire [STEPS*WIDTH-1:0] in_data,
  input  wire                   in_valid,
  output wire [WIDTH-1:0]       out_data,
  output wire                   out_valid
);

  if (STEPS == 1) begin : gen_wire
    assign out_data  = in_data;
    assign out_valid = in_valid;
    wire unused = &{1'b0, clk, rst};
  end else begin : gen_steps
    localparam int STEP_W = $clog2(STEPS);
    logic [STEP_W-1:0]      step_q;
    logic                   busy_q;
    wire                    ends = step_q == STEP_W'(STEPS - 1);
    wire  [STEP_W-1:0]      next = in_valid || ends ? '0 : step_q + 1'b1;
    wire  [STEPS*WIDTH-1:0] kept;

    choose #(.WIDTH(WIDTH), .COUNT(STEPS)) u_choose (.clk, .in_data(kept), .in_next(next), .out_data);
    assign out_valid = busy_q;

    if (HELD) begin : gen_held
      assign kept = in_data;
    end else begin : gen_keep
      logic [STEPS*WIDTH-1:0] keep_q;
      always_ff @(posedge clk) if (in_valid) keep_q <= in_data;
      assign kept = keep_q;
    end

    always_ff @(posedge clk) begin
      step_q <= next;
      if (in_valid)  busy_q <= 1'b1;
      else if (ends) busy_q <= 1'b0;
      if (rst)       busy_q <= 1'b0;
    end
  end

`ifdef FORMAL
  // The reference keeps the vector and counts its parts.
  if (STEPS > 1) begin : gen_formal
    logic                   f_started = 1'b0;
    logic [7:0]             f_step;
    logic                   f_busy;
    logic [STEPS*WIDTH-1:0] f_vector;
    always_ff @(posedge clk) begin
      f_started <= 1'b1;
      if (!f_started) assume (rst);
      if (f_started && f_busy && f_step != 8'(STEPS - 1)) assume (!in_valid);
      if (f_started && HELD && f_busy) assume (in_data == f_vector);
      if (in_valid) f_vector <= in_data;
      f_busy <= !rst && (in_valid || (f_busy && f_step != 8'(STEPS - 1)));
      f_step <= in_valid ? 8'd0 : f_step + 8'd1;
      if (f_started) begin
        assert (out_valid == f_busy);
        if (f_busy) assert (f_step < 8'(STEPS) && 8'(gen_steps.step_q) == f_step);
        if (f_busy && !HELD) assert (gen_steps.kept == f_vector);
        if (f_busy) assert (out_data == WIDTH'(f_vector >> (32'(f_step) * WIDTH)));
      end
    end
  end
`endif

endmodule

`default_nettype wire
