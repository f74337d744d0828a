// The messages: what came in, what the lanes made of it, and IVs.

module message_ram
  import card_pkg::*;
  import cluster_pkg::*;
#(
  parameter int unsigned NumCtx = DefaultNumCtx
) (
  input  logic                  clk_i,

  input  logic                  job_valid_i,
  input  logic [CtxW-1:0]       job_ctx_i,
  input  block_t                job_iv_i,
  input  logic                  in_valid_i,
  input  logic [CtxW-1:0]       in_ctx_i,
  input  logic [LineW-1:0]      in_line_i,
  input  block_t [3:0]          in_data_i,

  // Results: columns of a line.
  input  logic [3:0]            fwd_store_i,
  input  logic [CtxW-1:0]       fwd_ctx_i,
  input  logic [LineW-1:0]      fwd_line_i,
  input  block_t                fwd_data_i,
  input  logic [3:0]            inv_store_i,
  input  logic [CtxW-1:0]       inv_ctx_i,
  input  logic [LineW-1:0]      inv_line_i,
  input  block_t                inv_data_i,

  // The forward lane reads IN, FWD, INV; the inverse lane IN and INV.
  input  logic [2:0][3:0]       fwd_read_i,
  input  logic [CtxW-1:0]       fwd_read_ctx_i,
  input  logic [3:0][LineW-1:0] fwd_read_line_i,
  output block_t [2:0][3:0]     fwd_read_data_o,
  input  logic                  fwd_iv_read_i,
  input  iv_e                   fwd_iv_which_i,
  output block_t                fwd_iv_o,
  input  logic [1:0][3:0]       inv_read_i,
  input  logic [CtxW-1:0]       inv_read_ctx_i,
  input  logic [3:0][LineW-1:0] inv_read_line_i,
  output block_t [1:0][3:0]     inv_read_data_o,
  input  logic                  inv_iv_read_i,
  input  iv_e                   inv_iv_which_i,
  output block_t                inv_iv_o,

  // The output reads a line of FWD or INV.
  input  logic                  out_read_fwd_i,
  input  logic                  out_read_inv_i,
  input  logic [CtxW-1:0]       out_ctx_i,
  input  logic [LineW-1:0]      out_line_i,
  output block_t [3:0]          out_fwd_o,
  output block_t [3:0]          out_inv_o
);

  bank #(
    .NumCtx  (NumCtx),
    .NumRead (2)
  ) u_in (
    .clk_i,
    .write_i      ({4{in_valid_i}}),
    .write_ctx_i  (in_ctx_i),
    .write_line_i (in_line_i),
    .write_data_i (in_data_i),
    .read_i       ({inv_read_i[0], fwd_read_i[BankIn]}),
    .read_ctx_i   ({inv_read_ctx_i, fwd_read_ctx_i}),
    .read_line_i  ({inv_read_line_i, fwd_read_line_i}),
    .read_data_o  ({inv_read_data_o[0], fwd_read_data_o[BankIn]})
  );

  bank #(
    .NumCtx  (NumCtx),
    .NumRead (2)
  ) u_fwd (
    .clk_i,
    .write_i      (fwd_store_i),
    .write_ctx_i  (fwd_ctx_i),
    .write_line_i (fwd_line_i),
    .write_data_i ({4{fwd_data_i}}),
    .read_i       ({{4{out_read_fwd_i}}, fwd_read_i[BankFwd]}),
    .read_ctx_i   ({out_ctx_i, fwd_read_ctx_i}),
    .read_line_i  ({{4{out_line_i}}, fwd_read_line_i}),
    .read_data_o  ({out_fwd_o, fwd_read_data_o[BankFwd]})
  );

  bank #(
    .NumCtx  (NumCtx),
    .NumRead (3)
  ) u_inv (
    .clk_i,
    .write_i      (inv_store_i),
    .write_ctx_i  (inv_ctx_i),
    .write_line_i (inv_line_i),
    .write_data_i ({4{inv_data_i}}),
    .read_i       ({{4{out_read_inv_i}}, inv_read_i[1], fwd_read_i[BankInv]}),
    .read_ctx_i   ({out_ctx_i, inv_read_ctx_i, fwd_read_ctx_i}),
    .read_line_i  ({{4{out_line_i}}, inv_read_line_i, fwd_read_line_i}),
    .read_data_o  ({out_inv_o, inv_read_data_o[1], fwd_read_data_o[BankInv]})
  );

  iv_store #(
    .NumCtx (NumCtx)
  ) u_iv (
    .clk_i,
    .job_valid_i,
    .job_ctx_i,
    .job_iv_i,
    .head_valid_i (in_valid_i && in_line_i == '0),
    .head_ctx_i   (in_ctx_i),
    .head_i       (in_data_i[1:0]),
    .read_i       ({inv_iv_read_i, fwd_iv_read_i}),
    .read_ctx_i   ({inv_read_ctx_i, fwd_read_ctx_i}),
    .read_which_i ({inv_iv_which_i, fwd_iv_which_i}),
    .iv_o         ({inv_iv_o, fwd_iv_o})
  );

endmodule
