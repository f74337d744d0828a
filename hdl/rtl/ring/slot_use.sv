// Jobs outstanding on each key slot.
//
// Two free-running counts for each of a job's four keys, one of takes and one of releases: a slot
// is in use while any pair differs. Each memory has one writer. Both counts have one bit more
// than the jobs the card can hold need.

module slot_use
  import card_pkg::*;
#(
  localparam int unsigned CountW = 10
) (
  input  logic                          clk_i,
  input  logic                          clear_valid_i,  // after reset, one slot per cycle
  input  logic [SlotW-1:0]              clear_i,

  input  logic [KeysMax-1:0]            take_i,
  input  logic [KeysMax-1:0][SlotW-1:0] take_slot_i,
  input  logic [KeysMax-1:0]            give_i,
  input  logic [KeysMax-1:0][SlotW-1:0] give_slot_i,

  input  logic [SlotW-1:0]              slot_i,
  output logic                          used_o
);

  logic [KeysMax-1:0] used;

  for (genvar k = 0; k < KeysMax; k++) begin : gen_key
    logic [CountW-1:0] taken_q [1 << SlotW];
    logic [CountW-1:0] given_q [1 << SlotW];

    always_ff @(posedge clk_i) begin
      if (clear_valid_i) taken_q[clear_i] <= '0;
      else if (take_i[k]) taken_q[take_slot_i[k]] <= taken_q[take_slot_i[k]] + 1'b1;
      if (clear_valid_i) given_q[clear_i] <= '0;
      else if (give_i[k]) given_q[give_slot_i[k]] <= given_q[give_slot_i[k]] + 1'b1;
    end

    assign used[k] = taken_q[slot_i] != given_q[slot_i];
  end

  assign used_o = |used;

endmodule
