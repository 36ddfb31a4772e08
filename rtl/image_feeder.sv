// image_feeder: the only block that stalls. Cuts the stream into images of BEATS beats, at the
// plan's pace and as many in flight as there is room for at the far end.
//
//   s_axis --> [keep, pad] --> out_*         out never waits: everything behind runs freely
//                 ^    ^
//              pace    credits <-- one back for every image whose last result has left
//
// Throughput: a beat every PACE_BEAT clocks, PACE_WINDOW after one that completes a window of KH x KW
// positions, PACE_IMAGE from an image's last beat to the next one's first. Latency: 1 clock.
// s_axis_tready depends on registers only.
//
// TLAST alone ends a packet. An image that it cuts short, by any number of elements, is filled up
// with zeros and counted in short_images; tkeep is looked at on that beat only. out_tlast tells,
// with the image's last beat, whether this image received TLAST.
//
// A beat: element i of s_axis_tdata is [SLOT*i +: BITS]. COLLECT beats make one beat of out_data,
// whose element i is [BITS*i +: BITS], the first received lowest.

`default_nettype none

module image_feeder #(
  parameter int LANES = 1,                 // elements a beat
  parameter int SLOT = 8,                  // bits of an element in tdata: 1, 2, 4, 8
  parameter int BITS = 8,                  // bits of it that count, 1..SLOT
  parameter int DATA_W = 8,                // bits of tdata: a multiple of 8, at least LANES * SLOT
  parameter int COLLECT = 1,               // beats that make one of out_data
  parameter int BEATS = 784,               // of an image, a multiple of COLLECT
  parameter int PACE_BEAT = 1,             // clocks
  parameter int PACE_IMAGE = 1,            // clocks
  parameter int PACE_WINDOW = PACE_BEAT,   // clocks; what follows counts only where it differs from PACE_BEAT
  parameter int COLUMNS = BEATS / COLLECT, // positions of a row, a position being COLLECT beats of one lane
  parameter int KH = 1,
  parameter int KW = 1,
  parameter int CREDITS = 2                // images between here and m_axis
) (
  input  wire                          clk,
  input  wire                          rst,           // synchronous, active high

  input  wire [DATA_W-1:0]             s_axis_tdata,
  input  wire [DATA_W/8-1:0]           s_axis_tkeep,
  input  wire                          s_axis_tlast,
  input  wire                          s_axis_tvalid,
  output wire                          s_axis_tready,

  output wire [COLLECT*LANES*BITS-1:0] out_data,
  output wire                          out_valid,
  output wire                          out_done,      // with the image's last beat
  output wire                          out_tlast,     // with out_done

  input  wire                          credit_return, // one image's results have left
  output wire [15:0]                   short_images   // since reset, modulo 2^16
);

  localparam int BEAT_W   = $clog2(BEATS + 1);
  localparam int PACE_MOST = PACE_BEAT > PACE_IMAGE ? PACE_BEAT : PACE_IMAGE;
  localparam int PACE_MAX = PACE_MOST > PACE_WINDOW ? PACE_MOST : PACE_WINDOW;
  localparam int PACE_W   = $clog2(PACE_MAX + 1);
  localparam int CREDIT_W = $clog2(CREDITS + 1);
  localparam int PART_W   = $clog2(COLLECT + 1);

  logic                go_q;               // pace and credits let a beat go: all that reaches far is decided a clock before
  logic                first_q, last_q;    // of the image, of the next beat
  logic [BEAT_W-1:0]   beat_q;
  logic [PACE_W-1:0]   wait_q;             // clocks until the next beat may go
  logic [CREDIT_W-1:0] credits_q;
  logic [PART_W-1:0]   part_q;             // beats collected
  logic                padding_q;          // TLAST has come, the image is not whole
  logic [15:0]         short_q;

  wire accept     = s_axis_tvalid && s_axis_tready;
  wire fire       = go_q && (padding_q || s_axis_tvalid);
  wire ends       = accept && s_axis_tlast;

  // Whether the next beat completes a window.
  wire completes;
  if (PACE_WINDOW == PACE_BEAT) begin : gen_even
    assign completes = 1'b0;
  end else begin : gen_windows
    localparam int COLUMN_W = $clog2(COLUMNS + 1);
    localparam int ROW_W    = $clog2(KH + 1);
    logic [COLUMN_W-1:0] column_q;
    logic [ROW_W-1:0]    above_q;          // rows above, as far as KH - 1

    wire position = fire && part_q == PART_W'(COLLECT - 1);
    wire row_ends = column_q == COLUMN_W'(COLUMNS - 1);
    wire below    = above_q == ROW_W'(KH - 1);
    assign completes = part_q == PART_W'(COLLECT - 1) && below && column_q >= COLUMN_W'(KW - 1);

    always_ff @(posedge clk) begin
      if (position) begin
        column_q <= row_ends ? '0 : column_q + 1'b1;
        if (last_q)                  above_q <= '0;
        else if (row_ends && !below) above_q <= above_q + 1'b1;
      end
      if (rst) begin
        column_q <= '0;
        above_q  <= '0;
      end
    end
  end

  assign s_axis_tready = go_q && !padding_q;
  assign short_images  = short_q;

  // Elements that are there: all, but on TLAST's beat those that tkeep keeps, and none of padding.
  logic [LANES*BITS-1:0] elements;
  logic                  whole;
  always_comb begin
    elements = '0;
    whole    = 1'b1;
    for (int i = 0; i < LANES; i++) begin
      if (!padding_q && (!s_axis_tlast || s_axis_tkeep[i*SLOT/8])) elements[BITS*i +: BITS] = s_axis_tdata[SLOT*i +: BITS];
      else whole = 1'b0;
    end
  end

  logic [COLLECT*LANES*BITS-1:0] data_q;
  logic                          valid_q, done_q, tlast_q;

  assign out_data  = data_q;
  assign out_valid = valid_q;
  assign out_done  = done_q;
  assign out_tlast = tlast_q;

  if (COLLECT == 1) begin : gen_each
    always_ff @(posedge clk) if (fire) data_q <= elements;
  end else begin : gen_collect
    always_ff @(posedge clk) if (fire) data_q <= {elements, data_q[COLLECT*LANES*BITS-1 : LANES*BITS]};
  end

  wire [PACE_W-1:0]   after   = last_q ? PACE_W'(PACE_IMAGE - 1) : completes ? PACE_W'(PACE_WINDOW - 1) : PACE_W'(PACE_BEAT - 1);
  wire [PACE_W-1:0]   waits   = fire ? after : wait_q == '0 ? '0 : wait_q - 1'b1;
  wire [CREDIT_W-1:0] credits = credits_q - CREDIT_W'(fire && first_q) + CREDIT_W'(credit_return);
  wire                begins  = fire ? last_q : first_q;

  always_ff @(posedge clk) begin
    valid_q <= fire && part_q == PART_W'(COLLECT - 1);
    done_q  <= fire && last_q;
    tlast_q <= padding_q || ends;

    if (fire) begin
      beat_q    <= last_q ? '0 : beat_q + 1'b1;
      last_q    <= BEATS == 1 || beat_q == BEAT_W'(BEATS - 2);
      part_q    <= part_q == PART_W'(COLLECT - 1) ? '0 : part_q + 1'b1;
      padding_q <= !last_q && (padding_q || ends);
      if (ends && !(last_q && whole)) short_q <= short_q + 16'd1;
    end
    first_q   <= begins;
    wait_q    <= waits;
    credits_q <= credits;
    go_q      <= waits == '0 && (!begins || credits != '0);

    if (rst) begin
      valid_q   <= 1'b0;
      done_q    <= 1'b0;
      go_q      <= 1'b1;
      first_q   <= 1'b1;
      last_q    <= BEATS == 1;
      wait_q    <= '0;
      beat_q    <= '0;
      part_q    <= '0;
      padding_q <= 1'b0;
      short_q   <= '0;
      credits_q <= CREDIT_W'(CREDITS);
    end
  end

  // The top bits of a slot wider than its element, and of tdata past the lanes, are not looked at.
  wire unused = &{1'b0, s_axis_tdata, s_axis_tkeep};

`ifdef FORMAL
  // The reference counts beats and images; a credit is either here or with an image in flight.
  logic f_started = 1'b0;
  logic [CREDIT_W-1:0] f_flying = '0;      // images begun whose credit has not come back

  // The beat's place follows from its number alone.
  wire [31:0] f_position = 32'(beat_q) / COLLECT;
  wire        f_completes = PACE_WINDOW != PACE_BEAT && 32'(beat_q) % COLLECT == COLLECT - 1
                            && f_position / COLUMNS >= KH - 1 && f_position % COLUMNS >= KW - 1;
  if (PACE_WINDOW != PACE_BEAT) begin : gen_formal
    always_ff @(posedge clk) if (f_started) begin
      assert (32'(gen_windows.column_q) == f_position % COLUMNS);
      assert (32'(gen_windows.above_q) == (f_position / COLUMNS < KH - 1 ? f_position / COLUMNS : KH - 1));
    end
  end

  always_ff @(posedge clk) begin
    f_started <= 1'b1;
    f_flying  <= rst ? '0 : f_flying + CREDIT_W'(fire && first_q) - CREDIT_W'(credit_return);
    if (!f_started) assume (rst);
    // A credit comes back only for an image that is whole and has left.
    assume (!credit_return || f_flying > CREDIT_W'(!first_q));
    if (f_started) begin
      assert ({1'b0, f_flying} + {1'b0, credits_q} == (CREDIT_W + 1)'(CREDITS));
      assert (beat_q < BEAT_W'(BEATS));
      assert (first_q == (beat_q == '0) && last_q == (beat_q == BEAT_W'(BEATS - 1)));
      assert (go_q == (wait_q == '0 && (!first_q || credits_q != '0)));
      assert (part_q < PART_W'(COLLECT));
      assert (32'(part_q) == 32'(beat_q) % COLLECT);
      assert (32'(wait_q) < PACE_MAX);
      assert (!(padding_q && first_q));                                  // padding ends with its image
      if (!first_q) assert (f_flying != '0);
      assert (!(accept && padding_q));                                 // nothing of the next packet is eaten
      if (!$past(rst)) begin
        assert (out_done == $past(fire && last_q));
        if ($past(fire) && $past(padding_q) && COLLECT == 1) assert (out_data == '0);
        if ($past(accept && !s_axis_tlast) && COLLECT == 1 && SLOT == BITS)
          assert (out_data == $past(s_axis_tdata[LANES*BITS-1:0]));
        if (out_done) assert (out_tlast == $past(padding_q || (s_axis_tlast && s_axis_tvalid && s_axis_tready)));
        assert (16'(short_images - $past(short_images)) <= 16'd1);
        if ($past(ends && !last_q)) assert (short_images == 16'($past(short_images) + 16'd1) && padding_q);
        if ($past(fire) && !$past(last_q)) assert (32'(wait_q) == ($past(f_completes) ? PACE_WINDOW : PACE_BEAT) - 1);
        if ($past(fire) && $past(last_q)) assert (32'(wait_q) == PACE_IMAGE - 1);
      end
    end
  end
`endif

endmodule

`default_nettype wire
