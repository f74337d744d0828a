// One forward AES lane, one inverse lane, one GHASH unit, and the messages they work on.
//
// Clusters share their code in simulation: not inlined, without functions (whose temporaries are
// numbered), and with inputs that are not replaced by what drives them.

module cluster
  import card_pkg::*;
  import cluster_pkg::*;
  import job_pkg::*;
#(
  parameter int unsigned RegsPerRound = DefaultRegsPerRound,
  parameter int unsigned SboxArch = DefaultSboxArch,
  parameter int unsigned NumSlots = DefaultNumSlots,
  parameter int unsigned NumCtx = DefaultNumCtx
) (
  input  logic             clk_i,
  input  logic             rst_ni,

  // The card's count of cycles; job_t.start_cycle is a value of it.
  input  logic [31:0]      cycle_i,

  // A free context; taken with ctx_take_i.
  output logic             ctx_valid_o,
  output logic [CtxW-1:0]  ctx_id_o,
  input  logic             ctx_take_i /*verilator public_flat_rd*/,

  // A job for a context that was taken. Comes before the first line of its input.
  input  logic             job_valid_i /*verilator public_flat_rd*/,
  input  job_t             job_i,

  // Lines of its input.
  input  logic             in_valid_i /*verilator public_flat_rd*/,
  input  logic [CtxW-1:0]  in_ctx_i,
  input  logic [LineW-1:0] in_line_i,
  input  line_t            in_data_i,

  // All its input is there, or will never be. At least one cycle after the job.
  input  logic             start_valid_i /*verilator public_flat_rd*/,
  input  logic [CtxW-1:0]  start_ctx_i,
  input  logic             start_error_i,

  // Beats of output, in TLPs of at most 256 bytes.
  output logic             out_valid_o,
  input  logic             out_ready_i /*verilator public_flat_rd*/,
  output logic [63:0]      out_addr_o,
  output line_t            out_data_o,
  output logic [6:0]       out_bytes_o,
  output logic             out_last_o,

  // The end of a job, after its last beat was taken.
  output logic             done_valid_o,
  input  logic             done_ready_i /*verilator public_flat_rd*/,
  output done_t            done_o,

  // The end of a key_load job.
  output logic             kl_valid_o,
  input  logic             kl_ready_i /*verilator public_flat_rd*/,
  output line_t            kl_header_o,
  output logic [255:0]     kl_key_o,
  output logic             kl_ok_o,
  output key_job_t         kl_job_o,

  // Round keys, to all clusters at once.
  input  logic             kw_valid_i,
  input  logic [SlotW-1:0] kw_slot_i,
  input  logic [3:0]       kw_round_i,
  input  block_t           kw_data_i,
  input  logic             zero_valid_i,
  input  logic [SlotW-1:0] zero_slot_i,

  // Values derived from a key that was written; one slot at a time.
  input  logic             init_valid_i,
  input  logic [SlotW-1:0] init_slot_i,
  input  logic [1:0]       init_len_i,
  input  logic             init_gcm_i,
  output logic             init_done_o,

  output events_t          events_o,
  output logic             busy_o,   // a job, an init or a wipe is inside
  output logic             fatal_o   // an illegal state was seen; stays until reset
);
  /*verilator no_inline_module*/

  block_t [3:0] in_blocks;
  key_write_t   key_write;
  shape_t       shape;
  info_t        info;
  key_info_t    key_info;
  logic [1:0]   checks;

  byte_order u_order (
    .en_i   (in_valid_i),
    .data_i (in_data_i),
    .data_o (in_blocks)
  );

  assign key_write = '{write: kw_valid_i, slot: kw_slot_i, round: kw_round_i, data: kw_data_i,
                       zero: zero_valid_i, zero_slot: zero_slot_i};

  job_parts u_job (
    .valid_i    (job_valid_i),
    .job_i,
    .shape_o    (shape),
    .info_o     (info),
    .key_info_o (key_info),
    .checks_o   (checks)
  );

  // ---------------------------------------------------------------- contexts and their steps

  logic            free_valid, all_free, context_fatal, sequencer_fatal;
  logic            fwd_finish, inv_finish, sum_valid;
  logic            tag_read, tag_gcm, check_valid, check_envelope, finish_push;
  logic [CtxW-1:0] free_ctx, fwd_ctx, inv_ctx, sum_ctx, tag_ctx, check_ctx;
  dispatch_t       dispatch;
  finish_t         finish;

  contexts #(
    .NumCtx (NumCtx)
  ) u_contexts (
    .clk_i,
    .rst_ni,
    .valid_o      (ctx_valid_o),
    .ctx_o        (ctx_id_o),
    .take_i       (ctx_take_i),
    .free_valid_i (free_valid),
    .free_ctx_i   (free_ctx),
    .all_free_o   (all_free),
    .fatal_o      (context_fatal)
  );

  sequencer #(
    .NumCtx (NumCtx)
  ) u_sequencer (
    .clk_i,
    .rst_ni,
    .job_valid_i,
    .job_ctx_i        (job_i.ctx),
    .job_steps_i      (job_i.steps),
    .job_keys_i       (job_i.keys),
    .job_shape_i      (shape),
    .start_valid_i,
    .start_ctx_i,
    .start_error_i,
    .forward_valid_i  (fwd_finish),
    .forward_ctx_i    (fwd_ctx),
    .inverse_valid_i  (inv_finish),
    .inverse_ctx_i    (inv_ctx),
    .ghash_valid_i    (sum_valid),
    .ghash_ctx_i      (sum_ctx),
    .tag_read_o       (tag_read),
    .tag_ctx_o        (tag_ctx),
    .tag_gcm_o        (tag_gcm),
    .check_valid_o    (check_valid),
    .check_ctx_o      (check_ctx),
    .check_envelope_o (check_envelope),
    .dispatch_o       (dispatch),
    .finish_push_o    (finish_push),
    .finish_o         (finish),
    .fatal_o          (sequencer_fatal)
  );

  logic             mask_valid, intact, length_ok, keys_busy, lanes_fatal, output_fatal;
  logic             out_read_fwd, out_read_inv, forward, inverse, ghash, ghash_stall;
  block_t           mask, sum;
  logic [CtxW-1:0]  out_ctx;
  logic [LineW-1:0] out_line;
  block_t [3:0]     out_fwd, out_inv;

  lanes #(
    .RegsPerRound (RegsPerRound),
    .SboxArch     (SboxArch),
    .NumSlots     (NumSlots),
    .NumCtx       (NumCtx)
  ) u_lanes (
    .clk_i,
    .rst_ni,
    .job_valid_i,
    .job_ctx_i      (job_i.ctx),
    .job_iv_i       (job_i.iv),
    .job_word_i     (job_i.word),
    .in_valid_i,
    .in_ctx_i,
    .in_line_i,
    .in_data_i      (in_blocks),
    .key_write_i    (key_write),
    .init_valid_i,
    .init_slot_i,
    .init_len_i,
    .init_gcm_i,
    .init_done_o,
    .dispatch_i     (dispatch),
    .fwd_finish_o   (fwd_finish),
    .fwd_ctx_o      (fwd_ctx),
    .inv_finish_o   (inv_finish),
    .inv_ctx_o      (inv_ctx),
    .sum_valid_o    (sum_valid),
    .sum_ctx_o      (sum_ctx),
    .sum_o          (sum),
    .mask_valid_o   (mask_valid),
    .mask_o         (mask),
    .check_ctx_i    (check_ctx),
    .intact_o       (intact),
    .length_ok_o    (length_ok),
    .out_read_fwd_i (out_read_fwd),
    .out_read_inv_i (out_read_inv),
    .out_ctx_i      (out_ctx),
    .out_line_i     (out_line),
    .out_fwd_o      (out_fwd),
    .out_inv_o      (out_inv),
    .forward_o      (forward),
    .inverse_o      (inverse),
    .ghash_o        (ghash),
    .ghash_stall_o  (ghash_stall),
    .keys_busy_o    (keys_busy),
    .fatal_o        (lanes_fatal)
  );

  output_path #(
    .NumCtx (NumCtx)
  ) u_output (
    .clk_i,
    .rst_ni,
    .cycle_i,
    .job_valid_i,
    .job_ctx_i        (job_i.ctx),
    .job_key_load_i   (job_i.key_load),
    .job_addr_i       (job_i.output_addr),
    .job_info_i       (info),
    .job_key_info_i   (key_info),
    .job_expected_i   (job_i.expected),
    .job_tag_block_i  (job_i.tag_block),
    .job_checks_i     (checks),
    .in_valid_i,
    .in_ctx_i,
    .in_line_i,
    .in_line_data_i   (in_data_i),
    .in_data_i        (in_blocks),
    .mask_valid_i     (mask_valid),
    .mask_ctx_i       (fwd_ctx),
    .mask_i           (mask),
    .sum_valid_i      (sum_valid),
    .sum_ctx_i        (sum_ctx),
    .sum_i            (sum),
    .tag_read_i       (tag_read),
    .tag_ctx_i        (tag_ctx),
    .tag_gcm_i        (tag_gcm),
    .check_valid_i    (check_valid),
    .check_ctx_i      (check_ctx),
    .check_envelope_i (check_envelope),
    .intact_i         (intact),
    .length_ok_i      (length_ok),
    .finish_push_i    (finish_push),
    .finish_i         (finish),
    .read_fwd_o       (out_read_fwd),
    .read_inv_o       (out_read_inv),
    .read_ctx_o       (out_ctx),
    .read_line_o      (out_line),
    .fwd_data_i       (out_fwd),
    .inv_data_i       (out_inv),
    .out_valid_o,
    .out_ready_i,
    .out_addr_o,
    .out_data_o,
    .out_bytes_o,
    .out_last_o,
    .done_valid_o,
    .done_ready_i,
    .done_o,
    .kl_valid_o,
    .kl_ready_i,
    .kl_header_o,
    .kl_key_o,
    .kl_ok_o,
    .kl_job_o,
    .free_valid_o     (free_valid),
    .free_ctx_o       (free_ctx),
    .fatal_o          (output_fatal)
  );

  assign busy_o = !all_free || keys_busy;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      events_o <= '0;
      fatal_o  <= 1'b0;
    end else begin
      events_o <= '{
          forward: forward,
          inverse: inverse,
          ghash: ghash,
          idle: !forward && !all_free,
          ghash_stall: ghash_stall,
          job: free_valid
      };
      fatal_o <= fatal_o || context_fatal || sequencer_fatal || lanes_fatal || output_fatal;
    end
  end

endmodule
