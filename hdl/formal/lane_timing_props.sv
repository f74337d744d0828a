// Two lanes with the same valid_i, but other blocks, slots, key lengths and keys: valid_o is the
// same in every cycle, and valid_i of lane_latency cycles ago. So a lane's timing depends on
// nothing but when blocks enter. Both directions.

module lane_timing_props #(
  localparam int unsigned SlotW = 2,
  localparam int unsigned RegsPerRound = 2,
  localparam int unsigned Latency = aes_pkg::lane_latency(RegsPerRound)
) (
  input logic                  clk_i,
  input logic                  rst_ni,
  input logic                  valid_i,
  input logic [1:0]            kw_valid_i,
  input logic [1:0][SlotW-1:0] kw_slot_i,
  input logic [1:0][3:0]       kw_round_i,
  input logic [1:0][127:0]     kw_data_i,
  input logic [1:0]            zero_valid_i,
  input logic [1:0][SlotW-1:0] slot_i,
  input logic [1:0][1:0]       key_len_i,
  input logic [1:0][127:0]     block_i
);

  logic [1:0]       forward_valid, inverse_valid;
  logic [Latency:0] valid;
  logic [Latency:1] valid_q;

  for (genvar i = 0; i < 2; i++) begin : gen_copies
    logic [127:0] unused_forward, unused_inverse;
    aes_lane #(
      .RegsPerRound(RegsPerRound),
      .Slots(1 << SlotW)
    ) u_forward (
      .clk_i,
      .rst_ni,
      .kw_valid_i(kw_valid_i[i]),
      .kw_slot_i(kw_slot_i[i]),
      .kw_round_i(kw_round_i[i]),
      .kw_data_i(kw_data_i[i]),
      .zero_valid_i(zero_valid_i[i]),
      .zero_slot_i(kw_slot_i[i]),
      .valid_i,
      .slot_i(slot_i[i]),
      .key_len_i(key_len_i[i]),
      .block_i(block_i[i]),
      .valid_o(forward_valid[i]),
      .block_o(unused_forward)
    );
    aes_inv_lane #(
      .RegsPerRound(RegsPerRound),
      .Slots(1 << SlotW)
    ) u_inverse (
      .clk_i,
      .rst_ni,
      .kw_valid_i(kw_valid_i[i]),
      .kw_slot_i(kw_slot_i[i]),
      .kw_round_i(kw_round_i[i]),
      .kw_data_i(kw_data_i[i]),
      .zero_valid_i(zero_valid_i[i]),
      .zero_slot_i(kw_slot_i[i]),
      .valid_i,
      .slot_i(slot_i[i]),
      .key_len_i(key_len_i[i]),
      .block_i(block_i[i]),
      .valid_o(inverse_valid[i]),
      .block_o(unused_inverse)
    );
  end

  assign valid = {valid_q, valid_i};
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) valid_q <= '0;
    else         valid_q <= valid[Latency-1:0];
  end

  logic started_q;
  initial started_q = 1'b0;
  always_ff @(posedge clk_i) started_q <= 1'b1;

  always_comb begin
    if (!started_q) assume (!rst_ni);
    if (started_q) begin
      a_forward: assert (forward_valid == {2{valid[Latency]}});
      a_inverse: assert (inverse_valid == {2{valid[Latency]}});
    end
    cover (started_q && forward_valid == 2'b11 && !valid[Latency-1]);
  end

endmodule
