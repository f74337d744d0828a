// Product of two 32-bit polynomials over GF(2), combinational; zero unless enabled.

module clmul32 (
  input  logic        en_i /*verilator public_flat_rd*/,
  input  logic [31:0] a_i /*verilator public_flat_rd*/,
  input  logic [31:0] b_i /*verilator public_flat_rd*/,
  output logic [62:0] product_o
);
  /*verilator no_inline_module*/

  logic [63:0] a, sum;

  always_comb begin
    a   = {32'b0, a_i};
    sum = '0;
    if (en_i) begin
      for (int unsigned i = 0; i < 32; i++) begin
        sum = sum ^ ({64{b_i[i]}} & (a << i));
      end
    end
  end

  assign product_o = sum[62:0];

  logic unused_top;
  assign unused_top = sum[63];

endmodule
