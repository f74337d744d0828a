// Product of two 32-bit polynomials over GF(2), combinational.

module clmul32 (
  input  logic [31:0] a_i,
  input  logic [31:0] b_i,
  output logic [62:0] product_o
);
  /*verilator no_inline_module*/

  logic [63:0] a, sum;

  always_comb begin
    a   = {32'b0, a_i};
    sum = '0;
    for (int unsigned i = 0; i < 32; i++) begin
      sum = sum ^ ({64{b_i[i]}} & (a << i));
    end
  end

  assign product_o = sum[62:0];

  logic unused_top;
  assign unused_top = sum[63];

endmodule
