// IVs of all contexts: the one that came with the job, and blocks 0 and 1 of the input, which
// programs use. Read ports: 0 the forward lane, 1 the inverse lane; one cycle.

module iv_store
  import card_pkg::*;
  import cluster_pkg::*;
#(
  parameter int unsigned NumCtx = DefaultNumCtx
) (
  input  logic                 clk_i,
  input  logic                 job_valid_i,
  input  logic [CtxW-1:0]      job_ctx_i,
  input  block_t               job_iv_i,
  input  logic                 head_valid_i,   // line 0 of an input
  input  logic [CtxW-1:0]      head_ctx_i,
  input  block_t [1:0]         head_i,

  input  logic [1:0]           read_i,
  input  logic [1:0][CtxW-1:0] read_ctx_i,
  input  iv_e [1:0]            read_which_i,
  output block_t [1:0]         iv_o
);

  block_t job_q [NumCtx];
  block_t in_q  [NumCtx];
  block_t out_q [NumCtx];

  always_ff @(posedge clk_i) begin
    if (job_valid_i) job_q[job_ctx_i] <= job_iv_i;
    if (head_valid_i) in_q[head_ctx_i] <= head_i[0];
    if (head_valid_i) out_q[head_ctx_i] <= head_i[1];
  end

  for (genvar p = 0; p < 2; p++) begin : gen_port
    block_t iv_q;

    always_ff @(posedge clk_i) begin
      if (read_i[p]) begin
        unique case (read_which_i[p])
          IvJob:   iv_q <= job_q[read_ctx_i[p]];
          IvIn:    iv_q <= in_q[read_ctx_i[p]];
          IvOut:   iv_q <= out_q[read_ctx_i[p]];
          default: iv_q <= '0;
        endcase
      end
    end

    assign iv_o[p] = iv_q;
  end

endmodule
