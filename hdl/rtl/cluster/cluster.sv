// One forward AES lane, one inverse lane, one GHASH unit, and the messages they work on.

module cluster
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

  // The card's count of cycles; job_t.start_cycle is a value of it.
  input  logic [31:0]      cycle_i,

  // A free context; taken with ctx_take_i.
  output logic             ctx_valid_o,
  output logic [CtxW-1:0]  ctx_id_o,
  input  logic             ctx_take_i,

  // A job for a context that was taken. Comes before the first line of its input.
  input  logic             job_valid_i,
  input  job_t             job_i,

  // Lines of its input.
  input  logic             in_valid_i,
  input  logic [CtxW-1:0]  in_ctx_i,
  input  logic [LineW-1:0] in_line_i,
  input  line_t            in_data_i,

  // All its input is there, or will never be. At least one cycle after the job.
  input  logic             start_valid_i,
  input  logic [CtxW-1:0]  start_ctx_i,
  input  logic             start_error_i,

  // Beats of output, in TLPs of at most 256 bytes.
  output logic             out_valid_o,
  input  logic             out_ready_i,
  output logic [63:0]      out_addr_o,
  output line_t            out_data_o,
  output logic [6:0]       out_bytes_o,
  output logic             out_last_o,

  // The end of a job, after its last beat was taken.
  output logic             done_valid_o,
  input  logic             done_ready_i,
  output done_t            done_o,

  // The end of a key_load job.
  output logic             kl_valid_o,
  input  logic             kl_ready_i,
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

  localparam int unsigned Latency = aes_pkg::lane_latency(RegsPerRound);
  localparam int unsigned Period = calendar_period(Latency);
  // Items on their way through the lane, and as many again that wait.
  localparam int unsigned GhashDepth = 2 ** $clog2(2 * Period);
  localparam int unsigned ExitDepth = 8;

  // ---------------------------------------------------------------- input

  block_t [3:0] in_blocks;
  logic         head_valid;

  always_comb begin
    in_blocks = '0;
    if (in_valid_i) begin
      for (int unsigned b = 0; b < 4; b++) in_blocks[b] = swap_block(in_data_i[128*b+:128]);
    end
  end

  assign head_valid = in_valid_i && in_line_i == '0;

  // ---------------------------------------------------------------- the job, for who keeps it

  shape_t    shape;
  info_t     info;
  key_info_t key_info;

  assign shape = '{
      data_bytes: job_i.data_bytes,
      data_block: job_i.data_block,
      aad_in_bytes: job_i.aad_in_bytes,
      aad_in_block: job_i.aad_in_block,
      aad_out_bytes: job_i.aad_out_bytes,
      aad_out_block: job_i.aad_out_block,
      program_job: job_i.program_job
  };

  assign info = '{
      id: job_i.id,
      inline_output: job_i.inline_output,
      irq: job_i.irq,
      program_job: job_i.program_job,
      start_cycle: job_i.start_cycle,
      output_bytes: job_i.output_bytes,
      keys_used: job_i.keys_used,
      keys: job_i.keys
  };

  assign key_info = '{
      id: job_i.id,
      irq: job_i.irq,
      start_cycle: job_i.start_cycle,
      target: job_i.target,
      generation: job_i.generation
  };

  // ---------------------------------------------------------------- contexts and their steps

  logic            free_valid, all_free;
  logic [CtxW-1:0] free_ctx;
  logic            context_fatal, sequencer_fatal;

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

  logic            fwd_finish, inv_finish, sum_valid;
  logic [CtxW-1:0] fwd_ctx, inv_ctx, sum_ctx;
  logic            tag_check, tag_check_gcm, check_valid, check_envelope;
  logic [CtxW-1:0] tag_check_ctx, check_ctx, work_ctx;
  logic            forward_work, inverse_work, serial_push, parallel_push, inverse_push;
  logic            finish_push;
  work_t           work;
  turn_t           turn;
  burst_t          burst;
  finish_t         finish;

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
    .tag_read_o       (tag_check),
    .tag_ctx_o        (tag_check_ctx),
    .tag_gcm_o        (tag_check_gcm),
    .check_valid_o    (check_valid),
    .check_ctx_o      (check_ctx),
    .check_envelope_o (check_envelope),
    .forward_work_o   (forward_work),
    .inverse_work_o   (inverse_work),
    .work_ctx_o       (work_ctx),
    .work_o           (work),
    .serial_push_o    (serial_push),
    .turn_o           (turn),
    .parallel_push_o  (parallel_push),
    .burst_o          (burst),
    .inverse_push_o   (inverse_push),
    .finish_push_o    (finish_push),
    .finish_o         (finish),
    .fatal_o          (sequencer_fatal)
  );

  // ---------------------------------------------------------------- forward lane

  logic     forward_busy, ghash_stall;
  logic     init_want, init_take, init_result;
  key_ref_t init_key;
  logic     l_write;
  logic     derived_write, derived_wipe;
  logic [SlotW-1:0] derived_slot;
  logic [4:0]       derived_power;
  block_t           derived;

  logic [2:0][3:0]       fwd_read;
  logic [CtxW-1:0]       fwd_read_ctx;
  logic [3:0][LineW-1:0] fwd_read_line;
  block_t [2:0][3:0]     fwd_read_data;
  logic                  fwd_iv_read, inv_iv_read;
  iv_e                   fwd_iv_which, inv_iv_which;
  block_t [1:0]          iv;
  logic                  fwd_store_tag, product_valid, credit_give, forward_fatal;
  logic [3:0]            fwd_store;
  logic [LineW-1:0]      fwd_store_line;
  block_t                fwd_result;
  product_t              product;

  forward_path #(
    .RegsPerRound (RegsPerRound),
    .SboxArch     (SboxArch),
    .NumSlots     (NumSlots),
    .NumCtx       (NumCtx),
    .GhashDepth   (GhashDepth)
  ) u_forward (
    .clk_i,
    .rst_ni,
    .serial_push_i   (serial_push),
    .serial_i        (turn),
    .parallel_push_i (parallel_push),
    .parallel_i      (burst),
    .work_valid_i    (forward_work),
    .work_ctx_i      (work_ctx),
    .work_i          (work),
    .init_valid_i    (init_want),
    .init_key_i      (init_key),
    .init_take_o     (init_take),
    .init_done_o     (init_result),
    .l_valid_i       (l_write),
    .l_slot_i        (derived_slot),
    .l_i             (derived),
    .kw_valid_i,
    .kw_slot_i,
    .kw_round_i,
    .kw_data_i,
    .zero_valid_i,
    .zero_slot_i,
    .read_o          (fwd_read),
    .read_ctx_o      (fwd_read_ctx),
    .read_line_o     (fwd_read_line),
    .read_data_i     (fwd_read_data),
    .iv_read_o       (fwd_iv_read),
    .iv_which_o      (fwd_iv_which),
    .iv_i            (iv[0]),
    .store_o         (fwd_store),
    .store_line_o    (fwd_store_line),
    .ctx_o           (fwd_ctx),
    .result_o        (fwd_result),
    .tag_o           (fwd_store_tag),
    .finish_o        (fwd_finish),
    .product_valid_o (product_valid),
    .product_o       (product),
    .credit_give_i   (credit_give),
    .busy_o          (forward_busy),
    .starved_o       (ghash_stall),
    .fatal_o         (forward_fatal)
  );

  // ---------------------------------------------------------------- inverse lane

  logic [1:0][3:0]       inv_read;
  logic [CtxW-1:0]       inv_read_ctx;
  logic [3:0][LineW-1:0] inv_read_line;
  block_t [1:0][3:0]     inv_read_data;
  logic [3:0]            inv_store;
  logic [LineW-1:0]      inv_store_line;
  block_t                inv_result;
  logic                  inverse_busy, intact, length_ok, inverse_fatal;

  inverse_path #(
    .RegsPerRound (RegsPerRound),
    .SboxArch     (SboxArch),
    .NumSlots     (NumSlots),
    .NumCtx       (NumCtx)
  ) u_inverse (
    .clk_i,
    .rst_ni,
    .job_valid_i,
    .job_ctx_i    (job_i.ctx),
    .job_word_i   (job_i.word),
    .push_i       (inverse_push),
    .turn_i       (turn),
    .work_valid_i (inverse_work),
    .work_ctx_i   (work_ctx),
    .work_i       (work),
    .kw_valid_i,
    .kw_slot_i,
    .kw_round_i,
    .kw_data_i,
    .zero_valid_i,
    .zero_slot_i,
    .read_o       (inv_read),
    .read_ctx_o   (inv_read_ctx),
    .read_line_o  (inv_read_line),
    .read_data_i  (inv_read_data),
    .iv_read_o    (inv_iv_read),
    .iv_which_o   (inv_iv_which),
    .iv_i         (iv[1]),
    .store_o      (inv_store),
    .store_line_o (inv_store_line),
    .ctx_o        (inv_ctx),
    .result_o     (inv_result),
    .finish_o     (inv_finish),
    .check_ctx_i  (check_ctx),
    .intact_o     (intact),
    .length_ok_o  (length_ok),
    .busy_o       (inverse_busy),
    .fatal_o      (inverse_fatal)
  );

  // ---------------------------------------------------------------- message memory

  logic             out_read_fwd, out_read_inv;
  logic [CtxW-1:0]  out_ctx;
  logic [LineW-1:0] out_line;
  block_t [3:0]     out_fwd, out_inv;

  bank #(
    .NumCtx  (NumCtx),
    .NumRead (2)
  ) u_in (
    .clk_i,
    .write_i      ({4{in_valid_i}}),
    .write_ctx_i  (in_ctx_i),
    .write_line_i (in_line_i),
    .write_data_i (in_blocks),
    .read_i       ({inv_read[0], fwd_read[BankIn]}),
    .read_ctx_i   ({inv_read_ctx, fwd_read_ctx}),
    .read_line_i  ({inv_read_line, fwd_read_line}),
    .read_data_o  ({inv_read_data[0], fwd_read_data[BankIn]})
  );

  bank #(
    .NumCtx  (NumCtx),
    .NumRead (2)
  ) u_fwd (
    .clk_i,
    .write_i      (fwd_store),
    .write_ctx_i  (fwd_ctx),
    .write_line_i (fwd_store_line),
    .write_data_i ({4{fwd_result}}),
    .read_i       ({{4{out_read_fwd}}, fwd_read[BankFwd]}),
    .read_ctx_i   ({out_ctx, fwd_read_ctx}),
    .read_line_i  ({{4{out_line}}, fwd_read_line}),
    .read_data_o  ({out_fwd, fwd_read_data[BankFwd]})
  );

  bank #(
    .NumCtx  (NumCtx),
    .NumRead (3)
  ) u_inv (
    .clk_i,
    .write_i      (inv_store),
    .write_ctx_i  (inv_ctx),
    .write_line_i (inv_store_line),
    .write_data_i ({4{inv_result}}),
    .read_i       ({{4{out_read_inv}}, inv_read[1], fwd_read[BankInv]}),
    .read_ctx_i   ({out_ctx, inv_read_ctx, fwd_read_ctx}),
    .read_line_i  ({{4{out_line}}, inv_read_line, fwd_read_line}),
    .read_data_o  ({out_inv, inv_read_data[1], fwd_read_data[BankInv]})
  );

  iv_store #(
    .NumCtx (NumCtx)
  ) u_iv (
    .clk_i,
    .job_valid_i,
    .job_ctx_i    (job_i.ctx),
    .job_iv_i     (job_i.iv),
    .head_valid_i (head_valid),
    .head_ctx_i   (in_ctx_i),
    .head_i       (in_blocks[1:0]),
    .read_i       ({inv_iv_read, fwd_iv_read}),
    .read_ctx_i   ({inv_read_ctx, fwd_read_ctx}),
    .read_which_i ({inv_iv_which, fwd_iv_which}),
    .iv_o         (iv)
  );

  // ---------------------------------------------------------------- GHASH and keys

  logic       power_valid, power_take, power_done, ghash_issued, ghash_fatal;
  logic [4:0] power_operand, power_target, power_target_done;
  block_t     power_base, power_product, sum;
  logic       init_busy, init_fatal;

  ghash_unit #(
    .NumSlots (NumSlots),
    .NumCtx   (NumCtx),
    .Depth    (GhashDepth)
  ) u_ghash (
    .clk_i,
    .rst_ni,
    .push_i         (product_valid),
    .product_i      (product),
    .give_o         (credit_give),
    .work_valid_i   (forward_work),
    .work_ctx_i     (work_ctx),
    .aad_bytes_i    (work.aad_bytes),
    .data_bytes_i   (work.data_bytes),
    .init_valid_i   (power_valid),
    .init_slot_i    (init_key.slot),
    .init_base_i    (power_base),
    .init_operand_i (power_operand),
    .init_target_i  (power_target),
    .init_take_o    (power_take),
    .init_done_o    (power_done),
    .init_target_o  (power_target_done),
    .init_product_o (power_product),
    .power_write_i  (derived_write),
    .power_wipe_i   (derived_wipe),
    .power_slot_i   (derived_slot),
    .power_i        (derived_power),
    .power_data_i   (derived),
    .sum_valid_o    (sum_valid),
    .sum_ctx_o      (sum_ctx),
    .sum_o          (sum),
    .issued_o       (ghash_issued),
    .fatal_o        (ghash_fatal)
  );

  key_init #(
    .NumSlots (NumSlots)
  ) u_key_init (
    .clk_i,
    .rst_ni,
    .zero_valid_i,
    .zero_slot_i,
    .init_valid_i,
    .init_slot_i,
    .init_len_i,
    .init_gcm_i,
    .init_done_o,
    .lane_valid_o      (init_want),
    .lane_key_o        (init_key),
    .lane_take_i       (init_take),
    .lane_done_i       (init_result),
    .lane_result_i     (fwd_result),
    .product_valid_o   (power_valid),
    .product_base_o    (power_base),
    .product_operand_o (power_operand),
    .product_target_o  (power_target),
    .product_take_i    (power_take),
    .product_done_i    (power_done),
    .product_target_i  (power_target_done),
    .product_i         (power_product),
    .l_write_o         (l_write),
    .power_write_o     (derived_write),
    .wipe_o            (derived_wipe),
    .slot_o            (derived_slot),
    .power_o           (derived_power),
    .data_o            (derived),
    .busy_o            (init_busy),
    .fatal_o           (init_fatal)
  );

  // ---------------------------------------------------------------- checks and output

  logic         tag_read, tag_read_gcm;
  block_t       actual, expected, tag;
  logic [CtxW-1:0] gate_ctx;
  line_t        gate_data, gated;
  logic         mismatch, bad_length;
  logic         beat_push, room, room_take, room_give;
  beat_t        beat;
  line_t        beat_data;
  logic         fetch_fatal, room_fatal, exit_fatal;

  tag_store #(
    .NumCtx (NumCtx)
  ) u_tags (
    .clk_i,
    .job_valid_i,
    .job_ctx_i       (job_i.ctx),
    .job_program_i   (job_i.program_job),
    .job_tag_block_i (job_i.tag_block),
    .job_expected_i  (job_i.expected),
    .in_valid_i,
    .in_ctx_i,
    .in_line_i,
    .in_data_i       (in_blocks),
    .mask_valid_i    (fwd_store_tag),
    .mask_ctx_i      (fwd_ctx),
    .mask_i          (fwd_result),
    .sum_valid_i     (sum_valid),
    .sum_ctx_i       (sum_ctx),
    .sum_i           (sum),
    .check_i         (tag_check),
    .check_ctx_i     (tag_check_ctx),
    .check_gcm_i     (tag_check_gcm),
    .actual_o        (actual),
    .expected_o      (expected),
    .read_i          (tag_read),
    .read_ctx_i      (out_ctx),
    .read_gcm_i      (tag_read_gcm),
    .tag_o           (tag)
  );

  release_gate #(
    .NumCtx (NumCtx)
  ) u_gate (
    .clk_i,
    .rst_ni,
    .admit_valid_i    (job_valid_i),
    .admit_ctx_i      (job_i.ctx),
    .admit_checks_i   (checks_of(job_i.steps)),
    .check_valid_i    (check_valid),
    .check_ctx_i      (check_ctx),
    .check_actual_i   (check_envelope ? '0 : actual),
    .check_expected_i (check_envelope ? '0 : expected),
    .check_intact_i   (!check_envelope || intact),
    .check_length_i   (!check_envelope || length_ok),
    .read_ctx_i       (gate_ctx),
    .data_i           (gate_data),
    .data_o           (gated),
    .mismatch_o       (mismatch),
    .bad_length_o     (bad_length)
  );

  output_fetch #(
    .NumCtx (NumCtx)
  ) u_fetch (
    .clk_i,
    .rst_ni,
    .job_valid_i,
    .job_ctx_i         (job_i.ctx),
    .job_addr_i        (job_i.output_addr),
    .job_bytes_i       (job_i.output_bytes),
    .job_inline_i      (job_i.inline_output),
    .job_key_load_i    (job_i.key_load),
    .finish_push_i     (finish_push),
    .finish_i          (finish),
    .read_fwd_o        (out_read_fwd),
    .read_inv_o        (out_read_inv),
    .read_ctx_o        (out_ctx),
    .read_line_o       (out_line),
    .fwd_data_i        (out_fwd),
    .inv_data_i        (out_inv),
    .tag_read_o        (tag_read),
    .tag_gcm_o         (tag_read_gcm),
    .tag_i             (tag),
    .gate_ctx_o        (gate_ctx),
    .gate_data_o       (gate_data),
    .gate_data_i       (gated),
    .gate_mismatch_i   (mismatch),
    .gate_bad_length_i (bad_length),
    .push_o            (beat_push),
    .beat_o            (beat),
    .data_o            (beat_data),
    .room_i            (room),
    .room_take_o       (room_take),
    .fatal_o           (fetch_fatal)
  );

  credit #(
    .Credits (ExitDepth)
  ) u_room (
    .clk_i,
    .rst_ni,
    .avail_o (room),
    .take_i  (room_take),
    .give_i  (room_give),
    .fatal_o (room_fatal)
  );

  output_exit #(
    .NumCtx (NumCtx),
    .Depth  (ExitDepth)
  ) u_exit (
    .clk_i,
    .rst_ni,
    .cycle_i,
    .job_valid_i,
    .job_ctx_i      (job_i.ctx),
    .job_info_i     (info),
    .job_key_load_i (job_i.key_load),
    .job_key_info_i (key_info),
    .head_valid_i (head_valid),
    .head_ctx_i   (in_ctx_i),
    .head_i       (in_data_i),
    .push_i       (beat_push),
    .beat_i       (beat),
    .data_i       (beat_data),
    .give_o       (room_give),
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
    .free_valid_o (free_valid),
    .free_ctx_o   (free_ctx),
    .fatal_o      (exit_fatal)
  );

  // ---------------------------------------------------------------- counters and faults

  assign busy_o = !all_free || init_busy;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      events_o <= '0;
      fatal_o  <= 1'b0;
    end else begin
      events_o <= '{
          forward: forward_busy,
          inverse: inverse_busy,
          ghash: ghash_issued,
          idle: !forward_busy && !all_free,
          ghash_stall: ghash_stall,
          job: free_valid
      };
      if (context_fatal || sequencer_fatal || forward_fatal || inverse_fatal || ghash_fatal ||
          init_fatal || fetch_fatal || room_fatal || exit_fatal) begin
        fatal_o <= 1'b1;
      end
    end
  end

endmodule
