// What each key slot holds beside its key: validity, generation, rights, partners.
//
// Four slots are read at once, without delay; slots behind NumSlots read as empty. A slot becomes
// valid when the key unit writes it and empty by clear_*; a load that clears and one that writes
// never meet, because a slot is cleared when its load begins.

module slot_table
  import card_pkg::*;
  import front_pkg::*;
#(
  parameter int unsigned NumSlots = DefaultNumSlots
) (
  input  logic                          clk_i,
  input  logic                          rst_ni,

  input  logic                          write_i,
  input  logic [SlotW-1:0]              write_slot_i,
  input  meta_t                         write_meta_i,
  input  logic                          clear_i,
  input  logic                          loading_i,     // with clear_i: a load begins
  input  logic [SlotW-1:0]              clear_slot_i,
  input  logic                          loaded_i,      // the load ended, well or not
  input  logic [SlotW-1:0]              loaded_slot_i,

  input  logic [KeysMax-1:0][SlotW-1:0] slots_i,
  output logic [KeysMax-1:0]            valid_o,
  output meta_t [KeysMax-1:0]           meta_o,
  input  logic [SlotW-1:0]              busy_slot_i,
  output logic                          busy_o         // a load is under way
);

  localparam int unsigned Entries = 1 << SlotW;

  meta_t              meta_q [Entries];
  logic [Entries-1:0] valid_q, loading_q;

  for (genvar k = 0; k < KeysMax; k++) begin : gen_read
    assign valid_o[k] = valid_q[slots_i[k]] && 32'(slots_i[k]) < NumSlots;
    assign meta_o[k]  = meta_q[slots_i[k]];
  end

  assign busy_o = loading_q[busy_slot_i];

  always_ff @(posedge clk_i) begin
    if (write_i) meta_q[write_slot_i] <= write_meta_i;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      valid_q   <= '0;
      loading_q <= '0;
    end else begin
      if (write_i) valid_q[write_slot_i] <= 1'b1;
      if (loaded_i) loading_q[loaded_slot_i] <= 1'b0;
      if (clear_i) valid_q[clear_slot_i] <= 1'b0;
      if (clear_i && loading_i) loading_q[clear_slot_i] <= 1'b1;
    end
  end

endmodule
