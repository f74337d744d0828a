// What tags are made of and compared with, of all contexts.
//
//   mask      E(J0) of GCM, or a finished MAC
//   sum       GHASH
//   expected  the tag that came with the job, or the one behind a program's input

module tag_store
  import card_pkg::*;
#(
  parameter int unsigned NumCtx = DefaultNumCtx
) (
  input  logic              clk_i,

  input  logic              job_valid_i,
  input  logic [CtxW-1:0]   job_ctx_i,
  input  logic              job_program_i,
  input  logic [BlockW-1:0] job_tag_block_i,
  input  block_t            job_expected_i,

  input  logic              in_valid_i,
  input  logic [CtxW-1:0]   in_ctx_i,
  input  logic [LineW-1:0]  in_line_i,
  input  block_t [3:0]      in_data_i,

  input  logic              mask_valid_i,
  input  logic [CtxW-1:0]   mask_ctx_i,
  input  block_t            mask_i,
  input  logic              sum_valid_i,
  input  logic [CtxW-1:0]   sum_ctx_i,
  input  block_t            sum_i,

  // Comparison; one cycle.
  input  logic              check_i,
  input  logic [CtxW-1:0]   check_ctx_i,
  input  logic              check_gcm_i,
  output block_t            actual_o,
  output block_t            expected_o,

  // Output; one cycle.
  input  logic              read_i,
  input  logic [CtxW-1:0]   read_ctx_i,
  input  logic              read_gcm_i,
  output block_t            tag_o
);

  block_t            mask_q     [NumCtx];
  block_t            sum_q      [NumCtx];
  block_t            from_job_q [NumCtx];
  block_t            from_in_q  [NumCtx];
  logic              program_q  [NumCtx];
  logic [BlockW-1:0] block_q    [NumCtx];
  logic [BlockW-1:0] tag_block;

  assign tag_block = block_q[in_ctx_i];

  always_ff @(posedge clk_i) begin
    if (job_valid_i) begin
      program_q[job_ctx_i]  <= job_program_i;
      block_q[job_ctx_i]    <= job_tag_block_i;
      from_job_q[job_ctx_i] <= job_expected_i;
    end
    if (in_valid_i && in_line_i == tag_block[BlockW-1:2]) begin
      from_in_q[in_ctx_i] <= in_data_i[tag_block[1:0]];
    end
    if (mask_valid_i) mask_q[mask_ctx_i] <= mask_i;
    if (sum_valid_i) sum_q[sum_ctx_i] <= sum_i;
  end

  always_ff @(posedge clk_i) begin
    if (check_i) begin
      actual_o   <= mask_q[check_ctx_i] ^ (check_gcm_i ? sum_q[check_ctx_i] : '0);
      expected_o <= program_q[check_ctx_i] ? from_in_q[check_ctx_i] : from_job_q[check_ctx_i];
    end
    if (read_i) tag_o <= mask_q[read_ctx_i] ^ (read_gcm_i ? sum_q[read_ctx_i] : '0);
  end

endmodule
