// No clear text leaves a context before every check of its job was made and was good.
//
// A job is admitted with the number of its checks. A context is open when that many good ones
// were made and none was bad; a closed one shows zeros. The comparison is here, so nothing else
// can open the gate.

module release_gate
  import card_pkg::*;
#(
  parameter int unsigned NumCtx = DefaultNumCtx
) (
  input  logic            clk_i,
  input  logic            rst_ni,

  input  logic            admit_valid_i,
  input  logic [CtxW-1:0] admit_ctx_i,
  input  logic [1:0]      admit_checks_i,

  // A check: the tag, or what else was found, and whether the length inside is right.
  input  logic            check_valid_i,
  input  logic [CtxW-1:0] check_ctx_i,
  input  block_t          check_actual_i,
  input  block_t          check_expected_i,
  input  logic            check_intact_i,
  input  logic            check_length_i,

  // A line of output.
  input  logic [CtxW-1:0] read_ctx_i,
  input  line_t           data_i,
  output line_t           data_o,
  output logic            mismatch_o,   // a check was bad, or is missing
  output logic            bad_length_o
);

  logic [NumCtx-1:0][1:0] left_q;    // checks not yet made
  logic [NumCtx-1:0]      failed_q;
  logic [NumCtx-1:0]      length_q;
  logic                   good, surplus, open;

  assign good    = check_intact_i && check_actual_i == check_expected_i;
  assign surplus = left_q[check_ctx_i] == '0;

  // The contexts of the two ports differ: a job is checked long after it was admitted.
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      left_q   <= '1;
      failed_q <= '1;
      length_q <= '0;
    end else begin
      if (admit_valid_i) begin
        left_q[admit_ctx_i]   <= admit_checks_i;
        failed_q[admit_ctx_i] <= 1'b0;
        length_q[admit_ctx_i] <= 1'b0;
      end
      if (check_valid_i) begin
        if (!surplus) left_q[check_ctx_i] <= left_q[check_ctx_i] - 2'd1;
        if (surplus || !good) failed_q[check_ctx_i] <= 1'b1;
        if (!check_length_i) length_q[check_ctx_i] <= 1'b1;
      end
    end
  end

  assign mismatch_o   = failed_q[read_ctx_i] || left_q[read_ctx_i] != '0;
  assign bad_length_o = length_q[read_ctx_i];
  assign open         = !mismatch_o && !bad_length_o;
  assign data_o       = open ? data_i : '0;

endmodule
