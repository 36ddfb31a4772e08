// weight_ram: the weights of a folded engine, written through the stream.
//
//   in_load: [output][value] --> [SIMD in a row] --> memory of PE p, word address --> rom_data
//
// Weights come one a clock in the order of a load packet: output by output, the values of an output
// in the order the engine reads them. They are stored in the order of its steps: for each of VECTORS,
// for each of GROUPS, CHUNKS words of SIMD weights, PE outputs side by side. Nothing is divided: the
// counters below are the loops. rom_data answers rom_address two clocks later, as folded wants it.
// Reading while a load runs gives either weight; packet_in keeps the engine empty meanwhile.

`default_nettype none

module weight_ram #(
  parameter int VECTORS = 36,
  parameter int VALUES = 16,               // of a vector
  parameter int PE = 10,
  parameter int SIMD = 1,
  parameter int GROUPS = 1,
  parameter int CHUNKS = 16,               // SIMD * CHUNKS >= VALUES
  parameter int WEIGHT_BITS = 8,
  parameter bit BLOCK = 1,                 // memory: 1 block RAM, 0 LUTRAM
  parameter int ADDRESS_W = 10             // $clog2(VECTORS * GROUPS * CHUNKS), at least 1
) (
  input  wire                            clk,
  input  wire [WEIGHT_BITS-1:0]          in_load_data,
  input  wire                            in_load_first,   // starts over at output 0
  input  wire                            in_load_valid,
  input  wire [ADDRESS_W-1:0]            rom_address,
  output wire [PE*SIMD*WEIGHT_BITS-1:0]  rom_data         // weight j of output p at [WEIGHT_BITS*(SIMD*p+j) +: WEIGHT_BITS]
);

  localparam int WORD     = SIMD * WEIGHT_BITS;
  localparam int WORDS    = VECTORS * GROUPS * CHUNKS;
  localparam int LANE_W   = SIMD > 1 ? $clog2(SIMD) : 1;
  localparam int VALUE_W  = VALUES > 1 ? $clog2(VALUES) : 1;
  localparam int VECTOR_W = VECTORS > 1 ? $clog2(VECTORS) : 1;
  localparam int PE_W     = PE > 1 ? $clog2(PE) : 1;

  // Where the weight on in_load belongs.
  logic [LANE_W-1:0]    lane_q, lane;
  logic [VALUE_W-1:0]   value_q, value;
  logic [VECTOR_W-1:0]  vector_q, vector;
  logic [PE_W-1:0]      pe_q, pe;
  logic [ADDRESS_W-1:0] group_q, group;    // first word of this group
  logic [ADDRESS_W-1:0] row_q, row;        // first word of this vector's group
  logic [ADDRESS_W-1:0] word_q, word;

  always_comb begin
    {lane, value, vector, pe, group, row, word} = in_load_first ? '0 : {lane_q, value_q, vector_q, pe_q, group_q, row_q, word_q};
  end

  wire value_ends  = value == VALUE_W'(VALUES - 1);
  wire word_ends   = lane == LANE_W'(SIMD - 1) || value_ends;
  wire vector_ends = vector == VECTOR_W'(VECTORS - 1);
  wire output_ends = value_ends && vector_ends;
  wire group_ends  = output_ends && pe == PE_W'(PE - 1);

  wire [ADDRESS_W-1:0] next_group = group + ADDRESS_W'(CHUNKS);
  wire [ADDRESS_W-1:0] next_row   = row + ADDRESS_W'(GROUPS * CHUNKS);

  always_ff @(posedge clk) begin
    if (in_load_valid) begin
      lane_q   <= word_ends ? '0 : lane + 1'b1;
      value_q  <= value_ends ? '0 : value + 1'b1;
      vector_q <= !value_ends ? vector : vector_ends ? '0 : vector + 1'b1;
      pe_q     <= !output_ends ? pe : group_ends ? '0 : pe + 1'b1;
      group_q  <= group_ends ? next_group : group;
      row_q    <= group_ends ? next_group : output_ends ? group : value_ends ? next_row : row;
      word_q   <= group_ends ? next_group : output_ends ? group : value_ends ? next_row
                : word_ends ? word + 1'b1 : word;
    end
  end

  // SIMD weights make a word. Lanes past the last value keep old weights, and meet inputs that are 0.
  logic [WORD-1:0] lanes_q, lanes;
  always_comb begin
    lanes = lanes_q;
    lanes[WEIGHT_BITS*lane +: WEIGHT_BITS] = in_load_data;
  end
  always_ff @(posedge clk) if (in_load_valid) lanes_q <= lanes;

  logic [WORD-1:0]      write_data_q;
  logic [ADDRESS_W-1:0] write_address_q;
  logic [PE-1:0]        write_q;           // one hot
  always_ff @(posedge clk) begin
    write_data_q    <= lanes;
    write_address_q <= word;
    write_q         <= in_load_valid && word_ends ? PE'(1) << pe : '0;
  end

  for (genvar p = 0; p < PE; p++) begin : gen_pe
    logic [WORD-1:0] read_q, read2_q;
    if (BLOCK) begin : gen_block
      (* ram_style = "block" *)
      logic [WORD-1:0] memory [0:WORDS-1];
      always_ff @(posedge clk) begin
        if (write_q[p]) memory[write_address_q] <= write_data_q;
        read_q <= memory[rom_address];
      end
    end else begin : gen_distributed
      (* ram_style = "distributed" *)
      logic [WORD-1:0] memory [0:WORDS-1];
      always_ff @(posedge clk) begin
        if (write_q[p]) memory[write_address_q] <= write_data_q;
        read_q <= memory[rom_address];
      end
    end
    always_ff @(posedge clk) read2_q <= read_q;
    assign rom_data[WORD*p +: WORD] = read2_q;
  end

endmodule

`default_nettype wire
