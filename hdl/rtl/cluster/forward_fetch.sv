// From the calendar's choice to the addresses of its data.
//
//   F1  the step of the context is read
//   F2  addresses; the banks, the IV and L are read

module forward_fetch
  import card_pkg::*;
  import cluster_pkg::*;
#(
  parameter int unsigned NumCtx = DefaultNumCtx
) (
  input  logic                  clk_i,
  input  logic                  rst_ni,

  input  issue_t                issue_i,      // F0
  input  key_ref_t              init_key_i,

  input  logic                  work_valid_i,
  input  logic [CtxW-1:0]       work_ctx_i,
  input  work_t                 work_i,

  // F2: one read port of each of the banks IN, FWD and INV; the IV; L.
  output logic [2:0][3:0]       read_o,
  output logic [CtxW-1:0]       read_ctx_o,
  output logic [3:0][LineW-1:0] read_line_o,
  output logic                  iv_read_o,
  output iv_e                   iv_which_o,
  output logic                  l_read_o,

  output logic                  valid_o,
  output operand_t              operand_o,
  output retire_t               retire_o
);

  work_t  work_q [NumCtx];
  issue_t f1_q, f2_q;
  work_t  work;

  always_ff @(posedge clk_i) begin
    if (work_valid_i) work_q[work_ctx_i] <= work_i;
    if (f1_q.valid) work <= work_q[f1_q.ctx];
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      f1_q <= '0;
      f2_q <= '0;
    end else begin
      f1_q <= issue_i;
      f2_q <= f1_q;
    end
  end

  // ---------------------------------------------------------------- what the block is

  logic              gcm, counter, serial, is_lead, is_aad, is_data, first;
  logic [3:0]        lead, aad_blocks, data_tail;
  logic [BlockW-1:0] index;

  assign gcm        = work.mode == ModeGcmSeal || work.mode == ModeGcmOpen;
  assign counter    = gcm || work.mode == ModeCtr;
  assign serial     = work.mode == ModeCbc || work.mode == ModeMac || work.mode == ModeCmac;
  assign first      = f2_q.index == '0;
  assign aad_blocks = work.aad_bytes[7:4] + 4'(|work.aad_bytes[3:0]);
  // Issues in front of the data: J0 and the AAD blocks but the first.
  assign lead       = !gcm ? 4'd0 : (aad_blocks == '0) ? 4'd1 : aad_blocks;
  assign is_lead    = f2_q.index < BlockW'(lead);
  assign is_aad     = gcm && f2_q.index < BlockW'(aad_blocks);
  assign is_data    = !is_lead;
  assign index      = f2_q.index - (is_aad ? BlockW'(0) : BlockW'(lead));
  assign data_tail  = (is_data && f2_q.last) ? work.data_bytes[3:0] : '0;

  // ---------------------------------------------------------------- addresses

  bank_e             bank_a, bank_b;
  logic [BlockW-1:0] block_a, block_b;
  logic              read_b, fetch;

  forward_address u_address (
    .source_i    (work.source),
    .layout_i    (work.layout),
    .block_i     (work.block),
    .aad_block_i (work.aad_block),
    .aad_i       (is_aad),
    .index_i     (index),
    .last_i      (f2_q.last),
    .bank_a_o    (bank_a),
    .block_a_o   (block_a),
    .read_b_o    (read_b),
    .bank_b_o    (bank_b),
    .block_b_o   (block_b)
  );

  assign fetch = f2_q.valid && !f2_q.init && (is_aad || (is_data && work.data_bytes != '0));

  always_comb begin
    read_o     = '0;
    read_ctx_o = f2_q.ctx;
    for (int unsigned c = 0; c < 4; c++) begin
      // The two blocks lie in different columns, or are the same.
      read_line_o[c] = (block_a[1:0] == 2'(c)) ? block_a[BlockW-1:2] : block_b[BlockW-1:2];
    end
    if (fetch) read_o[bank_a][block_a[1:0]] = 1'b1;
    if (fetch && read_b) read_o[bank_b][block_b[1:0]] = 1'b1;
  end

  assign iv_which_o = work.iv;
  assign iv_read_o  = f2_q.valid && !f2_q.init && (counter || first);
  assign l_read_o   = f2_q.valid && work.mode == ModeCmac;

  // ---------------------------------------------------------------- what is to be done with it

  assign valid_o = f2_q.valid;

  always_comb begin
    operand_o = '0;
    if (f2_q.valid) begin
      operand_o = '{
          lane: f2_q.init || is_data || first,
          init: f2_q.init,
          counter: counter && !f2_q.init,
          gcm: gcm,
          count: 32'(index),
          chain: serial && !first && !f2_q.init,
          iv: work.mode == ModeCbc && first,
          read: fetch,
          layout: is_aad ? LayoutPlain : work.layout,
          first: index == '0,
          last: f2_q.last,
          bank_a: bank_a,
          bank_b: bank_b,
          column_a: block_a[1:0],
          column_b: block_b[1:0],
          bytes: data_tail,
          cmac: work.mode == ModeCmac && f2_q.last,
          pad: work.data_bytes[3:0] != '0 || work.data_bytes == '0,
          key: f2_q.init ? init_key_i : work.key
      };
      // J0 counts 1, the data from 2 on.
      if (gcm) operand_o.count = is_lead ? 32'd1 : 32'(index) + 32'd2;
      if (is_aad && index == BlockW'(aad_blocks) - BlockW'(1)) begin
        operand_o.bytes = work.aad_bytes[3:0];
      end
    end
  end

  always_comb begin
    retire_o = '0;
    if (f2_q.valid && f2_q.init) begin
      retire_o.init = 1'b1;
    end else if (f2_q.valid) begin
      retire_o = '{
          init: 1'b0,
          ctx: f2_q.ctx,
          slot: work.key.slot,
          add: counter && is_data,
          bytes: counter ? data_tail : '0,
          store: is_data && work.mode != ModeMac && work.mode != ModeCmac,
          block: (work.layout == LayoutOperate) ? index + OperateBlock : index,
          tag: gcm ? first : f2_q.last && (work.mode == ModeMac || work.mode == ModeCmac),
          finish: f2_q.last && !gcm,
          companion: is_lead || work.mode == ModeGcmOpen,
          item: f2_q.item
      };
    end
  end

endmodule
