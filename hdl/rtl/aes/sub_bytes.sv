// SubBytes or InvSubBytes of two columns (64 bits, bytes in the order of the block), and the key
// behind it if AddKey.
//
// Latency: Regs cycles, the last register being the output; en_i[j] enables register j. The table
// takes any Regs, the composite S-box 0, 1 (both combinational) or 5. key_i belongs to the data at
// the last register's input. No reset, no stall.

module sub_bytes
  import aes_pkg::*;
#(
  parameter int unsigned SboxArch = SboxTable,
  parameter bit          Inverse = 1'b0,
  parameter bit          AddKey = 1'b0,
  parameter int unsigned Regs = 0,
  localparam int unsigned EnW = Regs > 0 ? Regs : 1
) (
  input  logic           clk_i,
  input  logic [EnW-1:0] en_i,
  input  logic [63:0]    data_i,
  input  logic [63:0]    key_i,
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
    logic [7:0] b0, b1, b2, b3, b4, b5, b6, b7;
    assign {b0, b1, b2, b3, b4, b5, b6, b7} = data_i;
    logic [63:0] key;
    assign key = AddKey ? key_i : '0;
    if (Regs == 1) begin : gen_register
      always_ff @(posedge clk_i) begin
        if (en_i[0] && Inverse) begin
          data_o <= {INV_SBOX[b0], INV_SBOX[b1], INV_SBOX[b2], INV_SBOX[b3],
                     INV_SBOX[b4], INV_SBOX[b5], INV_SBOX[b6], INV_SBOX[b7]} ^ key;
        end else if (en_i[0]) begin
          data_o <= {SBOX[b0], SBOX[b1], SBOX[b2], SBOX[b3],
                     SBOX[b4], SBOX[b5], SBOX[b6], SBOX[b7]} ^ key;
        end
      end
    end else begin : gen_apart
      logic [63:0] sub;
      if (Inverse) begin : gen_inverse
        assign sub = {INV_SBOX[b0], INV_SBOX[b1], INV_SBOX[b2], INV_SBOX[b3],
                      INV_SBOX[b4], INV_SBOX[b5], INV_SBOX[b6], INV_SBOX[b7]};
      end else begin : gen_forward
        assign sub = {SBOX[b0], SBOX[b1], SBOX[b2], SBOX[b3],
                      SBOX[b4], SBOX[b5], SBOX[b6], SBOX[b7]};
      end
      if (Regs == 0) begin : gen_comb
        logic unused_clk;
        assign unused_clk = ^{clk_i, en_i};
        assign data_o = sub ^ key;
      end else begin : gen_regs
        logic [63:0] sub_q [Regs-1];
        always_ff @(posedge clk_i) begin
          if (en_i[0]) sub_q[0] <= sub;
          for (int unsigned j = 1; j < Regs - 1; j++) begin
            if (en_i[j]) sub_q[j] <= sub_q[j-1];
          end
          if (en_i[Regs-1]) data_o <= sub_q[Regs-2] ^ key;
        end
      end
    end
  end else begin : gen_composite
    logic [63:0] planes, sum;
    sbox_composite #(
      .Inverse(Inverse),
      .Regs(Regs > 1 ? Regs - 1 : 0)
    ) u_sbox (
      .clk_i,
      .en_i(4'(en_i)),
      .planes_i(transpose(data_i)),
      .planes_o(planes)
    );
    assign sum = transpose(planes) ^ (AddKey ? key_i : '0);
    if (Regs == 0) begin : gen_comb
      assign data_o = sum;
    end else begin : gen_register
      always_ff @(posedge clk_i) begin
        if (en_i[Regs-1]) data_o <= sum;
      end
    end
  end

  if (!AddKey) begin : gen_no_key
    logic unused_key;
    assign unused_key = ^key_i;
  end

endmodule
