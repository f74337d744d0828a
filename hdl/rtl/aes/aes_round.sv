// One round of the AES cipher: ShiftRows, SubBytes, MixColumns (not if Final), AddRoundKey.
//
// Block: byte 0 in bits 127:120. No stall; the block that enters in a cycle leaves RegsPerRound
// cycles later, 1, 2, 3 or 7 (with the composite S-box 1, 2 or 7):
//   1  S-box, mix, key |
//   2  S-box | mix, key |
//   7  four registers in the S-box | sum | differences and key | mix |
// en_i[j] enables the registers of stage j. key_i, pass_i and bypass_i belong to the block that
// is then at the input of MixColumns: RegsPerRound - 1 cycles after block_i for 1 and 2, one
// cycle less from 3 up. If pass_i is set the round gives bypass_i, unchanged (only if Bypass).

module aes_round
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

  // ShiftRows, then SubBytes.
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
      .Inverse(1'b0),
      .Regs(SboxRegs)
    ) u_sub (
      .clk_i,
      .en_i(en_i[SboxEnW-1:0]),
      .data_i({
        pick_rows(col[2*h], col[2*h+1], col[(2*h+2)%4], col[(2*h+3)%4]),
        pick_rows(col[2*h+1], col[(2*h+2)%4], col[(2*h+3)%4], col[2*h])
      }),
      .data_o(sub[h])
    );
  end

  logic [31:0] sum [4];
  if (RegsPerRound == 1) begin : gen_sum_comb
    for (genvar c = 0; c < 4; c++) begin : gen_column
      assign sum[c] = sub[c/2][32-32*(c%2)+:32];
    end
  end else begin : gen_sum_regs
    always_ff @(posedge clk_i) begin
      if (en_i[SboxRegs]) begin
        for (int unsigned c = 0; c < 4; c++) sum[c] <= sub[c/2][32-32*(c%2)+:32];
      end
    end
  end

  // MixColumns of rows a0..a3 is 2(a0+a1) + a1 + (a2+a3): the differences and the rest with the
  // key first, then the sum. A pass has differences of zero and the bypass for the rest.
  logic [31:0] diff_d [4], rest_d [4], diff [4], rest [4];
  always_comb begin
    for (int unsigned c = 0; c < 4; c++) begin
      diff_d[c] = Final ? '0 : sum[c] ^ rotate8(sum[c]);
      rest_d[c] = (Final ? sum[c] : rotate8(sum[c])) ^ key[c];
      if (Bypass && pass_i) begin
        diff_d[c] = '0;
        rest_d[c] = bypass[c];
      end
    end
  end

  if (split_mix(RegsPerRound) == 0) begin : gen_diff_comb
    assign diff = diff_d;
    assign rest = rest_d;
  end else begin : gen_diff_regs
    always_ff @(posedge clk_i) begin
      if (en_i[RegsPerRound-2]) begin
        diff <= diff_d;
        rest <= rest_d;
      end
    end
  end

  always_ff @(posedge clk_i) begin
    if (en_i[RegsPerRound-1]) begin
      for (int unsigned c = 0; c < 4; c++) begin
        block_o[96-32*c+:32] <= xtime4(diff[c]) ^ rest[c] ^ rotate16(diff[c]);
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
