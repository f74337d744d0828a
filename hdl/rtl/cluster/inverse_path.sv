// The inverse lane: the queue in front, results and what was found in envelopes behind.

module inverse_path
  import card_pkg::*;
  import cluster_pkg::*;
#(
  parameter int unsigned RegsPerRound = DefaultRegsPerRound,
  parameter int unsigned SboxArch = DefaultSboxArch,
  parameter int unsigned NumSlots = DefaultNumSlots,
  parameter int unsigned NumCtx = DefaultNumCtx
) (
  input  logic                  clk_i,
  input  logic                  rst_ni,

  input  logic                  job_valid_i,
  input  logic [CtxW-1:0]       job_ctx_i,
  input  logic [31:0]           job_word_i,

  input  logic                  push_i,
  input  turn_t                 turn_i,
  input  logic                  work_valid_i,
  input  logic [CtxW-1:0]       work_ctx_i,
  input  work_t                 work_i,

  input  key_write_t            key_write_i,

  output logic [1:0][3:0]       read_o,        // IN, INV
  output logic [CtxW-1:0]       read_ctx_o,
  output logic [3:0][LineW-1:0] read_line_o,
  input  block_t [1:0][3:0]     read_data_i,
  output logic                  iv_read_o,
  output iv_e                   iv_which_o,
  input  block_t                iv_i,

  output logic [3:0]            store_o,
  output logic [LineW-1:0]      store_line_o,
  output logic [CtxW-1:0]       ctx_o,
  output block_t                result_o,
  output logic                  finish_o,
  input  logic [CtxW-1:0]       check_ctx_i,
  output logic                  intact_o,
  output logic                  length_ok_o,

  output logic                  busy_o,        // a block enters the lane
  output logic                  fatal_o
);

  localparam int unsigned AllSlots = NumSlots + 3;
  localparam int unsigned Latency = aes_pkg::lane_latency(RegsPerRound);

  logic     queue_valid, queue_pop, queue_fault;
  turn_t    queue;
  logic     valid, lane_done;
  key_ref_t key;
  block_t   block, lane_out, companion, companion_out;
  inverse_t retire, retire_out;
  logic [Latency-1:0] valid_q;

  fifo #(
    .Width ($bits(turn_t)),
    .Depth (NumCtx)
  ) u_queue (
    .clk_i,
    .rst_ni,
    .push_i,
    .data_i  (turn_i),
    .valid_o (queue_valid),
    .data_o  (queue),
    .pop_i   (queue_pop),
    .error_o (queue_fault)
  );

  inverse_issue #(
    .NumCtx (NumCtx)
  ) u_issue (
    .clk_i,
    .rst_ni,
    .queue_valid_i (queue_valid),
    .queue_i       (queue),
    .queue_pop_o   (queue_pop),
    .work_valid_i,
    .work_ctx_i,
    .work_i,
    .read_o,
    .read_ctx_o,
    .read_line_o,
    .iv_read_o,
    .iv_which_o,
    .data_i        (read_data_i),
    .iv_i,
    .valid_o       (valid),
    .key_o         (key),
    .block_o       (block),
    .companion_o   (companion),
    .retire_o      (retire)
  );

  aes_inv_lane #(
    .RegsPerRound (RegsPerRound),
    .SboxArch     (SboxArch),
    .Slots        (AllSlots),
    .SlotW        (SlotW)
  ) u_lane (
    .clk_i,
    .rst_ni,
    .kw_valid_i   (key_write_i.write),
    .kw_slot_i    (key_write_i.slot),
    .kw_round_i   (key_write_i.round),
    .kw_data_i    (key_write_i.data),
    .zero_valid_i (key_write_i.zero),
    .zero_slot_i  (key_write_i.zero_slot),
    .valid_i      (valid),
    .slot_i       (key.slot),
    .key_len_i    (key.key_len),
    .block_i      (block),
    .valid_o      (lane_done),
    .block_o      (lane_out)
  );

  delay_line #(
    .Width ($bits(inverse_t)),
    .Depth (Latency)
  ) u_retire_delay (
    .clk_i,
    .rst_ni,
    .data_i (retire),
    .data_o (retire_out)
  );

  delay_line #(
    .Width (128),
    .Depth (Latency)
  ) u_companion_delay (
    .clk_i,
    .rst_ni,
    .data_i (companion),
    .data_o (companion_out)
  );

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) valid_q <= '0;
    else valid_q <= {valid_q[Latency-2:0], valid};
  end

  inverse_retire #(
    .NumCtx (NumCtx)
  ) u_retire (
    .clk_i,
    .rst_ni,
    .job_valid_i,
    .job_ctx_i,
    .job_word_i,
    .valid_i      (valid_q[Latency-1]),
    .block_i      (lane_out),
    .companion_i  (companion_out),
    .retire_i     (retire_out),
    .store_o,
    .ctx_o,
    .store_line_o,
    .store_data_o (result_o),
    .finish_o,
    .check_ctx_i,
    .intact_o,
    .length_ok_o
  );

  assign busy_o  = valid;
  assign fatal_o = queue_fault || lane_done != valid_q[Latency-1];

endmodule
