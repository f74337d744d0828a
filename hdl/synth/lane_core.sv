// The forward lane as it stands in the card core, for synthesis and place-and-route: the calendar
// that gives out its cycles, key RAM with the user slots and the three system slots, beside the
// lane the delay lines for what belongs to a block (what to do with it, companion block), and the
// way of a result back to the next block of its message.
//
// Few pins: all inputs are bits of one shift register, all outputs are folded into another, so no
// pin and no wide register of the wrapper sets the clock.

module lane_core
  import aes_pkg::*;
  import card_pkg::*;
  import cluster_pkg::*;
#(
  parameter int unsigned RegsPerRound = 7,
  parameter int unsigned SboxArch = SboxComposite,
  parameter int unsigned Slots = 11
) (
  input  logic clk_i,
  input  logic rst_ni,
  input  logic serial_i,
  output logic serial_o
);

  localparam int unsigned IndexW = $clog2(Slots);
  localparam int unsigned Latency = lane_latency(RegsPerRound);

  typedef struct packed {
    logic              kw_valid;
    logic [IndexW-1:0] kw_slot;
    logic [3:0]        kw_round;
    block_t            kw_data;
    logic              zero_valid;
    logic [IndexW-1:0] zero_slot;
    logic              init_valid;
    logic              serial_valid;
    turn_t             serial;
    logic              parallel_valid;
    issue_t            parallel;
    logic [IndexW-1:0] slot;
    logic [1:0]        key_len;
    block_t            block;
    block_t            companion;
    retire_t           retire;
  } in_t;

  typedef struct packed {
    logic    init_take;
    logic    serial_take;
    logic    parallel_take;
    logic    fatal;
    logic    valid;
    block_t  result;
    block_t  companion;
    retire_t retire;
  } out_t;

  in_t  in_q;
  out_t out, fold_q;

  always_ff @(posedge clk_i) begin
    in_q   <= {in_q[$bits(in_t)-2:0], serial_i};
    fold_q <= out ^ {fold_q[$bits(out_t)-2:0], fold_q[$bits(out_t)-1]};
  end
  assign serial_o = fold_q[$bits(out_t)-1];

  // ---------------------------------------------------------------- F0

  logic              turn_valid, turn_last;
  logic [CtxW-1:0]   turn_ctx;
  logic [BlockW-1:0] turn_index;
  issue_t            issue, issue_q;

  calendar #(
    .Period (calendar_period(Latency))
  ) u_calendar (
    .clk_i,
    .rst_ni,
    .init_valid_i     (in_q.init_valid),
    .init_take_o      (out.init_take),
    .serial_valid_i   (in_q.serial_valid),
    .serial_i         (in_q.serial),
    .serial_take_o    (out.serial_take),
    .parallel_valid_i (in_q.parallel_valid),
    .parallel_take_o  (out.parallel_take),
    .issue_valid_o    (turn_valid),
    .issue_ctx_o      (turn_ctx),
    .issue_index_o    (turn_index),
    .issue_last_o     (turn_last),
    .fatal_o          (out.fatal)
  );

  // As in forward_path.
  always_comb begin
    issue = '0;
    if (turn_valid) begin
      issue.valid = 1'b1;
      issue.ctx   = turn_ctx;
      issue.index = turn_index;
      issue.last  = turn_last;
    end else if (out.parallel_take) begin
      issue = in_q.parallel;
    end else begin
      issue.valid = out.init_take;
      issue.init  = out.init_take;
    end
  end

  // ---------------------------------------------------------------- to the lane

  // What the step of the context would say comes from the shift register.
  block_t  block_q, result_q, lane_out;
  retire_t retire;
  logic    valid_q, chain_q;

  always_comb begin
    retire        = in_q.retire;
    retire.init   = issue_q.init;
    retire.ctx    = issue_q.ctx;
    retire.block  = issue_q.index;
    retire.finish = issue_q.last;
    retire.item   = issue_q.item;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      issue_q <= '0;
      valid_q <= 1'b0;
    end else begin
      issue_q <= issue;
      valid_q <= issue_q.valid;
    end
  end

  always_ff @(posedge clk_i) begin
    chain_q  <= issue_q.index != '0;
    block_q  <= in_q.block ^ (chain_q ? result_q : '0);
    result_q <= lane_out;
  end

  assign out.result = result_q;

  aes_lane #(
    .RegsPerRound (RegsPerRound),
    .SboxArch     (SboxArch),
    .Slots        (Slots)
  ) u_lane (
    .clk_i,
    .rst_ni,
    .kw_valid_i   (in_q.kw_valid),
    .kw_slot_i    (in_q.kw_slot),
    .kw_round_i   (in_q.kw_round),
    .kw_data_i    (in_q.kw_data),
    .zero_valid_i (in_q.zero_valid),
    .zero_slot_i  (in_q.zero_slot),
    .valid_i      (valid_q),
    .slot_i       (in_q.slot),
    .key_len_i    (in_q.key_len),
    .block_i      (block_q),
    .valid_o      (out.valid),
    .block_o      (lane_out)
  );

  delay_line #(
    .Width ($bits(retire_t) + 128),
    .Depth (Latency)
  ) u_beside (
    .clk_i,
    .rst_ni,
    .data_i ({retire, in_q.companion}),
    .data_o ({out.retire, out.companion})
  );

endmodule
