// A wipe clears all 15 words of its slot within 16 cycles, for any slot and whatever was written
// before; and no write to other slots brings anything back. The chain is that of aes_lane.

module wipe_props #(
  localparam int unsigned SlotW = 2,
  localparam int unsigned Words = aes_pkg::KeyWords,
  localparam int unsigned Cycles = 16
) (
  input logic             clk_i,
  input logic             rst_ni,
  input logic [SlotW-1:0] slot_i,
  input logic             kw_valid_i,
  input logic             kw_wipe_i,
  input logic [SlotW-1:0] kw_slot_i,
  input logic [3:0]       kw_word_i,
  input logic [127:0]     kw_data_i
);

  // The slot that is watched: any, but always the same.
  logic [SlotW-1:0] slot;
  logic             started_q;
  initial started_q = 1'b0;
  always_ff @(posedge clk_i) begin
    started_q <= 1'b1;
    if (!started_q) slot <= slot_i;
  end

  logic [Words:0]   kw_valid, kw_wipe;
  logic [SlotW-1:0] kw_slot [Words+1];
  logic [3:0]       kw_word [Words+1];
  logic [127:0]     kw_data [Words+1];
  logic [127:0]     key     [Words];

  assign kw_valid[0] = kw_valid_i;
  assign kw_wipe[0]  = kw_wipe_i;
  assign kw_slot[0]  = kw_slot_i;
  assign kw_word[0]  = kw_word_i;
  assign kw_data[0]  = kw_wipe_i ? '0 : kw_data_i;

  for (genvar r = 0; r < Words; r++) begin : gen_words
    key_ram #(
      .Slots(1 << SlotW),
      .Word(r),
      .Registered(1'b0)
    ) u_ram (
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
      .en_i(1'b1),
      .slot_i(slot),
      .key_o(key[r])
    );
  end

  // Cycles since the slot's wipe entered; 0 before it and once a key word follows.
  logic [4:0] age_q;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) age_q <= '0;
    else if (kw_valid_i && kw_slot_i == slot) age_q <= kw_wipe_i ? 5'd1 : 5'd0;
    else if (age_q != '0 && age_q != 5'(Cycles)) age_q <= age_q + 5'd1;
  end

  always_comb begin
    if (!started_q) assume (!rst_ni);
    else assume (rst_ni);
  end

  for (genvar r = 0; r < Words; r++) begin : gen_asserts
    // The wipe has passed word r: clear.
    always_comb begin
      if (age_q == 5'(Cycles)) a_zero: assert (key[r] == '0);
    end
  end
  always_comb cover (started_q && age_q == 5'(Cycles));

endmodule
