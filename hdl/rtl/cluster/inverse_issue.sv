// From the inverse queue to the input of the inverse lane. The blocks of a step follow each other
// without a gap.
//
//   I0  the head of the queue
//   I1  its step is read
//   I2  addresses; the banks and the IV are read
//   I3  the data is put together
//   I4  the block is at the lane, beside it what is to be added to the result

module inverse_issue
  import card_pkg::*;
  import cluster_pkg::*;
#(
  parameter int unsigned NumCtx = DefaultNumCtx
) (
  input  logic                  clk_i,
  input  logic                  rst_ni,

  input  logic                  queue_valid_i,
  input  turn_t                 queue_i,
  output logic                  queue_pop_o,

  input  logic                  work_valid_i,
  input  logic [CtxW-1:0]       work_ctx_i,
  input  work_t                 work_i,

  // I2: one read port of each of the banks IN and INV, and of the IVs.
  output logic [1:0][3:0]       read_o,
  output logic [CtxW-1:0]       read_ctx_o,
  output logic [3:0][LineW-1:0] read_line_o,
  output logic                  iv_read_o,
  output iv_e                   iv_which_o,
  input  block_t [1:0][3:0]     data_i,
  input  block_t                iv_i,

  // I4
  output logic                  valid_o,
  output key_ref_t              key_o,
  output block_t                block_o,
  output block_t                companion_o,
  output inverse_t              retire_o
);

  // ---------------------------------------------------------------- I0, I1

  work_t             work_q [NumCtx];
  work_t             work;
  logic [BlockW-1:0] index_q;
  logic              last, i1_valid_q, i2_valid_q, i1_last_q, i2_last_q;
  logic [CtxW-1:0]   i1_ctx_q, i2_ctx_q;
  logic [BlockW-1:0] i1_index_q, i2_index_q;

  assign last        = index_q == queue_i.blocks - BlockW'(1);
  assign queue_pop_o = queue_valid_i && last;

  always_ff @(posedge clk_i) begin
    if (work_valid_i) work_q[work_ctx_i] <= work_i;
    if (i1_valid_q) work <= work_q[i1_ctx_q];
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      index_q    <= '0;
      i1_valid_q <= 1'b0;
      i2_valid_q <= 1'b0;
    end else begin
      if (queue_valid_i) index_q <= last ? '0 : index_q + BlockW'(1);
      i1_valid_q <= queue_valid_i;
      i2_valid_q <= i1_valid_q;
    end
  end

  always_ff @(posedge clk_i) begin
    if (queue_valid_i) begin
      i1_ctx_q   <= queue_i.ctx;
      i1_index_q <= index_q;
      i1_last_q  <= last;
    end
    if (i1_valid_q) begin
      i2_ctx_q   <= i1_ctx_q;
      i2_index_q <= i1_index_q;
      i2_last_q  <= i1_last_q;
    end
  end

  // The inverse lane knows neither counters nor associated data, and reads where the layout says.
  logic unused;
  assign unused = ^{work.source, work.data_bytes, work.aad_block, work.aad_bytes};

  // ---------------------------------------------------------------- I2

  logic              operate, cbc, first, read_b;
  logic [BlockW-1:0] block_a, block_b;
  logic              source;

  // CBC reads a block and the one before it; an operation the two that hold its data.
  assign operate = work.layout == LayoutOperate;
  assign cbc     = work.mode == ModeCbc;
  assign first   = i2_index_q == '0;
  assign source  = operate;
  assign block_a = operate ? i2_index_q : work.block + i2_index_q;
  assign block_b = operate ? block_a + BlockW'(1) : block_a - BlockW'(1);
  assign read_b  = operate || (cbc && !first);

  always_comb begin
    read_o     = '0;
    read_ctx_o = i2_ctx_q;
    for (int unsigned c = 0; c < 4; c++) begin
      read_line_o[c] = (block_a[1:0] == 2'(c)) ? block_a[BlockW-1:2] : block_b[BlockW-1:2];
    end
    if (i2_valid_q) read_o[source][block_a[1:0]] = 1'b1;
    if (i2_valid_q && read_b) read_o[source][block_b[1:0]] = 1'b1;
  end

  assign iv_read_o  = i2_valid_q && cbc && first;
  assign iv_which_o = work.iv;

  // ---------------------------------------------------------------- I3

  logic       i3_valid_q, i3_operate_q, i3_previous_q, i3_iv_q;
  logic [1:0] i3_column_a_q, i3_column_b_q;
  key_ref_t   i3_key_q;
  inverse_t   i3_retire_q;
  block_t     data_a, data_b;

  always_ff @(posedge clk_i) begin
    if (i2_valid_q) begin
      i3_operate_q  <= operate;
      i3_previous_q <= read_b && !operate;
      i3_iv_q       <= iv_read_o;
      i3_column_a_q <= block_a[1:0];
      i3_column_b_q <= block_b[1:0];
      i3_key_q      <= work.key;
      i3_retire_q   <= '{
          ctx: i2_ctx_q,
          block: operate ? i2_index_q + OperateBlock : i2_index_q,
          envelope: work.layout == LayoutEnvelope,
          first: first,
          last: i2_last_q
      };
    end
  end

  assign data_a = data_i[i3_operate_q][i3_column_a_q];
  assign data_b = data_i[i3_operate_q][i3_column_b_q];

  // ---------------------------------------------------------------- I4

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      i3_valid_q <= 1'b0;
      valid_o    <= 1'b0;
    end else begin
      i3_valid_q <= i2_valid_q;
      valid_o    <= i3_valid_q;
    end
  end

  always_ff @(posedge clk_i) begin
    if (i3_valid_q) begin
      key_o       <= i3_key_q;
      block_o     <= i3_operate_q ? {data_a[23:0], data_b[127:24]} : data_a;
      companion_o <= i3_previous_q ? data_b : i3_iv_q ? iv_i : '0;
      retire_o    <= i3_retire_q;
    end
  end

endmodule
