// requantise_shared: CHANNELS sums at a time to activations by UNITS units, in STEPS = CHANNELS / UNITS clocks.
//
//   in --> [split] --> UNITS units --+--> [collect] --> out, PIECES times UNITS at once
//                                    +--> out, UNITS at a time
//
// LOADED: 1 requantise_shift with in_shift, 0 requantise with SHIFT. in_valid comes at most every STEPS
// clocks. Latency of the first UNITS results: 2 clocks where STEPS is 1, else 3. Gathered: a clock after
// the last of them.

`default_nettype none

module requantise_shared #(
  parameter int CHANNELS = 16,
  parameter int UNITS = 4,                 // divides CHANNELS
  parameter int PIECES = 1,                // UNITS results each that make one of out
  parameter bit HELD = 0,                  // in_data stays until its last sum is taken
  parameter bit LOADED = 1,
  parameter int SHIFT = 0,                 // where it is not loaded
  parameter int IN_W = 22,                 // bits of a sum, signed, biases included; more than OUT_BITS
  parameter int ROUNDING = 4,              // of requantise_shift; not loaded: 0 to 3
  parameter bit RELU = 1,
  parameter bit WRAP = 0,
  parameter int OUT_BITS = 8,
  parameter bit OUT_SIGNED = 0
) (
  input  wire                             clk,
  input  wire                             rst,         // synchronous, active high
  input  wire [4:0]                       in_shift,
  input  wire [CHANNELS*IN_W-1:0]         in_data,
  input  wire                             in_valid,
  output wire [PIECES*UNITS*OUT_BITS-1:0] out_data,    // the first channel lowest
  output wire                             out_valid
);

  localparam int ROOM = (IN_W > SHIFT ? IN_W : SHIFT) + 2;

  wire [UNITS*IN_W-1:0]     chosen;
  wire [UNITS*OUT_BITS-1:0] results;
  wire                      busy, done;          // a step begins; its results are there

  split #(.WIDTH(UNITS * IN_W), .STEPS(CHANNELS / UNITS), .HELD(HELD)) u_split (
    .clk, .rst, .in_data, .in_valid, .out_data (chosen), .out_valid (busy)
  );
  delay #(.WIDTH(1), .CLOCKS(2)) u_done (.clk, .rst, .in_data (busy), .out_data (done));

  for (genvar u = 0; u < UNITS; u++) begin : gen_unit
    if (LOADED) begin : gen_loaded
      requantise_shift #(
        .IN_W(IN_W), .ROUNDING(ROUNDING), .RELU(RELU), .WRAP(WRAP), .OUT_BITS(OUT_BITS), .OUT_SIGNED(OUT_SIGNED)
      ) u_requantise (
        .clk, .in_shift, .in_data (chosen[IN_W*u +: IN_W]), .out_data (results[OUT_BITS*u +: OUT_BITS])
      );
    end else begin : gen_built
      requantise #(
        .IN_W(IN_W), .ROOM(ROOM), .SHIFT(SHIFT), .ROUNDING(ROUNDING), .RELU(RELU), .WRAP(WRAP), .OUT_BITS(OUT_BITS),
        .OUT_SIGNED(OUT_SIGNED)
      ) u_requantise (
        .clk, .in_data (chosen[IN_W*u +: IN_W]), .out_data (results[OUT_BITS*u +: OUT_BITS])
      );
    end
  end

  if (PIECES == 1) begin : gen_straight
    assign out_data  = results;
    assign out_valid = done;
  end else begin : gen_collect
    collect #(.WIDTH(UNITS * OUT_BITS), .PIECES(PIECES)) u_collect (
      .clk, .rst, .in_data (results), .in_valid (done), .out_data, .out_valid
    );
  end

  wire unused = &{1'b0, in_shift};

`ifdef FORMAL
  // The reference has a unit a channel, one number after the other taken from what they give.
  if (!LOADED && PIECES == 1) begin : gen_formal
    localparam int F_STEPS = CHANNELS / UNITS;
    logic                         f_started = 1'b0;
    logic                         f_come, f_given;
    logic [7:0]                   f_step;
    logic                         f_busy;
    logic [CHANNELS*OUT_BITS-1:0] f_results;
    wire  [CHANNELS*OUT_BITS-1:0] f_all;
    for (genvar c = 0; c < CHANNELS; c++) begin : gen_channel
      requantise #(
        .IN_W(IN_W), .ROOM(ROOM), .SHIFT(SHIFT), .ROUNDING(ROUNDING), .RELU(RELU), .WRAP(WRAP), .OUT_BITS(OUT_BITS),
        .OUT_SIGNED(OUT_SIGNED)
      ) u_reference (.clk, .in_data (in_data[IN_W*c +: IN_W]), .out_data (f_all[OUT_BITS*c +: OUT_BITS]));
    end
    logic [7:0] f_age;                                 // clocks since the last vector
    always_ff @(posedge clk) begin
      f_started <= 1'b1;
      if (!f_started) assume (rst);
      f_age <= rst ? 8'hff : in_valid ? 8'd1 : f_age == 8'hff ? 8'hff : f_age + 8'd1;
      if (f_started && 32'(f_age) < F_STEPS) assume (!in_valid);
      if (f_started && HELD && F_STEPS > 1 && 32'(f_age) <= F_STEPS) assume (in_data == $past(in_data));
      f_come  <= in_valid && !rst;
      f_given <= f_come && !rst;
      if (f_given) f_results <= f_all;
      f_busy <= !rst && (f_given || (f_busy && 32'(f_step) != F_STEPS - 1));
      f_step <= f_given ? 8'd0 : f_step + 8'd1;
      if (f_started && !rst) begin
        if (F_STEPS == 1) begin
          assert (out_valid == f_given);
          if (f_given) assert (out_data == f_all);
        end else begin
          assert (out_valid == f_busy);
          if (f_busy) assert (32'(f_step) < F_STEPS);
          if (f_busy) assert (out_data == (UNITS*OUT_BITS)'(f_results >> (32'(f_step) * UNITS * OUT_BITS)));
        end
      end
    end
  end
`endif

endmodule

`default_nettype wire
