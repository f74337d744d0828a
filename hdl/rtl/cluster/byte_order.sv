// Turns the bytes of each block round: between a line of host memory, which has byte 0 in its
// lowest bits, and blocks, which have it in their highest. Zeros unless enabled.

module byte_order #(
  parameter int unsigned Blocks = 4
) (
  input  logic                  en_i,
  input  logic [128*Blocks-1:0] data_i,
  output logic [128*Blocks-1:0] data_o
);

  always_comb begin
    data_o = '0;
    if (en_i) begin
      for (int unsigned b = 0; b < Blocks; b++) begin
        for (int unsigned w = 0; w < 4; w++) begin
          data_o[128*b+32*w+:32] = {
              data_i[128*b+32*(3-w)+:8], data_i[128*b+32*(3-w)+8+:8],
              data_i[128*b+32*(3-w)+16+:8], data_i[128*b+32*(3-w)+24+:8]};
        end
      end
    end
  end

endmodule
