// From finished jobs to the bus: tags are compared and put in, lines are read, pass the gate,
// and leave.

module output_path
  import card_pkg::*;
  import cluster_pkg::*;
  import job_pkg::*;
#(
  parameter int unsigned NumCtx = DefaultNumCtx
) (
  input  logic             clk_i,
  input  logic             rst_ni,
  input  logic [31:0]      cycle_i,

  input  logic             job_valid_i,
  input  logic [CtxW-1:0]  job_ctx_i,
  input  logic             job_key_load_i,
  input  logic [63:0]      job_addr_i,
  input  info_t            job_info_i,
  input  key_info_t        job_key_info_i,
  input  block_t           job_expected_i,
  input  logic [BlockW-1:0] job_tag_block_i,
  input  logic [1:0]       job_checks_i,
  input  logic             in_valid_i,
  input  logic [CtxW-1:0]  in_ctx_i,
  input  logic [LineW-1:0] in_line_i,
  input  line_t            in_line_data_i,
  input  block_t [3:0]     in_data_i,

  // What tags are made of.
  input  logic             mask_valid_i,
  input  logic [CtxW-1:0]  mask_ctx_i,
  input  block_t           mask_i,
  input  logic             sum_valid_i,
  input  logic [CtxW-1:0]  sum_ctx_i,
  input  block_t           sum_i,

  // Checks: the tag is read in one cycle and judged in the next.
  input  logic             tag_read_i,
  input  logic [CtxW-1:0]  tag_ctx_i,
  input  logic             tag_gcm_i,
  input  logic             check_valid_i,
  input  logic [CtxW-1:0]  check_ctx_i,
  input  logic             check_envelope_i,
  input  logic             intact_i,
  input  logic             length_ok_i,

  input  logic             finish_push_i,
  input  finish_t          finish_i,

  output logic             read_fwd_o,
  output logic             read_inv_o,
  output logic [CtxW-1:0]  read_ctx_o,
  output logic [LineW-1:0] read_line_o,
  input  block_t [3:0]     fwd_data_i,
  input  block_t [3:0]     inv_data_i,

  output logic             out_valid_o,
  input  logic             out_ready_i,
  output logic [63:0]      out_addr_o,
  output line_t            out_data_o,
  output logic [6:0]       out_bytes_o,
  output logic             out_last_o,
  output logic             done_valid_o,
  input  logic             done_ready_i,
  output done_t            done_o,
  output logic             kl_valid_o,
  input  logic             kl_ready_i,
  output line_t            kl_header_o,
  output logic [255:0]     kl_key_o,
  output logic             kl_ok_o,
  output key_job_t         kl_job_o,

  output logic             free_valid_o,
  output logic [CtxW-1:0]  free_ctx_o,
  output logic             fatal_o
);

  localparam int unsigned ExitDepth = 8;

  block_t          actual, expected, tag;
  logic            out_tag, out_tag_gcm;
  logic [CtxW-1:0] gate_ctx;
  line_t           gate_data, gated;
  logic            mismatch, bad_length;
  logic            push, room, room_take, room_give;
  beat_t           beat;
  line_t           beat_data;
  logic            fetch_fatal, room_fatal, exit_fatal;

  assign fatal_o = fetch_fatal || room_fatal || exit_fatal;

  tag_store #(
    .NumCtx (NumCtx)
  ) u_tags (
    .clk_i,
    .job_valid_i,
    .job_ctx_i,
    .job_program_i (job_info_i.program_job),
    .job_tag_block_i,
    .job_expected_i,
    .in_valid_i,
    .in_ctx_i,
    .in_line_i,
    .in_data_i,
    .mask_valid_i,
    .mask_ctx_i,
    .mask_i,
    .sum_valid_i,
    .sum_ctx_i,
    .sum_i,
    .check_i       (tag_read_i),
    .check_ctx_i   (tag_ctx_i),
    .check_gcm_i   (tag_gcm_i),
    .actual_o      (actual),
    .expected_o    (expected),
    .read_i        (out_tag),
    .read_ctx_i    (read_ctx_o),
    .read_gcm_i    (out_tag_gcm),
    .tag_o         (tag)
  );

  release_gate #(
    .NumCtx (NumCtx)
  ) u_gate (
    .clk_i,
    .rst_ni,
    .admit_valid_i    (job_valid_i),
    .admit_ctx_i      (job_ctx_i),
    .admit_checks_i   (job_checks_i),
    .check_valid_i,
    .check_ctx_i,
    .check_actual_i   (check_envelope_i ? '0 : actual),
    .check_expected_i (check_envelope_i ? '0 : expected),
    .check_intact_i   (!check_envelope_i || intact_i),
    .check_length_i   (!check_envelope_i || length_ok_i),
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
    .job_ctx_i,
    .job_addr_i,
    .job_bytes_i       (job_info_i.output_bytes),
    .job_inline_i      (job_info_i.inline_output),
    .job_key_load_i,
    .finish_push_i,
    .finish_i,
    .read_fwd_o,
    .read_inv_o,
    .read_ctx_o,
    .read_line_o,
    .fwd_data_i,
    .inv_data_i,
    .tag_read_o        (out_tag),
    .tag_gcm_o         (out_tag_gcm),
    .tag_i             (tag),
    .gate_ctx_o        (gate_ctx),
    .gate_data_o       (gate_data),
    .gate_data_i       (gated),
    .gate_mismatch_i   (mismatch),
    .gate_bad_length_i (bad_length),
    .push_o            (push),
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
    .job_ctx_i,
    .job_info_i,
    .job_key_load_i,
    .job_key_info_i,
    .head_valid_i (in_valid_i && in_line_i == '0),
    .head_ctx_i   (in_ctx_i),
    .head_i       (in_line_data_i),
    .push_i       (push),
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
    .free_valid_o,
    .free_ctx_o,
    .fatal_o      (exit_fatal)
  );

endmodule
