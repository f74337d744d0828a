// Where the data of a block of a forward step lies: one block, or two whose parts make one.

module forward_address
  import card_pkg::*;
  import cluster_pkg::*;
(
  input  bank_e             source_i,   // of the data
  input  layout_e           layout_i,
  input  logic [BlockW-1:0] block_i,
  input  logic [BlockW-1:0] aad_block_i,
  input  logic              aad_i,      // a block of associated data
  input  logic [BlockW-1:0] index_i,    // of the data, or of the associated data
  input  logic              last_i,

  output bank_e             bank_a_o,
  output logic [BlockW-1:0] block_a_o,
  output logic              read_b_o,
  output bank_e             bank_b_o,
  output logic [BlockW-1:0] block_b_o
);

  always_comb begin
    bank_a_o  = source_i;
    block_a_o = block_i + index_i;
    read_b_o  = 1'b0;
    bank_b_o  = source_i;
    block_b_o = OperateBlock + index_i;
    if (aad_i) begin
      bank_a_o  = BankIn;
      block_a_o = aad_block_i + index_i;
    end else if (layout_i == LayoutOperate) begin
      // Bytes 13 to 15 of one block, 0 to 12 of the next.
      read_b_o  = 1'b1;
      bank_b_o  = BankInv;
      block_b_o = index_i + BlockW'(1);
    end else if (layout_i == LayoutEnvelope) begin
      // 13 bytes of header or result, 3 of result or padding.
      read_b_o  = 1'b1;
      bank_a_o  = (index_i == '0) ? BankInv : source_i;
      block_a_o = (index_i == '0) ? '0 : OperateBlock + index_i - BlockW'(1);
      if (last_i) begin
        bank_b_o  = BankInv;
        block_b_o = index_i;
      end
    end
  end

endmodule
