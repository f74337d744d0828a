// The word of one round for every key slot, and one stage of the chain by which words arrive.
//
// Write: the bundle kw_* enters, is registered, goes on to the next RAM of the lane through kw_*_o,
// and in that cycle writes this RAM if it is for word Word or wipes (any word). It writes one
// cycle after it entered.
// Read: slot_i in a cycle gives key_o in the next one, if en_i is set; in the same cycle if not
// Registered. No reset of contents.

module key_ram #(
  parameter int unsigned Slots = 64,
  parameter int unsigned SlotW = $clog2(Slots),
  parameter int unsigned Word = 0,
  parameter bit          Registered = 1'b1
) (
  input  logic             clk_i,
  input  logic             rst_ni,

  input  logic             kw_valid_i,
  input  logic             kw_wipe_i,   // every word of the slot; kw_data_i is zero
  input  logic [SlotW-1:0] kw_slot_i,
  input  logic [3:0]       kw_word_i,
  input  logic [127:0]     kw_data_i,
  output logic             kw_valid_o,
  output logic             kw_wipe_o,
  output logic [SlotW-1:0] kw_slot_o,
  output logic [3:0]       kw_word_o,
  output logic [127:0]     kw_data_o,

  input  logic             en_i,
  input  logic [SlotW-1:0] slot_i,
  output logic [127:0]     key_o
);

  localparam int unsigned IndexW = $clog2(Slots);

  (* ram_style = "distributed" *) logic [127:0] words_q [Slots];

  logic write_q;  // what stands in kw_*_o is for this RAM

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      kw_valid_o <= 1'b0;
      write_q    <= 1'b0;
    end else begin
      kw_valid_o <= kw_valid_i;
      write_q    <= 1'b0;
      if (kw_valid_i) write_q <= kw_wipe_i || kw_word_i == 4'(Word);
    end
  end

  always_ff @(posedge clk_i) begin
    if (kw_valid_i) begin
      kw_wipe_o <= kw_wipe_i;
      kw_slot_o <= kw_slot_i;
      kw_word_o <= kw_word_i;
      kw_data_o <= kw_data_i;
    end
  end

  always_ff @(posedge clk_i) begin
    if (write_q) words_q[kw_slot_o[IndexW-1:0]] <= kw_data_o;
  end

  if (Registered) begin : gen_registered
    always_ff @(posedge clk_i) begin
      if (en_i) key_o <= words_q[slot_i[IndexW-1:0]];
    end
  end else begin : gen_direct
    logic unused_en;
    assign unused_en = en_i;
    assign key_o = words_q[slot_i[IndexW-1:0]];
  end

  if (SlotW > IndexW) begin : gen_unused
    logic unused_slot;
    assign unused_slot = ^slot_i[SlotW-1:IndexW];
  end

endmodule
