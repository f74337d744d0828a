// Contexts that hold no job. After reset they come in their order.

module contexts
  import card_pkg::*;
#(
  parameter int unsigned NumCtx = DefaultNumCtx
) (
  input  logic            clk_i,
  input  logic            rst_ni,
  output logic            valid_o,
  output logic [CtxW-1:0] ctx_o,
  input  logic            take_i,
  input  logic            free_valid_i,
  input  logic [CtxW-1:0] free_ctx_i,
  output logic            all_free_o,
  output logic            fatal_o
);

  localparam int unsigned CountW = $clog2(NumCtx + 1);

  logic [CountW-1:0] fresh_q;      // contexts that were never taken start here
  logic [CountW-1:0] busy_q;
  logic              is_fresh;
  logic              used_valid;
  logic [CtxW-1:0]   used;
  logic              fault;

  assign is_fresh   = fresh_q != CountW'(NumCtx);
  assign valid_o    = is_fresh || used_valid;
  assign ctx_o      = is_fresh ? CtxW'(fresh_q) : used;
  assign all_free_o = busy_q == '0;
  assign fatal_o    = fault || (take_i && !valid_o);

  fifo #(
    .Width (CtxW),
    .Depth (NumCtx)
  ) u_used (
    .clk_i,
    .rst_ni,
    .push_i  (free_valid_i),
    .data_i  (free_ctx_i),
    .valid_o (used_valid),
    .data_o  (used),
    .pop_i   (take_i && !is_fresh),
    .error_o (fault)
  );

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      fresh_q <= '0;
      busy_q  <= '0;
    end else begin
      if (take_i && is_fresh) fresh_q <= fresh_q + CountW'(1);
      busy_q <= busy_q + CountW'(take_i) - CountW'(free_valid_i);
    end
  end

endmodule
