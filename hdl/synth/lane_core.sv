// The forward lane as it stands in the card core, for synthesis and place-and-route: key RAM with
// the user slots and the three system slots, and beside the lane the delay lines for what belongs
// to a block (tag, companion block, slot and key length).
//
// Few pins: all inputs of the lane are bits of one shift register, all its outputs are folded
// into another, so no pin and no wide register of the wrapper sets the clock.

module lane_core
  import aes_pkg::*;
#(
  parameter int unsigned RegsPerRound = 7,
  parameter int unsigned SboxArch = SboxComposite,
  parameter int unsigned Slots = 11,
  parameter int unsigned TagW = 40
) (
  input  logic clk_i,
  input  logic rst_ni,
  input  logic serial_i,
  output logic serial_o
);

  localparam int unsigned SlotW = $clog2(Slots);
  localparam int unsigned Latency = lane_latency(RegsPerRound);

  typedef struct packed {
    logic             kw_valid;
    logic [SlotW-1:0] kw_slot;
    logic [3:0]       kw_round;
    logic [127:0]     kw_data;
    logic             zero_valid;
    logic [SlotW-1:0] zero_slot;
    logic             valid;
    logic [SlotW-1:0] slot;
    logic [1:0]       key_len;
    logic [127:0]     block;
    logic [TagW-1:0]  tag;
    logic [127:0]     companion;
  } in_t;

  typedef struct packed {
    logic            valid;
    logic [127:0]    block;
    logic [TagW-1:0] tag;
    logic [127:0]    companion;
  } out_t;

  in_t  in_q;
  out_t out, fold_q;

  always_ff @(posedge clk_i) begin
    in_q   <= {in_q[$bits(in_t)-2:0], serial_i};
    fold_q <= out ^ {fold_q[$bits(out_t)-2:0], fold_q[$bits(out_t)-1]};
  end
  assign serial_o = fold_q[$bits(out_t)-1];

  aes_lane #(
    .RegsPerRound(RegsPerRound),
    .SboxArch(SboxArch),
    .Slots(Slots)
  ) u_lane (
    .clk_i,
    .rst_ni,
    .kw_valid_i(in_q.kw_valid),
    .kw_slot_i(in_q.kw_slot),
    .kw_round_i(in_q.kw_round),
    .kw_data_i(in_q.kw_data),
    .zero_valid_i(in_q.zero_valid),
    .zero_slot_i(in_q.zero_slot),
    .valid_i(in_q.valid),
    .slot_i(in_q.slot),
    .key_len_i(in_q.key_len),
    .block_i(in_q.block),
    .valid_o(out.valid),
    .block_o(out.block)
  );

  delay_line #(
    .Width(TagW + 128),
    .Depth(Latency)
  ) u_beside (
    .clk_i,
    .rst_ni,
    .data_i({in_q.tag, in_q.companion}),
    .data_o({out.tag, out.companion})
  );

endmodule
