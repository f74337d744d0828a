// One round of AES: ShiftRows, SubBytes, MixColumns, AddRoundKey; or InvShiftRows, InvSubBytes,
// AddRoundKey, InvMixColumns if Inverse. MixColumns is left out if Final.
//
// Block: byte 0 in bits 127:120. No stall; the block that enters in a cycle leaves RegsPerRound
// cycles later: 1, 2, 7, and with the table also 3 to 6.
//   1  S-box, key, mix |
//   2  S-box | key, mix |
//   7  S-box in five steps ||||| neighbours, key | mix |
//   7  inverse: S-box in five steps, key ||||| neighbours | mix |
// en_i[j] enables the registers of stage j. pass_i and bypass_i belong to the block that entered
// RegsPerRound - 1 - split_mix(RegsPerRound) cycles ago, and so does key_i; of the inverse round
// the one of split_mix(RegsPerRound) cycles less ago. If pass_i is set the round gives bypass_i,
// unchanged (only if Bypass).

module aes_round
  import aes_pkg::*;
#(
  parameter int unsigned RegsPerRound = 2,
  parameter int unsigned SboxArch = SboxTable,
  parameter bit          Inverse = 1'b0,
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

  localparam int unsigned SubRegs = sub_regs(RegsPerRound);
  localparam int unsigned SubEnW = SubRegs > 0 ? SubRegs : 1;
  localparam bit          Split = split_mix(RegsPerRound) == 1;

  localparam logic [63:0] Row0 = 64'hff00_0000_ff00_0000;
  localparam logic [63:0] Row1 = 64'h00ff_0000_00ff_0000;
  localparam logic [63:0] Row2 = 64'h0000_ff00_0000_ff00;
  localparam logic [63:0] Row3 = 64'h0000_00ff_0000_00ff;

  // Pairs of columns: 0 1, 1 2, 2 3, 3 0. ShiftRows takes row r of column c from column c + r,
  // InvShiftRows from column c - r.
  logic [63:0] pair01, pair12, pair23, pair30;
  logic [63:0] left, right;
  assign pair01 = block_i[127:64];
  assign pair12 = block_i[95:32];
  assign pair23 = block_i[63:0];
  assign pair30 = {block_i[31:0], block_i[127:96]};
  if (SboxArch == SboxTable) begin : gen_bytes
    // By bytes, so that a simulation takes each where it lies.
    if (Inverse) begin : gen_inverse
      assign left  = {pair01[63:56], pair30[55:48], pair23[47:40], pair12[39:32],
                      pair01[31:24], pair30[23:16], pair23[15:8], pair12[7:0]};
      assign right = {pair23[63:56], pair12[55:48], pair01[47:40], pair30[39:32],
                      pair23[31:24], pair12[23:16], pair01[15:8], pair30[7:0]};
    end else begin : gen_forward
      assign left  = {pair01[63:56], pair12[55:48], pair23[47:40], pair30[39:32],
                      pair01[31:24], pair12[23:16], pair23[15:8], pair30[7:0]};
      assign right = {pair23[63:56], pair30[55:48], pair01[47:40], pair12[39:32],
                      pair23[31:24], pair30[23:16], pair01[15:8], pair12[7:0]};
    end
    logic unused_pairs;
    assign unused_pairs = ^{pair01, pair12, pair23, pair30};
  end else begin : gen_rows
    // At rest while idle; sub_bytes takes them only if en_i[0].
    always_comb begin
      left  = '0;
      right = '0;
      if (en_i[0]) begin
        left  = (pair01 & Row0) | ((Inverse ? pair30 : pair12) & Row1) | (pair23 & Row2) |
            ((Inverse ? pair12 : pair30) & Row3);
        right = (pair23 & Row0) | ((Inverse ? pair12 : pair30) & Row1) | (pair01 & Row2) |
            ((Inverse ? pair30 : pair12) & Row3);
      end
    end
  end

  logic [63:0] sub_left, sub_right;
  sub_bytes #(
    .SboxArch(SboxArch),
    .Inverse(Inverse),
    .AddKey(Inverse && Split),
    .Regs(SubRegs)
  ) u_sub_left (
    .clk_i,
    .en_i(en_i[SubEnW-1:0]),
    .data_i(left),
    .key_i(key_i[127:64]),
    .data_o(sub_left)
  );
  sub_bytes #(
    .SboxArch(SboxArch),
    .Inverse(Inverse),
    .AddKey(Inverse && Split),
    .Regs(SubRegs)
  ) u_sub_right (
    .clk_i,
    .en_i(en_i[SubEnW-1:0]),
    .data_i(right),
    .key_i(key_i[63:0]),
    .data_o(sub_right)
  );

  mix_columns #(
    .Inverse(Inverse),
    .Final(Final),
    .Bypass(Bypass),
    .Split(Split)
  ) u_mix_left (
    .clk_i,
    .en_i(en_i[RegsPerRound-1:SubRegs]),
    .data_i(sub_left),
    .key_i(key_i[127:64]),
    .pass_i,
    .bypass_i(bypass_i[127:64]),
    .data_o(block_o[127:64])
  );
  mix_columns #(
    .Inverse(Inverse),
    .Final(Final),
    .Bypass(Bypass),
    .Split(Split)
  ) u_mix_right (
    .clk_i,
    .en_i(en_i[RegsPerRound-1:SubRegs]),
    .data_i(sub_right),
    .key_i(key_i[63:0]),
    .pass_i,
    .bypass_i(bypass_i[63:0]),
    .data_o(block_o[63:0])
  );

endmodule
