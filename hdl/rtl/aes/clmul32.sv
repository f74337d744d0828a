// Product of two 32-bit polynomials over GF(2), combinational; zero unless enabled.

module clmul32 (
  input  logic        en_i /*verilator public_flat_rd*/,
  input  logic [31:0] a_i /*verilator public_flat_rd*/,
  input  logic [31:0] b_i /*verilator public_flat_rd*/,
  output logic [62:0] product_o
);
  /*verilator no_inline_module*/

  logic [63:0] multiple [16];
  logic [63:0] sum;

  // The sum of the multiples of a that b names, four of its bits at a time.
  always_comb begin
    sum = '0;
    for (int unsigned i = 0; i < 16; i++) multiple[i] = '0;
    if (en_i) begin
      multiple[1] = {32'b0, a_i};
      for (int unsigned i = 2; i < 16; i++) begin
        multiple[i] = (multiple[i/2] << 1) ^ multiple[i%2];
      end
      for (int unsigned i = 0; i < 8; i++) begin
        sum = sum ^ (multiple[b_i[4*i+:4]] << (4 * i));
      end
    end
  end

  assign product_o = sum[62:0];

  logic unused_top;
  assign unused_top = sum[63];

endmodule
