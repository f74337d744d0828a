// The forward lane with its calendar: queues in front, results behind. A message of a serial mode
// comes round every Period cycles; everything else fills the free cycles.

module forward_path
  import card_pkg::*;
  import cluster_pkg::*;
#(
  parameter int unsigned RegsPerRound = DefaultRegsPerRound,
  parameter int unsigned SboxArch = DefaultSboxArch,
  parameter int unsigned NumSlots = DefaultNumSlots,
  parameter int unsigned NumCtx = DefaultNumCtx,
  parameter int unsigned GhashDepth = 64
) (
  input  logic                  clk_i,
  input  logic                  rst_ni,

  input  logic                  serial_push_i,
  input  turn_t                 serial_i,
  input  logic                  parallel_push_i,
  input  burst_t                parallel_i,
  input  logic                  work_valid_i,
  input  logic [CtxW-1:0]       work_ctx_i,
  input  work_t                 work_i,

  input  logic                  init_valid_i,
  input  key_ref_t              init_key_i,
  output logic                  init_take_o,
  output logic                  init_done_o,   // result_o is E(0)
  input  logic                  l_valid_i,
  input  logic [SlotW-1:0]      l_slot_i,
  input  block_t                l_i,

  input  key_write_t            key_write_i,

  output logic [2:0][3:0]       read_o,
  output logic [CtxW-1:0]       read_ctx_o,
  output logic [3:0][LineW-1:0] read_line_o,
  input  block_t [2:0][3:0]     read_data_i,
  output logic                  iv_read_o,
  output iv_e                   iv_which_o,
  input  block_t                iv_i,

  output logic [3:0]            store_o,
  output logic [LineW-1:0]      store_line_o,
  output logic [CtxW-1:0]       ctx_o,
  output block_t                result_o,
  output logic                  tag_o,
  output logic                  finish_o,
  output logic                  product_valid_o,
  output product_t              product_o,
  input  logic                  credit_give_i,

  output logic                  busy_o,        // a block enters the lane
  output logic                  starved_o,     // a GCM block waits for the multiplier
  output logic                  fatal_o
);

  localparam int unsigned AllSlots = NumSlots + 3;
  localparam int unsigned Latency = aes_pkg::lane_latency(RegsPerRound);

  // ---------------------------------------------------------------- F0: queues, calendar

  logic   serial_valid, serial_take, serial_fault;
  turn_t  serial;
  logic   parallel_valid, parallel_pop, parallel_fault;
  burst_t parallel;
  logic   burst_valid, burst_take, credit, credit_take, credit_fatal, calendar_fatal;
  issue_t burst_issue, issue;
  logic   turn_valid, turn_last;
  logic [CtxW-1:0]   turn_ctx;
  logic [BlockW-1:0] turn_index;

  fifo #(
    .Width ($bits(turn_t)),
    .Depth (NumCtx)
  ) u_serial (
    .clk_i,
    .rst_ni,
    .push_i  (serial_push_i),
    .data_i  (serial_i),
    .valid_o (serial_valid),
    .data_o  (serial),
    .pop_i   (serial_take),
    .error_o (serial_fault)
  );

  fifo #(
    .Width ($bits(burst_t)),
    .Depth (NumCtx)
  ) u_parallel (
    .clk_i,
    .rst_ni,
    .push_i  (parallel_push_i),
    .data_i  (parallel_i),
    .valid_o (parallel_valid),
    .data_o  (parallel),
    .pop_i   (parallel_pop),
    .error_o (parallel_fault)
  );

  burst u_burst (
    .clk_i,
    .rst_ni,
    .queue_valid_i (parallel_valid),
    .queue_i       (parallel),
    .queue_pop_o   (parallel_pop),
    .credit_i      (credit),
    .credit_take_o (credit_take),
    .valid_o       (burst_valid),
    .take_i        (burst_take),
    .issue_o       (burst_issue),
    .starved_o
  );

  credit #(
    .Credits (GhashDepth)
  ) u_credit (
    .clk_i,
    .rst_ni,
    .avail_o (credit),
    .take_i  (credit_take),
    .give_i  (credit_give_i),
    .fatal_o (credit_fatal)
  );

  calendar #(
    .Period (calendar_period(Latency))
  ) u_calendar (
    .clk_i,
    .rst_ni,
    .init_valid_i,
    .init_take_o,
    .serial_valid_i   (serial_valid),
    .serial_i         (serial),
    .serial_take_o    (serial_take),
    .parallel_valid_i (burst_valid),
    .parallel_take_o  (burst_take),
    .issue_valid_o    (turn_valid),
    .issue_ctx_o      (turn_ctx),
    .issue_index_o    (turn_index),
    .issue_last_o     (turn_last),
    .fatal_o          (calendar_fatal)
  );

  always_comb begin
    issue = '0;
    if (turn_valid) begin
      issue.valid = 1'b1;
      issue.ctx   = turn_ctx;
      issue.index = turn_index;
      issue.last  = turn_last;
    end else if (burst_take) begin
      issue = burst_issue;
    end else begin
      issue.valid = init_take_o;
      issue.init  = init_take_o;
    end
  end

  // ---------------------------------------------------------------- F1 to F5

  logic     fetch_valid, l_read, valid, lane_valid;
  operand_t operand;
  retire_t  fetch_retire, retire, retire_out;
  key_ref_t lane_key;
  block_t   lane_block, lane_out, companion, companion_out;

  forward_fetch #(
    .NumCtx (NumCtx)
  ) u_fetch (
    .clk_i,
    .rst_ni,
    .issue_i      (issue),
    .init_key_i,
    .work_valid_i,
    .work_ctx_i,
    .work_i,
    .read_o,
    .read_ctx_o,
    .read_line_o,
    .iv_read_o,
    .iv_which_o,
    .l_read_o     (l_read),
    .valid_o      (fetch_valid),
    .operand_o    (operand),
    .retire_o     (fetch_retire)
  );

  forward_operand #(
    .NumSlots (NumSlots)
  ) u_operand (
    .clk_i,
    .rst_ni,
    .valid_i      (fetch_valid),
    .operand_i    (operand),
    .retire_i     (fetch_retire),
    .l_read_i     (l_read),
    .data_i       (read_data_i),
    .iv_i,
    .feedback_i   (result_o),
    .l_valid_i,
    .l_slot_i,
    .l_i,
    .valid_o      (valid),
    .lane_valid_o (lane_valid),
    .lane_key_o   (lane_key),
    .lane_block_o (lane_block),
    .companion_o  (companion),
    .retire_o     (retire)
  );

  // ---------------------------------------------------------------- the lane

  logic [Latency-1:0] valid_q, lane_valid_q;
  logic               lane_done;

  aes_lane #(
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
    .valid_i      (lane_valid),
    .slot_i       (lane_key.slot),
    .key_len_i    (lane_key.key_len),
    .block_i      (lane_block),
    .valid_o      (lane_done),
    .block_o      (lane_out)
  );

  delay_line #(
    .Width ($bits(retire_t)),
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
    if (!rst_ni) begin
      valid_q      <= '0;
      lane_valid_q <= '0;
    end else begin
      valid_q      <= {valid_q[Latency-2:0], valid};
      lane_valid_q <= {lane_valid_q[Latency-2:0], lane_valid};
    end
  end

  // ---------------------------------------------------------------- R0, R1

  forward_retire u_retire (
    .clk_i,
    .rst_ni,
    .valid_i         (valid_q[Latency-1]),
    .block_i         (lane_out),
    .companion_i     (companion_out),
    .retire_i        (retire_out),
    .result_o,
    .store_o,
    .ctx_o,
    .store_line_o,
    .tag_o,
    .finish_o,
    .init_o          (init_done_o),
    .product_valid_o,
    .product_o
  );

  assign busy_o  = lane_valid;
  // The lane and what runs beside it must keep step.
  assign fatal_o = serial_fault || parallel_fault || credit_fatal || calendar_fatal ||
      lane_done != lane_valid_q[Latency-1];

endmodule
