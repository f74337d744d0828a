// Everything that computes: the lanes of both directions, GHASH, and the messages between them.

module lanes
  import card_pkg::*;
  import cluster_pkg::*;
#(
  parameter int unsigned RegsPerRound = DefaultRegsPerRound,
  parameter int unsigned SboxArch = DefaultSboxArch,
  parameter int unsigned NumSlots = DefaultNumSlots,
  parameter int unsigned NumCtx = DefaultNumCtx
) (
  input  logic             clk_i,
  input  logic             rst_ni,

  input  logic             job_valid_i,
  input  logic [CtxW-1:0]  job_ctx_i,
  input  block_t           job_iv_i,
  input  logic [31:0]      job_word_i,
  input  logic             in_valid_i,
  input  logic [CtxW-1:0]  in_ctx_i,
  input  logic [LineW-1:0] in_line_i,
  input  block_t [3:0]     in_data_i,

  input  key_write_t       key_write_i,
  input  logic             init_valid_i,
  input  logic [SlotW-1:0] init_slot_i,
  input  logic [1:0]       init_len_i,
  input  logic             init_gcm_i,
  output logic             init_done_o,

  input  dispatch_t        dispatch_i,

  // Ends of steps.
  output logic             fwd_finish_o,
  output logic [CtxW-1:0]  fwd_ctx_o,
  output logic             inv_finish_o,
  output logic [CtxW-1:0]  inv_ctx_o,
  output logic             sum_valid_o,    // with GHASH
  output logic [CtxW-1:0]  sum_ctx_o,
  output block_t           sum_o,
  output logic             mask_valid_o,   // tag mask or MAC, of fwd_ctx_o
  output block_t           mask_o,

  input  logic [CtxW-1:0]  check_ctx_i,
  output logic             intact_o,
  output logic             length_ok_o,

  input  logic             out_read_fwd_i,
  input  logic             out_read_inv_i,
  input  logic [CtxW-1:0]  out_ctx_i,
  input  logic [LineW-1:0] out_line_i,
  output block_t [3:0]     out_fwd_o,
  output block_t [3:0]     out_inv_o,

  output logic             forward_o,      // for the counters
  output logic             inverse_o,
  output logic             ghash_o,
  output logic             ghash_stall_o,
  output logic             keys_busy_o,
  output logic             fatal_o
);

  localparam int unsigned Latency = aes_pkg::lane_latency(RegsPerRound);
  // Items on their way through the lane, and as many again that wait.
  localparam int unsigned GhashDepth = 2 ** $clog2(2 * calendar_period(Latency));

  logic [2:0][3:0]       fwd_read;
  logic [CtxW-1:0]       fwd_read_ctx;
  logic [3:0][LineW-1:0] fwd_read_line;
  block_t [2:0][3:0]     fwd_read_data;
  logic [1:0][3:0]       inv_read;
  logic [CtxW-1:0]       inv_read_ctx;
  logic [3:0][LineW-1:0] inv_read_line;
  block_t [1:0][3:0]     inv_read_data;
  logic                  fwd_iv_read, inv_iv_read;
  iv_e                   fwd_iv_which, inv_iv_which;
  block_t                fwd_iv, inv_iv;
  logic [3:0]            fwd_store, inv_store;
  logic [LineW-1:0]      fwd_store_line, inv_store_line;
  block_t                fwd_result, inv_result;

  logic     forward_work;
  logic     init_want, init_take, init_result, product_valid, credit_give;
  logic     forward_fatal, inverse_fatal, ghash_fatal;
  key_ref_t init_key;
  logic     l_write;
  block_t   l;
  logic [SlotW-1:0] l_slot;
  product_t product;

  assign forward_work = dispatch_i.serial || dispatch_i.parallel;
  assign mask_o       = fwd_result;
  assign fatal_o      = forward_fatal || inverse_fatal || ghash_fatal;

  forward_path #(
    .RegsPerRound (RegsPerRound),
    .SboxArch     (SboxArch),
    .NumSlots     (NumSlots),
    .NumCtx       (NumCtx),
    .GhashDepth   (GhashDepth)
  ) u_forward (
    .clk_i,
    .rst_ni,
    .serial_push_i   (dispatch_i.serial),
    .serial_i        (dispatch_i.turn),
    .parallel_push_i (dispatch_i.parallel),
    .parallel_i      (dispatch_i.burst),
    .work_valid_i    (forward_work),
    .work_ctx_i      (dispatch_i.ctx),
    .work_i          (dispatch_i.work),
    .init_valid_i    (init_want),
    .init_key_i      (init_key),
    .init_take_o     (init_take),
    .init_done_o     (init_result),
    .l_valid_i       (l_write),
    .l_slot_i        (l_slot),
    .l_i             (l),
    .key_write_i,
    .read_o          (fwd_read),
    .read_ctx_o      (fwd_read_ctx),
    .read_line_o     (fwd_read_line),
    .read_data_i     (fwd_read_data),
    .iv_read_o       (fwd_iv_read),
    .iv_which_o      (fwd_iv_which),
    .iv_i            (fwd_iv),
    .store_o         (fwd_store),
    .store_line_o    (fwd_store_line),
    .ctx_o           (fwd_ctx_o),
    .result_o        (fwd_result),
    .tag_o           (mask_valid_o),
    .finish_o        (fwd_finish_o),
    .product_valid_o (product_valid),
    .product_o       (product),
    .credit_give_i   (credit_give),
    .busy_o          (forward_o),
    .starved_o       (ghash_stall_o),
    .fatal_o         (forward_fatal)
  );

  inverse_path #(
    .RegsPerRound (RegsPerRound),
    .SboxArch     (SboxArch),
    .NumSlots     (NumSlots),
    .NumCtx       (NumCtx)
  ) u_inverse (
    .clk_i,
    .rst_ni,
    .job_valid_i,
    .job_ctx_i,
    .job_word_i,
    .push_i       (dispatch_i.inverse),
    .turn_i       (dispatch_i.turn),
    .work_valid_i (dispatch_i.inverse),
    .work_ctx_i   (dispatch_i.ctx),
    .work_i       (dispatch_i.work),
    .key_write_i,
    .read_o       (inv_read),
    .read_ctx_o   (inv_read_ctx),
    .read_line_o  (inv_read_line),
    .read_data_i  (inv_read_data),
    .iv_read_o    (inv_iv_read),
    .iv_which_o   (inv_iv_which),
    .iv_i         (inv_iv),
    .store_o      (inv_store),
    .store_line_o (inv_store_line),
    .ctx_o        (inv_ctx_o),
    .result_o     (inv_result),
    .finish_o     (inv_finish_o),
    .check_ctx_i,
    .intact_o,
    .length_ok_o,
    .busy_o       (inverse_o),
    .fatal_o      (inverse_fatal)
  );

  message_ram #(
    .NumCtx (NumCtx)
  ) u_messages (
    .clk_i,
    .job_valid_i,
    .job_ctx_i,
    .job_iv_i,
    .in_valid_i,
    .in_ctx_i,
    .in_line_i,
    .in_data_i,
    .fwd_store_i     (fwd_store),
    .fwd_ctx_i       (fwd_ctx_o),
    .fwd_line_i      (fwd_store_line),
    .fwd_data_i      (fwd_result),
    .inv_store_i     (inv_store),
    .inv_ctx_i       (inv_ctx_o),
    .inv_line_i      (inv_store_line),
    .inv_data_i      (inv_result),
    .fwd_read_i      (fwd_read),
    .fwd_read_ctx_i  (fwd_read_ctx),
    .fwd_read_line_i (fwd_read_line),
    .fwd_read_data_o (fwd_read_data),
    .fwd_iv_read_i   (fwd_iv_read),
    .fwd_iv_which_i  (fwd_iv_which),
    .fwd_iv_o        (fwd_iv),
    .inv_read_i      (inv_read),
    .inv_read_ctx_i  (inv_read_ctx),
    .inv_read_line_i (inv_read_line),
    .inv_read_data_o (inv_read_data),
    .inv_iv_read_i   (inv_iv_read),
    .inv_iv_which_i  (inv_iv_which),
    .inv_iv_o        (inv_iv),
    .out_read_fwd_i,
    .out_read_inv_i,
    .out_ctx_i,
    .out_line_i,
    .out_fwd_o,
    .out_inv_o
  );

  ghash_unit #(
    .NumSlots (NumSlots),
    .NumCtx   (NumCtx),
    .Depth    (GhashDepth)
  ) u_ghash (
    .clk_i,
    .rst_ni,
    .push_i        (product_valid),
    .product_i     (product),
    .give_o        (credit_give),
    .work_valid_i  (forward_work),
    .work_ctx_i    (dispatch_i.ctx),
    .aad_bytes_i   (dispatch_i.work.aad_bytes),
    .data_bytes_i  (dispatch_i.work.data_bytes),
    .zero_valid_i  (key_write_i.zero),
    .zero_slot_i   (key_write_i.zero_slot),
    .init_valid_i,
    .init_slot_i,
    .init_len_i,
    .init_gcm_i,
    .init_done_o,
    .lane_valid_o  (init_want),
    .lane_key_o    (init_key),
    .lane_take_i   (init_take),
    .lane_done_i   (init_result),
    .lane_result_i (fwd_result),
    .l_write_o     (l_write),
    .l_slot_o      (l_slot),
    .l_o           (l),
    .sum_valid_o,
    .sum_ctx_o,
    .sum_o,
    .issued_o      (ghash_o),
    .busy_o        (keys_busy_o),
    .fatal_o       (ghash_fatal)
  );

endmodule
