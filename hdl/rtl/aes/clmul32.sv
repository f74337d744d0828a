// Product of two 32-bit polynomials over GF(2), one cycle later if enabled.

module clmul32 (
  input  logic        clk_i,
  input  logic        en_i,
  input  logic [31:0] a_i,
  input  logic [31:0] b_i,
  output logic [62:0] product_o
);

  // The sum of the multiples of a that b names, four of its bits at a time.
  always_ff @(posedge clk_i) begin : multiply
    automatic logic [63:0] sum = '0;
    automatic logic [63:0] multiple [16];
    if (en_i) begin
      multiple[0] = '0;
      multiple[1] = {32'b0, a_i};
      for (int unsigned i = 2; i < 16; i++) begin
        multiple[i] = (multiple[i/2] << 1) ^ multiple[i%2];
      end
      for (int unsigned i = 0; i < 8; i++) begin
        sum = sum ^ (multiple[b_i[4*i+:4]] << (4 * i));
      end
      product_o <= sum[62:0];
    end
  end

endmodule
