// packet_bench: packet_in and packet_out around an engine whose results a test
// can foretell: result k of an image is the sum of its elements plus k. It is
// what a dense layer of ones with biases 0, 1, 2 ... computes, so golden's
// PacketCore is the reference. A cut image is one whose missing elements are 0.

`default_nettype none

module packet_bench #(
  parameter int ROWS = 4,
  parameter bit [128*ROWS-1:0] TABLE = '0,
  parameter bit [ROWS-1:0] NEEDED = '0,
  parameter int RESULTS = 3,
  parameter int RESULT_WORDS = 1,
  parameter bit PAD = 1'b0
) (
  input  wire        aclk,
  input  wire        aresetn,
  input  wire [15:0] s_axis_tdata,
  input  wire        s_axis_tlast,
  input  wire        s_axis_tvalid,
  output wire        s_axis_tready,
  output wire [15:0] m_axis_tdata,
  output wire [1:0]  m_axis_tkeep,
  output wire        m_axis_tlast,
  output wire        m_axis_tvalid,
  input  wire        m_axis_tready,
  output wire [ROWS-1:0] loaded,
  output wire [31:0] load_sum                       // of what was loaded, so that nothing is optimised away
);

  wire clk = aclk;
  wire rst = !aresetn;
  assign m_axis_tkeep = 2'b11;

  wire [2:0]  header_index;
  wire [15:0] header_data;
  wire        header_valid, header_ready;
  wire [7:0]  image_tdata;
  wire        image_tlast, image_tvalid, image_tready, image_done;
  wire [ROWS-1:0] load_row;
  wire [15:0] load_data;
  wire        load_idle, load_valid;
  wire [26:0] token;
  wire        token_valid, token_ready;

  packet_in #(.ROWS(ROWS), .TABLE(TABLE), .NEEDED(NEEDED), .COUNT_W(16), .ELEMENT_W(8), .FLIGHT_W(2)) u_packet_in (
    .clk(clk), .rst(rst),
    .s_axis_tdata(s_axis_tdata), .s_axis_tlast(s_axis_tlast), .s_axis_tvalid(s_axis_tvalid), .s_axis_tready(s_axis_tready),
    .out_header_index(header_index), .out_header_data(header_data),
    .out_header_valid(header_valid), .out_header_ready(header_ready),
    .out_image_tdata(image_tdata), .out_image_tlast(image_tlast),
    .out_image_tvalid(image_tvalid), .out_image_tready(image_tready), .in_image_done(image_done),
    .out_load_row(load_row), .out_load_data(load_data), .out_load_idle(load_idle), .out_load_valid(load_valid),
    .out_loaded(loaded),
    .out_token(token), .out_token_valid(token_valid), .out_token_ready(token_ready)
  );

  // Engine: adds while an image comes, then sends its results.
  logic [31:0] sum_q;
  logic [7:0]  result_q;                             // result to send, counted from 1; 0 while adding
  wire         result_last = result_q == 8'(RESULTS);
  wire         result_ready;
  assign image_tready = result_q == 8'd0;
  always_ff @(posedge clk) begin
    if (image_tvalid && image_tready) begin
      sum_q    <= sum_q + 32'(image_tdata);
      result_q <= 8'(image_tlast);
    end
    if (result_q != 8'd0 && result_ready) begin
      result_q <= result_last ? 8'd0 : result_q + 8'd1;
      if (result_last) sum_q <= '0;
    end
    if (rst) begin
      sum_q    <= '0;
      result_q <= '0;
    end
  end

  packet_out #(.RESULT_WORDS(RESULT_WORDS), .PAD(PAD), .TOKENS(16), .HEADERS(4)) u_packet_out (
    .clk(clk), .rst(rst),
    .in_header_index(header_index), .in_header_data(header_data),
    .in_header_valid(header_valid), .in_header_ready(header_ready),
    .in_token(token), .in_token_valid(token_valid), .in_token_ready(token_ready),
    .s_result_tdata(sum_q + 32'(result_q) - 32'd1), .s_result_tlast(result_last),
    .s_result_tvalid(result_q != 8'd0), .s_result_tready(result_ready), .out_image_done(image_done),
    .m_axis_tdata(m_axis_tdata), .m_axis_tlast(m_axis_tlast), .m_axis_tvalid(m_axis_tvalid), .m_axis_tready(m_axis_tready)
  );

  logic [31:0] load_sum_q;
  logic        load_idle_q;                          // no word of this load has come yet
  assign load_sum = load_sum_q;
  always_ff @(posedge clk) begin
    if (load_valid) load_sum_q <= (load_idle_q ? 32'd0 : load_sum_q) + {load_data, 16'(load_row)};
    if (load_valid || load_idle) load_idle_q <= load_idle;
    if (rst) load_sum_q <= '0;
  end

endmodule

`default_nettype wire
