// weight_ram: the weights of a folded engine, written through the stream.
//
//   in_load: [output][value] --> [SIMD in a row] --> memory of PE p, word address --> rom_data
//
// Weights come one a clock in the order of a load packet: output by output, the values of an output
// in the order the engine reads them. Memory p holds the outputs p, PE + p, ..., each of VECTORS x CHUNKS
// words of SIMD weights one after the other: all PE outputs of a group at the same addresses. So a
// load needs one address, which goes back to the group's first word after each of its outputs.
// A vector's last word may hold fewer weights; they are its upper ones.
// rom_data answers rom_address two clocks later. Reading while a load runs gives either weight;
// packet_in keeps the engine empty meanwhile.

`default_nettype none

module weight_ram #(
  parameter int VECTORS = 36,
  parameter int VALUES = 16,               // of a vector
  parameter int PE = 10,
  parameter int SIMD = 1,
  parameter int GROUPS = 1,
  parameter int CHUNKS = 16,               // $ceil(VALUES / SIMD)
  parameter int WEIGHT_BITS = 8,
  parameter bit BLOCK = 1,                 // memory: 1 block RAM, 0 LUTRAM
  parameter int ADDRESS_W = 10             // $clog2(VECTORS * GROUPS * CHUNKS), at least 1
) (
  input  wire                            clk,
  input  wire                            in_load_idle,    // no load runs: the next weight is output 0's first
  input  wire [WEIGHT_BITS-1:0]          in_load_data,
  input  wire                            in_load_valid,
  input  wire [ADDRESS_W-1:0]            rom_address,
  output wire [PE*SIMD*WEIGHT_BITS-1:0]  rom_data         // weight j of output p at [WEIGHT_BITS*(SIMD*p+j) +: WEIGHT_BITS]
);

  localparam int WORD     = SIMD * WEIGHT_BITS;
  localparam int WORDS    = VECTORS * GROUPS * CHUNKS;
  localparam int REST     = VALUES - (CHUNKS - 1) * SIMD;  // weights of a vector's last word
  localparam int LANE_W   = SIMD > 1 ? $clog2(SIMD) : 1;
  localparam int CHUNK_W  = CHUNKS > 1 ? $clog2(CHUNKS) : 1;
  localparam int OUTPUT_W = VECTORS * CHUNKS > 1 ? $clog2(VECTORS * CHUNKS) : 1;

  // Where the weight on in_load belongs.
  logic [LANE_W-1:0]    lane_q;
  logic [CHUNK_W-1:0]   chunk_q;
  logic [OUTPUT_W-1:0]  output_q;          // word of its output
  logic [PE-1:0]        pe_q;              // one hot
  logic [ADDRESS_W-1:0] word_q, group_q;   // address, and the group's first

  wire chunk_ends  = chunk_q == CHUNK_W'(CHUNKS - 1);
  wire word_ends   = lane_q == LANE_W'(SIMD - 1) || (REST != SIMD && chunk_ends && lane_q == LANE_W'(REST - 1));
  wire output_ends = word_ends && output_q == OUTPUT_W'(VECTORS * CHUNKS - 1);
  wire group_ends  = output_ends && pe_q[PE-1];

  wire [ADDRESS_W-1:0] next_word = word_q + 1'b1;

  always_ff @(posedge clk) begin
    if (in_load_valid) begin
      lane_q <= word_ends ? '0 : lane_q + 1'b1;
      if (word_ends)   chunk_q  <= chunk_ends ? '0 : chunk_q + 1'b1;
      if (word_ends)   output_q <= output_ends ? '0 : output_q + 1'b1;
      if (word_ends)   word_q   <= output_ends && !pe_q[PE-1] ? group_q : next_word;
      if (output_ends) pe_q     <= PE'({pe_q, pe_q[PE-1]});
      if (group_ends)  group_q  <= next_word;
    end
    if (in_load_idle) begin
      lane_q   <= '0;
      chunk_q  <= '0;
      output_q <= '0;
      pe_q     <= PE'(1);
      word_q   <= '0;
      group_q  <= '0;
    end
  end

  // SIMD weights make a word, the first lowest once they are all here.
  logic [WORD-1:0]      lanes_q;
  logic [ADDRESS_W-1:0] write_address_q;
  logic [PE-1:0]        write_q;           // one hot
  always_ff @(posedge clk) begin
    if (in_load_valid) lanes_q <= WORD'({in_load_data, lanes_q} >> WEIGHT_BITS);
    write_address_q <= word_q;
    write_q         <= in_load_valid && word_ends ? pe_q : '0;
  end

  for (genvar p = 0; p < PE; p++) begin : gen_pe
    logic [WORD-1:0] read_q, read2_q;
    if (WORDS == 1) begin : gen_register
      assign read_q = lanes_q;
    end else if (BLOCK) begin : gen_block
      (* ram_style = "block" *)
      logic [WORD-1:0] memory [0:WORDS-1];
      always_ff @(posedge clk) begin
        if (write_q[p]) memory[write_address_q] <= lanes_q;
        read_q <= memory[rom_address];
      end
    end else begin : gen_distributed
      (* ram_style = "distributed" *)
      logic [WORD-1:0] memory [0:WORDS-1];
      always_ff @(posedge clk) begin
        if (write_q[p]) memory[write_address_q] <= lanes_q;
        read_q <= memory[rom_address];
      end
    end
    // One word is there at all times, and needs no memory.
    always_ff @(posedge clk) if (WORDS > 1 || write_q[p]) read2_q <= read_q;
    assign rom_data[WORD*p +: WORD] = read2_q;
  end

  wire unused = &{1'b0, chunk_q, rom_address, write_address_q};  // where every word is full, or only one is there

endmodule

`default_nettype wire
