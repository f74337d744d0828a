// A cluster with the fields of its structures as ports, and the key expansion in front of it.

module cluster_unit
  import card_pkg::*;
#(
  parameter int unsigned RegsPerRound = DefaultRegsPerRound,
  parameter int unsigned SboxArch = DefaultSboxArch,
  parameter int unsigned NumSlots = DefaultNumSlots,
  parameter int unsigned NumCtx = DefaultNumCtx
) (
  input  logic              clk_i,
  input  logic              rst_ni,

  output logic [31:0]       cycle_o,
  output logic              ctx_valid_o,
  output logic [CtxW-1:0]   ctx_id_o,
  input  logic              ctx_take_i,

  input  logic              job_valid_i,
  input  logic [CtxW-1:0]   job_ctx_i,
  input  logic [15:0]       job_tag_i,
  input  logic              job_program_i,
  input  logic              job_key_load_i,
  input  logic              job_inline_i,
  input  logic [31:0]       job_start_cycle_i,
  input  logic [63:0]       job_steps_i,       // the ABI's low bytes, the first step lowest
  input  logic [35:0]       job_keys_i,        // slot and length, the first key lowest
  input  logic [31:0]       job_word_i,
  input  logic [BytesW-1:0] job_data_bytes_i,
  input  logic [BlockW-1:0] job_data_block_i,
  input  logic [7:0]        job_aad_in_bytes_i,
  input  logic [BlockW-1:0] job_aad_in_block_i,
  input  logic [7:0]        job_aad_out_bytes_i,
  input  logic [BlockW-1:0] job_aad_out_block_i,
  input  logic [BlockW-1:0] job_tag_block_i,
  input  logic [127:0]      job_iv_i,
  input  logic [127:0]      job_expected_i,
  input  logic [63:0]       job_output_addr_i,
  input  logic [BytesW-1:0] job_output_bytes_i,

  input  logic              in_valid_i,
  input  logic [CtxW-1:0]   in_ctx_i,
  input  logic [LineW-1:0]  in_line_i,
  input  logic [511:0]      in_data_i,
  input  logic              start_valid_i,
  input  logic [CtxW-1:0]   start_ctx_i,
  input  logic              start_error_i,

  output logic              out_valid_o,
  input  logic              out_ready_i,
  output logic [63:0]       out_addr_o,
  output logic [511:0]      out_data_o,
  output logic [6:0]        out_bytes_o,
  output logic              out_last_o,

  output logic              done_valid_o,
  input  logic              done_ready_i,
  output logic [15:0]       done_tag_o,
  output logic [7:0]        done_status_o,
  output logic [BytesW-1:0] done_bytes_o,
  output logic [31:0]       done_cycles_o,
  output logic [127:0]      done_inline_o,

  output logic              kl_valid_o,
  input  logic              kl_ready_i,
  output logic [511:0]      kl_header_o,
  output logic [255:0]      kl_key_o,
  output logic              kl_ok_o,
  output logic [15:0]       kl_tag_o,
  output logic [7:0]        kl_status_o,
  output logic [SlotW-1:0]  kl_target_o,
  output logic [31:0]       kl_generation_o,

  // A key is expanded into its slot; derived values follow with init_valid_i.
  input  logic              key_valid_i,
  input  logic [SlotW-1:0]  key_slot_i,
  input  logic [1:0]        key_len_i,
  input  logic [255:0]      key_i,
  output logic              key_done_o,
  input  logic              zero_valid_i,
  input  logic [SlotW-1:0]  zero_slot_i,
  input  logic              init_valid_i,
  input  logic              init_gcm_i,
  output logic              init_done_o,

  output logic [5:0]        events_o,
  output logic              busy_o,
  output logic              fatal_o
);

  job_t     job;
  done_t    done;
  key_job_t kl_job;
  events_t  events;

  logic [31:0]      cycle_q;
  logic             kw_valid;
  logic [3:0]       kw_round;
  block_t           kw_data;

  assign cycle_o = cycle_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) cycle_q <= '0;
    else cycle_q <= cycle_q + 32'd1;
  end

  assign job = '{
      ctx: job_ctx_i,
      id: '{ring: '0, tag: job_tag_i},
      program_job: job_program_i,
      key_load: job_key_load_i,
      inline_output: job_inline_i,
      irq: 1'b0,
      start_cycle: job_start_cycle_i,
      generation: job_start_cycle_i,
      target: SlotW'(job_tag_i),
      steps: job_steps_i,
      keys_used: '1,
      keys: job_keys_i,
      word: job_word_i,
      data_bytes: job_data_bytes_i,
      data_block: job_data_block_i,
      aad_in_bytes: job_aad_in_bytes_i,
      aad_in_block: job_aad_in_block_i,
      aad_out_bytes: job_aad_out_bytes_i,
      aad_out_block: job_aad_out_block_i,
      tag_block: job_tag_block_i,
      iv: job_iv_i,
      expected: job_expected_i,
      output_addr: job_output_addr_i,
      output_bytes: job_output_bytes_i
  };

  assign done_tag_o      = done.id.tag;
  assign done_status_o   = done.status;
  assign done_bytes_o    = done.output_bytes;
  assign done_cycles_o   = done.cycles;
  assign done_inline_o   = done.inline_data;
  assign kl_tag_o        = kl_job.id.tag;
  assign kl_status_o     = kl_job.status;
  assign kl_target_o     = kl_job.target;
  assign kl_generation_o = kl_job.generation;
  assign events_o        = events;

  logic expand_busy, unused;
  assign unused = ^{expand_busy, done.id.ring, done.inline_output, done.irq, done.program_job,
                    done.keys_used,
                    done.keys, kl_job.id.ring, kl_job.irq, kl_job.start_cycle};

  key_expand #(
    .SboxArch (SboxArch)
  ) u_expand (
    .clk_i,
    .rst_ni,
    .start_i     (key_valid_i),
    .key_len_i,
    .key_i,
    .kw_valid_o  (kw_valid),
    .kw_round_o  (kw_round),
    .kw_data_o   (kw_data),
    .busy_o      (expand_busy),
    .done_o      (key_done_o)
  );

  cluster #(
    .RegsPerRound (RegsPerRound),
    .SboxArch     (SboxArch),
    .NumSlots     (NumSlots),
    .NumCtx       (NumCtx)
  ) u_cluster (
    .clk_i,
    .rst_ni,
    .cycle_i      (cycle_q),
    .ctx_valid_o,
    .ctx_id_o,
    .ctx_take_i,
    .job_valid_i,
    .job_i        (job),
    .in_valid_i,
    .in_ctx_i,
    .in_line_i,
    .in_data_i,
    .start_valid_i,
    .start_ctx_i,
    .start_error_i,
    .out_valid_o,
    .out_ready_i,
    .out_addr_o,
    .out_data_o,
    .out_bytes_o,
    .out_last_o,
    .done_valid_o,
    .done_ready_i,
    .done_o       (done),
    .kl_valid_o,
    .kl_ready_i,
    .kl_header_o,
    .kl_key_o,
    .kl_ok_o,
    .kl_job_o     (kl_job),
    .kw_valid_i   (kw_valid),
    .kw_slot_i    (key_slot_i),
    .kw_round_i   (kw_round),
    .kw_data_i    (kw_data),
    .zero_valid_i,
    .zero_slot_i,
    .init_valid_i,
    .init_slot_i  (key_slot_i),
    .init_len_i   (key_len_i),
    .init_gcm_i,
    .init_done_o,
    .events_o     (events),
    .busy_o,
    .fatal_o
  );

endmodule
