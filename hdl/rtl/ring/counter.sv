// A counter of 64 bits that adds up to 1023 per cycle.

module counter (
  input  logic        clk_i,
  input  logic        rst_ni,
  input  logic [9:0]  add_i,
  output logic [63:0] count_o
);

  logic [63:0] count_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) count_q <= '0;
    else if (add_i != '0) count_q <= count_q + 64'(add_i);
  end

  assign count_o = count_q;

endmodule
