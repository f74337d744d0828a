// The bare cipher pipeline with static round keys, for synthesis and place-and-route: 14 rounds,
// no slots, no shorter keys, nothing beside the block. Round keys are a shift register, loaded a
// word per cycle. Pins as of lane_core.

module pipeline
  import aes_pkg::*;
#(
  parameter int unsigned RegsPerRound = 7,
  parameter int unsigned SboxArch = SboxComposite
) (
  input  logic clk_i,
  input  logic serial_i,
  output logic serial_o
);

  logic [127:0] key_q [KeyWords];
  logic [127:0] state [KeyWords];
  logic [127:0] block_q, white_q, fold_q;

  always_ff @(posedge clk_i) begin
    key_q[0] <= {key_q[0][126:0], serial_i ^ key_q[KeyWords-1][127]};
    for (int unsigned r = 1; r < KeyWords; r++) begin
      key_q[r] <= {key_q[r][126:0], key_q[r-1][127]};
    end
    block_q <= {block_q[126:0], serial_i};
    white_q <= block_q ^ key_q[0];
    fold_q  <= {fold_q[126:0], fold_q[127]} ^ state[KeyWords-1];
  end

  assign state[0] = white_q;
  assign serial_o = fold_q[127];

  for (genvar r = 1; r < KeyWords; r++) begin : gen_rounds
    aes_round #(
      .RegsPerRound(RegsPerRound),
      .SboxArch(SboxArch),
      .Final(r == KeyWords - 1)
    ) u_round (
      .clk_i,
      .en_i('1),
      .block_i(state[r-1]),
      .key_i(key_q[r]),
      .pass_i(1'b0),
      .bypass_i('0),
      .block_o(state[r])
    );
  end

endmodule
