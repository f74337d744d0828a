// What comes out of the inverse lane.
//
//   J0  the block is at the lane's output; the previous ciphertext is added
//   J1  it is written; an envelope's header is checked and answered, its padding checked
//
// An envelope: mark 0x1f, number (4 bytes), nonce (8), data, PKCS#7 padding.

module inverse_retire
  import card_pkg::*;
  import cluster_pkg::*;
#(
  parameter int unsigned NumCtx = DefaultNumCtx
) (
  input  logic             clk_i,
  input  logic             rst_ni,

  input  logic             job_valid_i,
  input  logic [CtxW-1:0]  job_ctx_i,
  input  logic [31:0]      job_word_i,

  // J0
  input  logic             valid_i,
  input  block_t           block_i,
  input  block_t           companion_i,
  input  inverse_t         retire_i,

  // J1
  output logic [3:0]       store_o,       // columns of the INV bank
  output logic [CtxW-1:0]  ctx_o,
  output logic [LineW-1:0] store_line_o,
  output block_t           store_data_o,
  output logic             finish_o,

  // What was found in the envelope of a context.
  input  logic [CtxW-1:0]  check_ctx_i,
  output logic             intact_o,
  output logic             length_ok_o
);

  localparam logic [7:0] MarkRequest = 8'h1f;
  localparam logic [7:0] MarkReply = 8'hf1;
  localparam logic [7:0] TailBytes = 8'd3;   // of a block, behind the header
  localparam logic [7:0] PadMax = 8'd16;

  logic [31:0] word_q    [NumCtx];
  logic        header_q  [NumCtx];
  logic        padding_q [NumCtx];
  logic        length_q  [NumCtx];

  logic        valid_q;
  block_t      data_q;
  inverse_t    retire_q;
  logic [31:0] word_now_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) valid_q <= 1'b0;
    else valid_q <= valid_i;
  end

  always_ff @(posedge clk_i) begin
    if (job_valid_i) word_q[job_ctx_i] <= job_word_i;
    if (valid_i) begin
      data_q     <= block_i ^ companion_i;
      retire_q   <= retire_i;
      word_now_q <= word_q[retire_i.ctx];
    end
  end

  // ---------------------------------------------------------------- checks

  logic       check, header_ok, padding_ok;
  logic [7:0] pad, pad_max;

  assign check     = valid_q && retire_q.envelope;
  assign header_ok = data_q[127:120] == MarkRequest && data_q[119:88] == word_now_q;
  assign pad       = data_q[7:0];
  assign pad_max   = retire_q.first ? TailBytes : PadMax;

  always_comb begin
    padding_ok = 1'b0;
    if (check && retire_q.last) begin
      padding_ok = pad != '0 && pad <= pad_max;
      for (int unsigned i = 1; i < 16; i++) begin
        if (pad > 8'(i) && data_q[8*i+:8] != pad) padding_ok = 1'b0;
      end
    end
  end

  always_ff @(posedge clk_i) begin
    if (check && retire_q.first) header_q[retire_q.ctx] <= header_ok;
    if (check && retire_q.last) begin
      padding_q[retire_q.ctx] <= padding_ok;
      length_q[retire_q.ctx]  <= pad == TailBytes;
    end
  end

  assign intact_o    = header_q[check_ctx_i] && padding_q[check_ctx_i];
  assign length_ok_o = length_q[check_ctx_i];

  // ---------------------------------------------------------------- write

  assign ctx_o        = retire_q.ctx;
  assign store_line_o = retire_q.block[BlockW-1:2];
  assign finish_o     = valid_q && retire_q.last;

  always_comb begin
    store_o = '0;
    store_o[retire_q.block[1:0]] = valid_q;
  end

  // The answer carries its own mark, and each byte of the nonce one higher.
  always_comb begin
    store_data_o = data_q;
    if (check && retire_q.first) begin
      store_data_o[127:120] = MarkReply;
      for (int unsigned i = 0; i < 8; i++) begin
        store_data_o[24+8*i+:8] = data_q[24+8*i+:8] + 8'd1;
      end
    end
  end

endmodule
