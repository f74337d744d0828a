// No clear text before every check of its job was made and was good.
//
// One context is watched. A model beside the gate counts its checks; whenever the gate shows
// anything but zeros for the context, the model must have seen all of them, all good.

module release_gate_props
  import card_pkg::*;
#(
  parameter int unsigned NumCtx = 4
) (
  input logic            clk_i,
  input logic            admit_valid_i,
  input logic [CtxW-1:0] admit_ctx_i,
  input logic [1:0]      admit_checks_i,
  input logic            check_valid_i,
  input logic [CtxW-1:0] check_ctx_i,
  input block_t          check_actual_i,
  input block_t          check_expected_i,
  input logic            check_intact_i,
  input logic            check_length_i,
  input line_t           data_i,
  input logic [CtxW-1:0] ctx_i
);

  logic            rst_n = 1'b0;
  line_t           data;
  logic            mismatch, bad_length;
  logic [CtxW-1:0] ctx_q;

  release_gate #(
    .NumCtx (NumCtx)
  ) dut (
    .clk_i,
    .rst_ni       (rst_n),
    .admit_valid_i,
    .admit_ctx_i,
    .admit_checks_i,
    .check_valid_i,
    .check_ctx_i,
    .check_actual_i,
    .check_expected_i,
    .check_intact_i,
    .check_length_i,
    .read_ctx_i   (ctx_i),
    .data_i,
    .data_o       (data),
    .mismatch_o   (mismatch),
    .bad_length_o (bad_length)
  );

  logic       admitted_q, bad_q;
  logic [1:0] wanted_q, made_q;
  logic       good;

  assign good = check_actual_i == check_expected_i && check_intact_i && check_length_i;

  always_ff @(posedge clk_i) begin
    rst_n <= 1'b1;
    ctx_q <= ctx_i;
    if (!rst_n) begin
      admitted_q <= 1'b0;
      bad_q      <= 1'b0;
      wanted_q   <= '0;
      made_q     <= '0;
    end else begin
      assume (ctx_i == ctx_q && ctx_i < NumCtx);
      assume (admit_ctx_i < NumCtx && check_ctx_i < NumCtx);
      // a job is checked after the cycle in which it was admitted
      assume (!(admit_valid_i && check_valid_i && admit_ctx_i == check_ctx_i));

      a_gate: assert (data == '0 || (admitted_q && !bad_q && made_q == wanted_q));
      a_open: assert (!admitted_q || bad_q || made_q != wanted_q || data == data_i);
      a_tell: assert ((mismatch || bad_length) || data == data_i);
      a_left: assert (!admitted_q || bad_q || dut.left_q[ctx_i] == wanted_q - made_q);
      a_fail: assert (!admitted_q || bad_q == (dut.failed_q[ctx_i] || dut.length_q[ctx_i]));
      a_none: assert (admitted_q || dut.failed_q[ctx_i]);
      a_made: assert (bad_q || made_q <= wanted_q);

      if (admit_valid_i && admit_ctx_i == ctx_i) begin
        admitted_q <= 1'b1;
        bad_q      <= 1'b0;
        wanted_q   <= admit_checks_i;
        made_q     <= '0;
      end else if (check_valid_i && check_ctx_i == ctx_i) begin
        // a check too many is as bad as a wrong one
        if (!good || made_q == wanted_q || bad_q) bad_q <= 1'b1;
        else made_q <= made_q + 2'd1;
      end
      c_two: cover (admitted_q && wanted_q == 2'd2 && data != '0);
    end
  end

endmodule
