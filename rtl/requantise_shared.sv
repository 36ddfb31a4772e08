// requantise_shared: CHANNELS sums at a time to activations by UNITS units, in STEPS = CHANNELS / UNITS clocks.
//
//   in --> [keep] --> choose UNITS --> units --+--> [gather] --> out, all channels at once
//                        ^ step                +--> out, UNITS at a time
//
// LOADED: 1 requantise_shift with in_shift, 0 requantise with SHIFT. GATHER: so many times CHANNELS make
// one of out; 0: they leave UNITS at a time. in_valid comes at most every STEPS clocks. Latency of the
// first UNITS results: 2 clocks where STEPS is 1, else 3. Gathered: a clock after the last of them.

`default_nettype none

module requantise_shared #(
  parameter int CHANNELS = 16,
  parameter int UNITS = 4,                 // divides CHANNELS
  parameter int GATHER = 1,
  parameter bit LOADED = 1,
  parameter int SHIFT = 0,                 // where it is not loaded
  parameter int IN_W = 22,                 // bits of a sum, signed, biases included; more than OUT_BITS
  parameter int ROUNDING = 4,              // of requantise_shift; not loaded: 0 to 3
  parameter bit RELU = 1,
  parameter bit WRAP = 0,
  parameter int OUT_BITS = 8,
  parameter bit OUT_SIGNED = 0
) (
  input  wire                                              clk,
  input  wire                                              rst,         // synchronous, active high
  input  wire [4:0]                                        in_shift,
  input  wire [CHANNELS*IN_W-1:0]                          in_data,
  input  wire                                              in_valid,
  output wire [(GATHER == 0 ? UNITS : GATHER*CHANNELS)*OUT_BITS-1:0] out_data, // the first channel lowest
  output wire                                              out_valid
);

  localparam int STEPS  = CHANNELS / UNITS;
  localparam int PIECES = GATHER * STEPS;
  localparam int ROOM   = (IN_W > SHIFT ? IN_W : SHIFT) + 2;

  wire [UNITS*IN_W-1:0]     chosen;
  wire [UNITS*OUT_BITS-1:0] results;
  wire                      busy, done;          // a step chooses; its results are there

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

  delay #(.WIDTH(1), .CLOCKS(2)) u_done (.clk, .rst, .in_data(busy), .out_data(done));

  if (STEPS == 1) begin : gen_at_once
    assign busy   = in_valid;
    assign chosen = in_data;
  end else begin : gen_shared
    logic [CHANNELS*IN_W-1:0] keep_q;
    logic [STEPS-1:0]         step_q;              // one hot
    logic                     busy_q;
    wire                      ends = step_q[STEPS-1];

    assign busy   = busy_q;
    choose #(.WIDTH(UNITS * IN_W), .COUNT(STEPS)) u_choose (.in_data(keep_q), .in_select(step_q), .out_data(chosen));

    always_ff @(posedge clk) begin
      if (in_valid)    keep_q <= in_data;
      if (in_valid)    busy_q <= 1'b1;
      else if (ends)   busy_q <= 1'b0;
      if (in_valid)    step_q <= STEPS'(1);
      else if (busy_q) step_q <= step_q << 1;
      if (rst) begin
        busy_q <= 1'b0;
        step_q <= '0;
      end
    end
  end

  if (PIECES <= 1) begin : gen_straight
    assign out_data  = results;
    assign out_valid = done;
  end else begin : gen_gather
    localparam int PIECE_W = $clog2(PIECES);
    logic [PIECES*UNITS*OUT_BITS-1:0] gather_q;
    logic [PIECE_W-1:0]               piece_q;
    logic                             valid_q;
    wire                              last = piece_q == PIECE_W'(PIECES - 1);
    assign out_data  = gather_q;
    assign out_valid = valid_q;
    always_ff @(posedge clk) begin
      valid_q <= done && last && !rst;
      if (done) gather_q <= {results, gather_q[PIECES*UNITS*OUT_BITS-1 : UNITS*OUT_BITS]};
      if (done) piece_q  <= last ? '0 : piece_q + 1'b1;
      if (rst)  piece_q  <= '0;
    end
  end

  wire unused = &{1'b0, in_shift};

endmodule

`default_nettype wire
