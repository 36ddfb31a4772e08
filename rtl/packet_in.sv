// packet_in: takes header packets apart into images, loads and tokens.
//
// One word a clock. s_axis_tready falls while the feeder, the token queue or the
// header memory is full, and at the first word of a load until earlier images
// have left the engine. Whatever a packet holds, it gives the tokens of exactly
// one answer; packet_out writes that.
//
//   s_axis --+--> checks ------> token: what the answer goes on with
//            +--> header ------> packet_out's header memory
//            +--> image -------> image_feeder, an image a packet; TLAST also where it is cut short
//            +--> load --------> weights, biases, shifts
//
// Rules and fault codes: docs/packets.md. Nothing is multiplied: each field is
// compared with a row of TABLE, and one counter runs over the body.
//
// TABLE: 128 bits a row, row 0 (execute, its batch not compared) lowest:
//   {1'b0, sign, odd[6:0], even[6:0], words[31:0], outputChannels, inputDim, inputChannels, kernelDim, status}
//   words: of the body; in row 0 of one image. even, odd: the low bits that are
//   stored of an even and an odd body word; sign: they are sign-extended.
//
// token: {code[3:0], data[15:0], last, error, drop, image, word, refuse, header}, done in the order
//   header  the seven header words as received
//   refuse  the same with 0x8000 + code first; data[2:0] words were received, the others are 0
//   word    data
//   image   one image's results
//   drop    one image's results, thrown away
//   error   0x8000 + code, and TLAST
//   last    TLAST on the last word of refuse, word or image

