// SubBytes or InvSubBytes of two columns (64 bits, bytes in the order of the block).
//
// Latency: Regs cycles; en_i[j] enables register j. SboxTable takes any number of registers,
// SboxComposite none or 4. No reset, no stall.

module sub_bytes
  import aes_pkg::*;
#(
  parameter int unsigned SboxArch = SboxTable,
  parameter bit          Inverse = 1'b0,
  parameter int unsigned Regs = 0,
  localparam int unsigned EnW = Regs > 0 ? Regs : 1
) (
  input  logic           clk_i,
  input  logic [EnW-1:0] en_i,
  input  logic [63:0]    data_i,
  output logic [63:0]    data_o
);

  // Byte k of the result holds bit k of each byte; its own inverse.
  function automatic logic [63:0] transpose(logic [63:0] x);
    logic [63:0] y;
    y = (x & 64'haa55_aa55_aa55_aa55) | ((x & 64'h00aa_00aa_00aa_00aa) << 7) |
        ((x >> 7) & 64'h00aa_00aa_00aa_00aa);
    y = (y & 64'hcccc_3333_cccc_3333) | ((y & 64'h0000_cccc_0000_cccc) << 14) |
        ((y >> 14) & 64'h0000_cccc_0000_cccc);
    return (y & 64'hf0f0_f0f0_0f0f_0f0f) | ((y & 64'h0000_0000_f0f0_f0f0) << 28) |
        ((y >> 28) & 64'h0000_0000_f0f0_f0f0);
  endfunction

  if (SboxArch == SboxTable) begin : gen_table
    logic [63:0] sub;
    assign sub = Inverse ? {inv_sub_column(data_i[63:32]), inv_sub_column(data_i[31:0])} :
        {sub_column(data_i[63:32]), sub_column(data_i[31:0])};
    if (Regs == 0) begin : gen_comb
      logic unused_clk;
      assign unused_clk = ^{clk_i, en_i};
      assign data_o = sub;
    end else begin : gen_regs
      logic [63:0] sub_q [Regs];
      always_ff @(posedge clk_i) begin
        if (en_i[0]) sub_q[0] <= sub;
        for (int unsigned j = 1; j < Regs; j++) begin
          if (en_i[j]) sub_q[j] <= sub_q[j-1];
        end
      end
      assign data_o = sub_q[Regs-1];
    end
  end else begin : gen_composite
    logic [63:0] planes;
    sbox_composite #(
      .Inverse(Inverse),
      .Regs(Regs)
    ) u_sbox (
      .clk_i,
      .en_i(4'(en_i)),
      .planes_i(transpose(data_i)),
      .planes_o(planes)
    );
    assign data_o = transpose(planes);
  end

endmodule
