// CRC-32 (IEEE 802.3) of a fixed number of 32-bit words, in one step of logic.
//
// Each bit of the result is the parity of the input bits that a constant mask picks. Word 0 is
// the first in memory, its low byte first. Without valid_i the result is that of zeros: valid_i
// keeps the parities at rest while nothing passes.

module crc32 #(
  parameter int unsigned Words = 15
) (
  input  logic                   valid_i,
  input  logic [Words-1:0][31:0] data_i,
  output logic [31:0]            crc_o
);
  /*verilator no_inline_module*/

  typedef logic [Words-1:0][31:0] words_t;

  localparam logic [31:0] Poly = 32'hedb88320;

  // Result for all-zero input.
  function automatic logic [31:0] base();
    logic [31:0] state;
    state = '1;
    for (int unsigned i = 0; i < 32 * Words; i++) begin
      state = state[0] ? (state >> 1) ^ Poly : state >> 1;
    end
    return ~state;
  endfunction

  // Input bits on which bit `b` of the result depends: the steps in reverse, transposed.
  function automatic words_t mask(logic [4:0] b);
    words_t      picked;
    logic [31:0] pick;
    pick = 32'd1 << b;
    for (int unsigned w = Words; w > 0; w--) begin
      for (int unsigned i = 0; i < 32; i++) pick = {pick[30:0], ^(pick & Poly)};
      picked[w-1] = pick;
    end
    return picked;
  endfunction

  localparam logic [31:0] Base = base();

  logic [31:0] parity;

  for (genvar b = 0; b < 32; b++) begin : gen_bit
    localparam words_t Mask = mask(5'(b));
    assign parity[b] = ^(data_i & Mask);
  end

  assign crc_o = valid_i ? Base ^ parity : Base;

endmodule
