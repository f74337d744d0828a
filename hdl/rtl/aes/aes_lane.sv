// The AES cipher, or its inverse, one block per cycle, every cycle under another key and key
// length.
//
// Block: the standard's byte 0 in bits 127:120. No stall: the block that enters with valid_i
// leaves with valid_o exactly lane_latency(RegsPerRound) cycles later, whatever its key length;
// shorter keys pass through rounds, the first ones, of the inverse the last but one.
//
// A key slot has 15 words: word 0 is the whitening key, words (14-Nr+1) to 14 the round keys 1 to
// Nr, the rest zero. kw_* writes a word, zero_* wipes a slot; not both in one cycle. Words travel
// down the pipeline, one RAM per cycle, and a wipe is complete 16 cycles after it entered. With
// words in ascending order, a block of the slot may enter from the third cycle after the last.
// A slot with blocks under way must not be written. No word can be read back.
//
// HoldIdle: registers keep their value while no valid block passes. It saves power and simulation
// time; deep pipelines run freely because the fan-out of the enables would set the clock.

module aes_lane
  import aes_pkg::*;
#(
  parameter int unsigned RegsPerRound = 2,
  parameter int unsigned SboxArch = SboxTable,
  parameter int unsigned Slots = 64,
  parameter int unsigned SlotW = $clog2(Slots),
  parameter bit          Inverse = 1'b0,
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

  localparam int unsigned Latency = lane_latency(RegsPerRound);
  localparam int unsigned Split = split_mix(RegsPerRound);
  // Cycles from the point where a round's key is added to its end, less one.
  localparam int unsigned KeyAhead = Inverse ? 2 * Split : Split;
  // Cycles from a round's input to the point where the bypass of it and the round before joins.
  localparam int unsigned BypassDepth = 2 * RegsPerRound - 1 - Split;
  // Of the inverse round r uses word 14 - r. Two rounds and two more can be passed by AES-128, the
  // outer two by AES-192 as well: 1 and 2, 3 and 4; of the inverse 10 and 11, 12 and 13.
  localparam int unsigned PassA = Inverse ? 11 : 2;
  localparam int unsigned PassB = Inverse ? 13 : 4;
  localparam int unsigned PassDepth = PassB * RegsPerRound - Split;

  // Beside the block, index = cycles since it entered.
  logic [Latency:0]               valid, en;
  logic [Latency-1:0][SlotW-1:0]  slot;
  logic [PassDepth:0][1:0]        pass;
  logic [Latency:1]               valid_q;
  logic [Latency-1:1][SlotW-1:0]  slot_q;
  logic [PassDepth:1][1:0]        pass_q;

  assign valid   = {valid_q, valid_i};
  assign slot    = {slot_q, slot_i};
  assign pass    = {pass_q, key_len_i == KeyLen128 || (Inverse && key_len_i == KeyLen192),
                    key_len_i == KeyLen128 || (!Inverse && key_len_i == KeyLen192)};
  assign valid_o = valid[Latency];
  assign en      = HoldIdle ? valid : '1;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) valid_q <= '0;
    else         valid_q <= valid[Latency-1:0];
  end
  always_ff @(posedge clk_i) begin
    slot_q <= slot[Latency-2:0];
    pass_q <= pass[PassDepth-1:0];
  end

  // The chain of key words: index = position of the RAM that takes it next.
  logic [KeyWords:0] kw_valid, kw_wipe;
  logic [SlotW-1:0]  kw_slot [KeyWords+1];
  logic [3:0]        kw_word [KeyWords+1];
  logic [127:0]      kw_data [KeyWords+1];

  assign kw_valid[0] = kw_valid_i || zero_valid_i;
  assign kw_wipe[0]  = zero_valid_i;
  assign kw_slot[0]  = zero_valid_i ? zero_slot_i : kw_slot_i;
  assign kw_word[0]  = kw_round_i;
  assign kw_data[0]  = zero_valid_i ? '0 : kw_data_i;

  for (genvar r = 0; r < KeyWords; r++) begin : gen_keys
    // The cycle in which the RAM is read: one before the key is added.
    localparam int unsigned Read = (r == 0) ? 0 : r * RegsPerRound - KeyAhead - 1;
    logic [127:0] key;
    key_ram #(
      .Slots(Slots),
      .SlotW(SlotW),
      .Word(Inverse ? KeyWords - 1 - r : r),
      .Registered(r != 0)
    ) u_key_ram (
      .clk_i,
      .rst_ni,
      .kw_valid_i(kw_valid[r]),
      .kw_wipe_i(kw_wipe[r]),
      .kw_slot_i(kw_slot[r]),
      .kw_word_i(kw_word[r]),
      .kw_data_i(kw_data[r]),
      .kw_valid_o(kw_valid[r+1]),
      .kw_wipe_o(kw_wipe[r+1]),
      .kw_slot_o(kw_slot[r+1]),
      .kw_word_o(kw_word[r+1]),
      .kw_data_o(kw_data[r+1]),
      .en_i(en[Read]),
      .slot_i(slot[Read]),
      .key_o(key)
    );
  end

  // Index = rounds done.
  logic [127:0] state [KeyWords];

  logic [127:0] white_q;
  always_ff @(posedge clk_i) begin
    if (en[0]) white_q <= block_i ^ gen_keys[0].key;
  end
  assign state[0] = white_q;
  assign block_o  = state[KeyWords-1];

  for (genvar r = 1; r < KeyWords; r++) begin : gen_rounds
    localparam bit Bypass = r == PassA || r == PassB;
    localparam int unsigned Join = r * RegsPerRound - Split;
    logic         pass_round;
    logic [127:0] bypass;
    if (Bypass) begin : gen_bypass
      assign pass_round = pass[Join][r == PassB];
      delay_line #(
        .Width(128),
        .Depth(BypassDepth)
      ) u_bypass (
        .clk_i,
        .rst_ni,
        .data_i(state[r-2]),
        .data_o(bypass)
      );
    end else begin : gen_no_bypass
      assign pass_round = 1'b0;
      assign bypass     = '0;
    end
    aes_round #(
      .RegsPerRound(RegsPerRound),
      .SboxArch(SboxArch),
      .Inverse(Inverse),
      .Final(r == KeyWords - 1),
      .Bypass(Bypass)
    ) u_round (
      .clk_i,
      .en_i(en[1+(r-1)*RegsPerRound+:RegsPerRound]),
      .block_i(state[r-1]),
      .key_i(gen_keys[r].key),
      .pass_i(pass_round),
      .bypass_i(bypass),
      .block_o(state[r])
    );
  end

  logic unused_end;
  assign unused_end = ^{kw_valid[KeyWords], kw_wipe[KeyWords], kw_slot[KeyWords],
                        kw_word[KeyWords], kw_data[KeyWords], en[Latency]};

endmodule
