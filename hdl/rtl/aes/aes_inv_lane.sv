// The AES inverse cipher, one block per cycle: aes_lane in the other direction, with the same
// handshake, latency, byte order and layout of a key slot.

module aes_inv_lane
  import aes_pkg::*;
#(
  parameter int unsigned RegsPerRound = 2,
  parameter int unsigned SboxArch = SboxTable,
  parameter int unsigned Slots = 64,
  parameter int unsigned SlotW = $clog2(Slots),
  parameter bit          HoldIdle = RegsPerRound < 3
) (
  input  logic             clk_i,
  input  logic             rst_ni,

  input  logic             kw_valid_i,
  input  logic [SlotW-1:0] kw_slot_i,
  input  logic [3:0]       kw_round_i,
  input  logic [127:0]     kw_data_i,
  input  logic             zero_valid_i,
  input  logic [SlotW-1:0] zero_slot_i,

  input  logic             valid_i,
  input  logic [SlotW-1:0] slot_i,
  input  logic [1:0]       key_len_i,  // KeyLen*
  input  logic [127:0]     block_i,
  output logic             valid_o,
  output logic [127:0]     block_o
);

  aes_lane #(
    .RegsPerRound(RegsPerRound),
    .SboxArch(SboxArch),
    .Slots(Slots),
    .SlotW(SlotW),
    .Inverse(1'b1),
    .HoldIdle(HoldIdle)
  ) u_lane (
    .clk_i,
    .rst_ni,
    .kw_valid_i,
    .kw_slot_i,
    .kw_round_i,
    .kw_data_i,
    .zero_valid_i,
    .zero_slot_i,
    .valid_i,
    .slot_i,
    .key_len_i,
    .block_i,
    .valid_o,
    .block_o
  );

endmodule
