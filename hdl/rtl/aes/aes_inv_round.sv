// One round of the AES inverse cipher: InvShiftRows, InvSubBytes, AddRoundKey, InvMixColumns (not
// if Final).
//
// Block: byte 0 in bits 127:120. No stall; the block that enters in a cycle leaves RegsPerRound
// cycles later, 1, 2, 3 or 7 (with the composite S-box 1, 2 or 7):
//   1  S-box, key, mix |
//   2  S-box | key, mix |
//   7  four registers in the S-box | sum and key | differences | mix |
// en_i[j] enables the registers of stage j. key_i belongs to the block at the end of the S-box:
// RegsPerRound - 1 cycles after block_i for 1 and 2, two cycles less from 3 up. pass_i and
// bypass_i belong to the block at the differences: RegsPerRound - 1 cycles after block_i for 1
// and 2, one cycle less from 3 up. If pass_i is set the round gives bypass_i, unchanged (only if
// Bypass).

module aes_inv_round
  import aes_pkg::*;
#(
  parameter int unsigned RegsPerRound = 2,
  parameter int unsigned SboxArch = SboxTable,
  parameter bit          Final = 1'b0,
  parameter bit          Bypass = 1'b0
) (
  input  logic                    clk_i,
  input  logic [RegsPerRound-1:0] en_i,
  input  logic [127:0]            block_i,
  input  logic [127:0]            key_i,
  input  logic                    pass_i,
  input  logic [127:0]            bypass_i,
  output logic [127:0]            block_o
);
  /*verilator no_inline_module*/

  localparam int unsigned SboxRegs = sbox_regs(RegsPerRound);
  localparam int unsigned SboxEnW = SboxRegs > 0 ? SboxRegs : 1;

  // InvShiftRows, then InvSubBytes.
  logic [31:0] col [4], key [4], bypass [4];
  for (genvar c = 0; c < 4; c++) begin : gen_columns
    assign col[c]    = block_i[96-32*c+:32];
    assign key[c]    = key_i[96-32*c+:32];
    assign bypass[c] = bypass_i[96-32*c+:32];
  end

  logic [63:0] sub [2];
  for (genvar h = 0; h < 2; h++) begin : gen_sub
    sub_bytes #(
      .SboxArch(SboxArch),
      .Inverse(1'b1),
      .Regs(SboxRegs)
    ) u_sub (
      .clk_i,
      .en_i(en_i[SboxEnW-1:0]),
      .data_i({
        pick_rows(col[2*h], col[(2*h+3)%4], col[(2*h+2)%4], col[2*h+1]),
        pick_rows(col[2*h+1], col[2*h], col[(2*h+3)%4], col[(2*h+2)%4])
      }),
      .data_o(sub[h])
    );
  end

  // The key is added before the register from 3 registers up, behind it with 2.
  logic [31:0] sum [4];
  if (RegsPerRound == 1) begin : gen_sum_comb
    for (genvar c = 0; c < 4; c++) begin : gen_column
      assign sum[c] = sub[c/2][32-32*(c%2)+:32] ^ key[c];
    end
  end else if (RegsPerRound == 2) begin : gen_sum_late_key
    logic [31:0] sub_q [4];
    always_ff @(posedge clk_i) begin
      if (en_i[0]) begin
        for (int unsigned c = 0; c < 4; c++) sub_q[c] <= sub[c/2][32-32*(c%2)+:32];
      end
    end
    for (genvar c = 0; c < 4; c++) begin : gen_column
      assign sum[c] = sub_q[c] ^ key[c];
    end
  end else begin : gen_sum_regs
    always_ff @(posedge clk_i) begin
      if (en_i[SboxRegs]) begin
        for (int unsigned c = 0; c < 4; c++) sum[c] <= sub[c/2][32-32*(c%2)+:32] ^ key[c];
      end
    end
  end

  // With rows a0..a3, all = a0+a1+a2+a3: InvMixColumns is 2(a0+a1) + 4(a0+a2) + 8 all + all + a0.
  // A pass has sums of zero and the bypass for the rest.
  logic [31:0] near_d [4], far_d [4], all_d [4], rest_d [4];
  logic [31:0] near [4], far [4], all [4], rest [4];
  always_comb begin
    for (int unsigned c = 0; c < 4; c++) begin
      near_d[c] = sum[c] ^ rotate8(sum[c]);
      far_d[c]  = sum[c] ^ rotate16(sum[c]);
      all_d[c]  = far_d[c] ^ rotate8(far_d[c]);
      rest_d[c] = all_d[c] ^ sum[c];
      if (Final || (Bypass && pass_i)) begin
        near_d[c] = '0;
        far_d[c]  = '0;
        all_d[c]  = '0;
        rest_d[c] = (Bypass && pass_i) ? bypass[c] : sum[c];
      end
    end
  end

  if (split_mix(RegsPerRound) == 0) begin : gen_mix_comb
    assign near = near_d;
    assign far  = far_d;
    assign all  = all_d;
    assign rest = rest_d;
  end else begin : gen_mix_regs
    always_ff @(posedge clk_i) begin
      if (en_i[RegsPerRound-2]) begin
        near <= near_d;
        far  <= far_d;
        all  <= all_d;
        rest <= rest_d;
      end
    end
  end

  always_ff @(posedge clk_i) begin
    if (en_i[RegsPerRound-1]) begin
      for (int unsigned c = 0; c < 4; c++) begin
        block_o[96-32*c+:32] <= xtime4(near[c] ^ xtime4(far[c] ^ xtime4(all[c]))) ^ rest[c];
      end
    end
  end

  if (!Bypass) begin : gen_no_bypass
    logic unused_bypass;
    assign unused_bypass = pass_i;
    logic [31:0] unused_words [4];
    assign unused_words = bypass;
  end

endmodule
