// packet_out: writes the answers that packet_in's tokens ask for.
//
// One word a clock, a token after the other; m_axis is not registered here. The
// token queue is TOKENS deep, so a load's echoes wait behind their seven header
// words without stopping the stream. TLAST is on an answer's last word and
// nowhere else. Results come from the engine as one 32-bit beat each, TLAST on
// an image's last.
//
//   in_token --> [queue] --+--> header | refuse | word | image | drop | error, in this order --> m_axis
//   in_header --> [memory, HEADERS x 7 words] --^
//   s_result ----------------------------------^
//
// The token's layout is packet_in's.

`default_nettype none

module packet_out #(
  parameter int RESULT_WORDS = 1,                    // stream words of a result: 1 (its low half) or 2 (low half first)
  parameter bit PAD = 1'b0,                          // a word 0 after each image: where it has one result of one word
  parameter int TOKENS = 16,                         // depth of the queue, a power of two, at least 16
  parameter int HEADERS = 4                          // headers waiting for their turn, a power of two, at least 2
) (
  input  wire        clk,
  input  wire        rst,                            // synchronous, active high

  input  wire [2:0]  in_header_index,
  input  wire [15:0] in_header_data,
  input  wire        in_header_valid,
  output wire        in_header_ready,

  input  wire [26:0] in_token,
  input  wire        in_token_valid,
  output wire        in_token_ready,

  input  wire [31:0] s_result_tdata,
  input  wire        s_result_tlast,
  input  wire        s_result_tvalid,
  output wire        s_result_tready,
  output wire        out_image_done,                 // an image's last result was taken

  output wire [15:0] m_axis_tdata,
  output wire        m_axis_tlast,
  output wire        m_axis_tvalid,
  input  wire        m_axis_tready
);

  localparam int TOKEN_W  = $clog2(TOKENS);
  localparam int HEADER_W = $clog2(HEADERS);

  // --- token queue -----------------------------------------------------------------------------------------------

  (* ram_style = "distributed" *)
  logic [26:0]        tokens [TOKENS];
  logic [TOKEN_W-1:0] token_in_q, token_out_q;
  logic [TOKEN_W:0]   token_count_q;
  wire                token_done;

  wire [26:0] token       = tokens[token_out_q];
  wire        token_valid = token_count_q != '0;
  assign in_token_ready = !token_count_q[TOKEN_W];

  always_ff @(posedge clk) begin
    if (in_token_valid) begin
      tokens[token_in_q] <= in_token;
      token_in_q         <= token_in_q + TOKEN_W'(1);
    end
    if (token_done) token_out_q <= token_out_q + TOKEN_W'(1);
    token_count_q <= token_count_q + (TOKEN_W+1)'(in_token_valid) - (TOKEN_W+1)'(token_done);
    if (rst) begin
      token_in_q    <= '0;
      token_out_q   <= '0;
      token_count_q <= '0;
    end
  end

  wire        want_header, want_refuse, want_word, want_image, want_drop, want_error, last;
  wire [3:0]  code;
  wire [15:0] data;
  assign {code, data, last, want_error, want_drop, want_image, want_word, want_refuse, want_header} = token;

  // --- header memory: a ring of HEADERS x 8 words ------------------------------------------------------------------

  (* ram_style = "distributed" *)
  logic [15:0]         headers [8*HEADERS];
  logic [HEADER_W-1:0] header_in_q, header_out_q;
  logic [HEADER_W:0]   header_count_q;                // packets whose header is here, or on its way
  logic [2:0]          index_q;                       // header word to send
  wire                 header_begins = in_header_valid && in_header_index == 3'd0;
  wire                 header_done;
  wire                 token_header_in = in_token_valid && (in_token[0] || in_token[1]);

  assign in_header_ready = in_header_index != 3'd0 || !header_count_q[HEADER_W];

  always_ff @(posedge clk) begin
    if (in_header_valid) headers[{header_in_q, in_header_index}] <= in_header_data;
    // Every packet's header is used exactly once, by the token that begins its answer.
    if (token_header_in) header_in_q <= header_in_q + HEADER_W'(1);
    if (header_done) header_out_q <= header_out_q + HEADER_W'(1);
    header_count_q <= header_count_q + (HEADER_W+1)'(header_begins) - (HEADER_W+1)'(header_done);
    if (rst) begin
      header_in_q    <= '0;
      header_out_q   <= '0;
      header_count_q <= '0;
    end
  end

  wire [15:0] header_word = headers[{header_out_q, index_q}];
  wire [15:0] error_word  = {1'b1, 11'd0, code};

  // --- the steps of one token ----------------------------------------------------------------------------------------

  localparam bit [1:0] AT_HEADER = 2'd0, AT_BODY = 2'd1, AT_ERROR = 2'd2, AT_DROP = 2'd3;
  logic [1:0] step_q;
  logic       half_q;                                // the second word of a result, or the pad after the last
  wire        send = m_axis_tvalid && m_axis_tready;

  // A token with nothing to do in a step must not lose a clock in it.
  wire has_header = want_header || want_refuse;
  wire has_body   = want_word || want_image;
  wire at_header  = token_valid && step_q == AT_HEADER && has_header;
  wire at_body    = token_valid && has_body && (step_q == AT_BODY || (step_q == AT_HEADER && !has_header));
  wire at_error   = token_valid && want_error && !at_header && !at_body && step_q != AT_DROP;
  wire at_drop    = token_valid && want_drop && !at_header && !at_body && !at_error;

  wire at_image    = at_body && want_image;
  wire second      = half_q;
  wire two_words   = RESULT_WORDS == 2 || (PAD && s_result_tlast);
  wire result_end  = !two_words || second;           // this word is a result's last
  wire image_end   = result_end && s_result_tlast;
  wire [15:0] result_word = !second ? s_result_tdata[15:0] : (RESULT_WORDS == 2) ? s_result_tdata[31:16] : 16'd0;

  assign s_result_tready = (at_image && m_axis_tready && result_end) || at_drop;
  assign out_image_done  = s_result_tvalid && s_result_tready && s_result_tlast;

  assign header_done    = at_header && send && index_q == 3'd6;
  wire   body_done      = at_body && send && (want_word || image_end);
  wire   error_done     = at_error && send;
  wire   drop_done      = at_drop && s_result_tvalid && s_result_tlast;

  assign token_done = drop_done
    || (error_done  && !want_drop)
    || (body_done   && !want_error && !want_drop)
    || (header_done && !has_body && !want_error && !want_drop);

  wire received = index_q < data[2:0];               // of a refused header
  assign m_axis_tvalid = at_header || (at_body && (want_word || s_result_tvalid)) || at_error;
  assign m_axis_tdata  =
      at_header ? ((want_refuse && index_q == 3'd0) ? error_word : (want_refuse && !received) ? 16'd0 : header_word)
    : at_error  ? error_word
    : want_word ? data
    :             result_word;
  assign m_axis_tlast  = at_error || (last && (at_header ? want_refuse && index_q == 3'd6 : want_word || image_end));

  always_ff @(posedge clk) begin
    if (at_header && send) index_q <= (index_q == 3'd6) ? 3'd0 : index_q + 3'd1;
    if (at_image && send) half_q <= two_words && !second;
    if (token_done)       step_q <= AT_HEADER;
    else if (header_done) step_q <= AT_BODY;
    else if (body_done)   step_q <= AT_ERROR;
    else if (error_done)  step_q <= AT_DROP;
    if (rst) begin
      index_q <= '0;
      half_q  <= 1'b0;
      step_q  <= AT_HEADER;
    end
  end

endmodule

`default_nettype wire