`default_nettype none

module packet_in #(
  parameter int ROWS = 2,                            // rows of TABLE, at least 2
  parameter bit [128*ROWS-1:0] TABLE = '0,
  parameter bit [ROWS-1:0] NEEDED = '0,              // rows that must be loaded before an image is taken
  parameter int COUNT_W = 16,                        // bits of the longest body's last index
  parameter int ELEMENT_W = 8,                       // bits of an image's element, 1 to 16
  parameter int FLIGHT_W = 4                         // bits that count the images in the engine
) (
  input  wire                 clk,
  input  wire                 rst,                   // synchronous, active high

  input  wire [15:0]          s_axis_tdata,
  input  wire                 s_axis_tlast,
  input  wire                 s_axis_tvalid,
  output wire                 s_axis_tready,

  output wire [2:0]           out_header_index,
  output wire [15:0]          out_header_data,
  output wire                 out_header_valid,
  input  wire                 out_header_ready,      // there is room for a whole header

  output wire [ELEMENT_W-1:0] out_image_tdata,
  output wire                 out_image_tlast,
  output wire                 out_image_tvalid,
  input  wire                 out_image_tready,
  input  wire                 in_image_done,         // the last result of an image has left the engine

  output wire [ROWS-1:0]      out_load_row,          // one hot
  output wire [15:0]          out_load_data,         // as stored
  output wire                 out_load_idle,         // no load runs; the words of a body come in order
  output wire                 out_load_valid,
  output wire [ROWS-1:0]      out_loaded,            // holds what was sent, whole, and not the build's

  output wire [26:0]          out_token,
  output wire                 out_token_valid,
  input  wire                 out_token_ready
);

  localparam bit [3:0] HEADER_SHORT = 4'd1, STATUS = 4'd2, NOT_LOADED = 4'd9, BODY_SHORT = 4'd10, BODY_LONG = 4'd11;
  localparam bit [1:0] IN_HEADER = 2'd0, IN_IMAGES = 2'd1, IN_LOAD = 2'd2, IN_REST = 2'd3;
  localparam int ROW_W = $clog2(ROWS);

  logic [1:0]          state_q;
  logic [2:0]          field_q;                      // header word to come, 0 status .. 6 outputDim
  logic [ROW_W-1:0]    row_q;
  logic [3:0]          code_q;                       // first fault of this header, 0 while there is none
  logic [15:0]         batch_q;                      // images to come, this one included
  logic [COUNT_W-1:0]  count_q;                      // body word to come, in row 0 of this image
  logic                header_out_q;                 // the answer has begun
  logic [ROWS-1:0]     loaded_q, broken_q;
  logic [FLIGHT_W-1:0] flight_q;

  wire fire = s_axis_tvalid && s_axis_tready;

  // --- header: the row its status names, and the word that row wants ------------------------------------------------

  wire [ROWS-1:0] named;                             // at most one: every row has a status of its own
  for (genvar r = 0; r < ROWS; r++) begin : gen_named
    assign named[r] = s_axis_tdata == TABLE[128*r +: 16];
  end

  logic [ROW_W-1:0] named_row;
  always_comb begin
    named_row = '0;
    for (int r = 0; r < ROWS; r++) if (named[r]) named_row = ROW_W'(r);
  end

  wire        execute = row_q == '0;
  wire        sign;
  wire [6:0]  odd_bits, even_bits;
  wire [31:0] words;
  wire [15:0] output_channels, input_dim, input_channels, kernel_dim;
  assign {sign, odd_bits, even_bits, words, output_channels, input_dim, input_channels, kernel_dim}
    = TABLE[128*row_q + 16 +: 111];

  logic wanted;                                      // this header word is what it must be
  always_comb begin
    case (field_q)
      3'd0:    wanted = named != '0;
      3'd1:    wanted = execute ? s_axis_tdata != 16'd0 && !s_axis_tdata[15] : s_axis_tdata == 16'd0;
      3'd2:    wanted = s_axis_tdata == kernel_dim;
      3'd3:    wanted = s_axis_tdata == input_channels;
      3'd4:    wanted = s_axis_tdata == input_dim;
      3'd5:    wanted = s_axis_tdata == output_channels;
      default: wanted = s_axis_tdata == 16'd1;
    endcase
  end

  wire last_field  = field_q == 3'd6;
  wire all_loaded  = ((loaded_q | ~NEEDED) & ~broken_q) == '1;
  wire header_good = code_q == 4'd0 && wanted && last_field && !s_axis_tlast && (!execute || all_loaded);

  // The lowest code wins: a header cut short, then its fields in order, then what follows from a good one.
  logic [3:0] header_code;
  always_comb begin
    if (s_axis_tlast && !last_field)    header_code = HEADER_SHORT;
    else if (code_q != 4'd0)            header_code = code_q;
    else if (!wanted)                   header_code = STATUS + {1'b0, field_q};
    else if (execute && !all_loaded)    header_code = NOT_LOADED;
    else                                header_code = BODY_SHORT;
  end

  // --- body ---------------------------------------------------------------------------------------------------------

  wire body_end = count_q == COUNT_W'(words - 32'd1);
  wire final_image = batch_q == 16'd1;

  wire [6:0] stored_bits = count_q[0] ? odd_bits : even_bits;
  logic [15:0] stored;
  always_comb begin
    for (int b = 0; b < 16; b++)
      stored[b] = (7'(b) < stored_bits) ? s_axis_tdata[b] : sign && s_axis_tdata[4'(stored_bits - 7'd1)];
  end

  // --- tokens: at most one an accepted word --------------------------------------------------------------------------

  logic        header, refuse, word, image, drop, error, last;
  logic [3:0]  code;
  wire  [15:0] received = {13'd0, field_q} + 16'd1;
  always_comb begin
    {last, error, drop, image, word, refuse, header} = '0;
    code = BODY_SHORT;
    case (state_q)
      IN_HEADER: begin
        header = header_good && !execute;
        refuse = (s_axis_tlast || last_field) && !header_good;
        last   = refuse;
        code   = header_code;
      end
      IN_IMAGES: begin
        // An image is whole once its last word is here; the final one only if TLAST came with it.
        image  = body_end && (s_axis_tlast || !final_image);
        drop   = !image && (body_end || s_axis_tlast);
        header = image && !header_out_q;
        refuse = drop && !header_out_q;
        error  = (drop && header_out_q) || (image && s_axis_tlast && !final_image);
        last   = refuse || (image && s_axis_tlast && final_image);
        if (body_end && !s_axis_tlast) code = BODY_LONG;
      end
      IN_LOAD: begin
        word  = 1'b1;
        last  = s_axis_tlast && body_end;
        error = s_axis_tlast != body_end;
        if (body_end) code = BODY_LONG;
      end
      default: ;
    endcase
  end

  assign out_token = {code, state_q == IN_LOAD ? stored : state_q == IN_HEADER ? received : 16'd7,
                      last, error, drop, image, word, refuse, header};
  assign out_token_valid = fire && (header || refuse || word || image || drop);

  // --- handshakes -----------------------------------------------------------------------------------------------------

  wire quiet = flight_q == '0;                       // no image in the engine
  assign s_axis_tready = out_token_ready
    && (state_q != IN_HEADER || out_header_ready)
    && (state_q != IN_IMAGES || out_image_tready)
    && (state_q != IN_LOAD   || quiet);

  assign out_header_index = field_q;
  assign out_header_data  = s_axis_tdata;
  assign out_header_valid = fire && state_q == IN_HEADER;

  assign out_image_tdata  = s_axis_tdata[ELEMENT_W-1:0];
  assign out_image_tlast  = body_end || s_axis_tlast;
  assign out_image_tvalid = s_axis_tvalid && state_q == IN_IMAGES && out_token_ready;

  assign out_load_row     = ROWS'(1) << row_q;
  assign out_load_data    = stored;
  assign out_load_idle    = state_q != IN_LOAD;
  assign out_load_valid   = fire && state_q == IN_LOAD;
  assign out_loaded       = loaded_q;

  // --- state ------------------------------------------------------------------------------------------------------------

  wire image_begins = fire && state_q == IN_IMAGES && count_q == '0;

  always_ff @(posedge clk) begin
    flight_q <= flight_q + FLIGHT_W'(image_begins) - FLIGHT_W'(in_image_done);

    if (fire) begin
      case (state_q)
        IN_HEADER: begin
          field_q      <= field_q + 3'd1;
          count_q      <= '0;
          header_out_q <= 1'b0;
          if (field_q == 3'd0) row_q <= named_row;
          if (field_q == 3'd1) batch_q <= s_axis_tdata;
          if (code_q == 4'd0 && !wanted) code_q <= STATUS + {1'b0, field_q};
          if (s_axis_tlast || last_field) begin
            field_q <= '0;
            code_q  <= '0;
            state_q <= s_axis_tlast ? IN_HEADER : !header_good ? IN_REST : execute ? IN_IMAGES : IN_LOAD;
          end
          // A load counts as broken from its header on, until its last word is here with TLAST.
          if (last_field && wanted && code_q == 4'd0 && !execute) begin
            loaded_q[row_q] <= 1'b0;
            broken_q[row_q] <= 1'b1;
          end
        end
        IN_IMAGES: begin
          count_q <= count_q + COUNT_W'(1);
          if (body_end) begin
            count_q      <= '0;
            batch_q      <= batch_q - 16'd1;
            header_out_q <= 1'b1;
            if (final_image) state_q <= IN_REST;
          end
          if (s_axis_tlast) state_q <= IN_HEADER;
        end
        IN_LOAD: begin
          count_q <= count_q + COUNT_W'(1);
          if (body_end) state_q <= IN_REST;
          if (s_axis_tlast) state_q <= IN_HEADER;
          if (s_axis_tlast && body_end) begin
            loaded_q[row_q] <= 1'b1;
            broken_q[row_q] <= 1'b0;
          end
        end
        default: if (s_axis_tlast) state_q <= IN_HEADER;
      endcase
    end

    if (rst) begin
      state_q  <= IN_HEADER;
      field_q  <= '0;
      code_q   <= '0;
      loaded_q <= '0;
      broken_q <= '0;
      flight_q <= '0;
    end
  end

endmodule

`default_nettype wire
