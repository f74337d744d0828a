// What comes out of the forward lane.
//
//   R0  the block is at the lane's output; the companion is added
//   R1  it is written, fed back, handed to GHASH; the end of the step is told

module forward_retire
  import card_pkg::*;
  import cluster_pkg::*;
(
  input  logic              clk_i,
  input  logic              rst_ni,

  // R0
  input  logic              valid_i,
  input  block_t            block_i,
  input  block_t            companion_i,
  input  retire_t           retire_i,

  // R1
  output block_t            result_o,
  output logic [3:0]        store_o,        // columns of the FWD bank
  output logic [CtxW-1:0]   ctx_o,
  output logic [LineW-1:0]  store_line_o,
  output logic              tag_o,
  output logic              finish_o,
  output logic              init_o,
  output logic              product_valid_o,
  output product_t          product_o
);

  block_t  sum, result_q, companion_q;
  logic    valid_q;
  retire_t retire_q;
  logic    unused;

  always_comb begin
    sum = '0;
    if (valid_i) begin
      sum = retire_i.add ? block_i ^ companion_i : block_i;
      if (retire_i.bytes != '0) sum &= ~({128{1'b1}} >> {retire_i.bytes, 3'b000});
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) valid_q <= 1'b0;
    else valid_q <= valid_i;
  end

  always_ff @(posedge clk_i) begin
    if (valid_i) begin
      result_q    <= sum;
      companion_q <= companion_i;
      retire_q    <= retire_i;
    end
  end

  // Served in R0.
  assign unused = ^{retire_q.add, retire_q.bytes};

  assign result_o     = result_q;
  assign ctx_o        = retire_q.ctx;
  assign store_line_o = retire_q.block[BlockW-1:2];
  assign tag_o        = valid_q && retire_q.tag;
  assign finish_o     = valid_q && retire_q.finish;
  assign init_o       = valid_q && retire_q.init;

  always_comb begin
    store_o = '0;
    store_o[retire_q.block[1:0]] = valid_q && retire_q.store;
  end

  assign product_valid_o = valid_q && retire_q.item.valid;
  assign product_o = '{
      ctx: retire_q.ctx,
      slot: retire_q.slot,
      item: retire_q.item,
      block: retire_q.companion ? companion_q : result_q
  };

endmodule
