// Events of contexts, in queues of their kinds. A context has one event at a time, so a queue as
// deep as there are contexts never overflows. The ends of steps go first, in the order of the bits
// of push_i; starts wait until there is none.

module event_queue
  import card_pkg::*;
#(
  parameter int unsigned NumCtx = DefaultNumCtx
) (
  input  logic                 clk_i,
  input  logic                 rst_ni,

  input  logic                 start_valid_i,
  input  logic [CtxW-1:0]      start_ctx_i,
  input  logic                 start_error_i,
  input  logic [3:0]           push_i,
  input  logic [3:0][CtxW-1:0] ctx_i,

  output logic                 valid_o,   // the event is taken in this cycle
  output logic [CtxW-1:0]      ctx_o,
  output logic                 start_o,
  output logic                 error_o,
  output logic                 fatal_o
);

  logic [3:0]           valid, pop, error;
  logic [3:0][CtxW-1:0] ctx;
  logic                 start_valid, start_error, start_fault;
  logic [CtxW-1:0]      start_ctx;

  for (genvar i = 0; i < 4; i++) begin : gen_queue
    fifo #(
      .Width (CtxW),
      .Depth (NumCtx)
    ) u_fifo (
      .clk_i,
      .rst_ni,
      .push_i  (push_i[i]),
      .data_i  (ctx_i[i]),
      .valid_o (valid[i]),
      .data_o  (ctx[i]),
      .pop_i   (pop[i]),
      .error_o (error[i])
    );
  end

  fifo #(
    .Width (CtxW + 1),
    .Depth (NumCtx)
  ) u_starts (
    .clk_i,
    .rst_ni,
    .push_i  (start_valid_i),
    .data_i  ({start_ctx_i, start_error_i}),
    .valid_o (start_valid),
    .data_o  ({start_ctx, start_error}),
    .pop_i   (start_o),
    .error_o (start_fault)
  );

  assign valid_o = valid != '0 || start_valid;
  assign start_o = valid == '0 && start_valid;
  assign error_o = start_o && start_error;
  assign fatal_o = error != '0 || start_fault;

  always_comb begin
    pop   = valid & (~valid + 4'd1);
    ctx_o = start_ctx;
    for (int unsigned i = 0; i < 4; i++) begin
      if (pop[i]) ctx_o = ctx[i];
    end
  end

endmodule
