// Reads the results of finished jobs, one line per cycle.
//
//   O0  the job at the head of the finish queue is taken over
//   O1  a line and, for its block, the tag are read, if there is room at the exit
//   O2  the tag is put in, blocks behind the end are cleared, the gate opens or not
//   O3  the line goes to the exit

module output_fetch
  import card_pkg::*;
  import cluster_pkg::*;
#(
  parameter int unsigned NumCtx = DefaultNumCtx
) (
  input  logic             clk_i,
  input  logic             rst_ni,

  input  logic             job_valid_i,
  input  logic [CtxW-1:0]  job_ctx_i,
  input  logic [63:0]      job_addr_i,
  input  logic [BytesW-1:0] job_bytes_i,
  input  logic             job_inline_i,
  input  logic             job_key_load_i,

  input  logic             finish_push_i,
  input  finish_t          finish_i,

  // O1; data in O2.
  output logic             read_fwd_o,
  output logic             read_inv_o,
  output logic [CtxW-1:0]  read_ctx_o,
  output logic [LineW-1:0] read_line_o,
  input  block_t [3:0]     fwd_data_i,
  input  block_t [3:0]     inv_data_i,
  output logic             tag_read_o,
  output logic             tag_gcm_o,
  input  block_t           tag_i,

  // O2: the gate.
  output logic [CtxW-1:0]  gate_ctx_o,
  output line_t            gate_data_o,
  input  line_t            gate_data_i,
  input  logic             gate_mismatch_i,
  input  logic             gate_bad_length_i,

  // O3: room is reserved for each line.
  output logic             push_o,
  output beat_t            beat_o,
  output line_t            data_o,
  input  logic             room_i,
  output logic             room_take_o,

  output logic             fatal_o
);

  localparam logic [BytesW-1:0] KeyBytes = 13'd32;
  localparam logic [BytesW-1:0] LineBytes = 13'd64;

  // ---------------------------------------------------------------- O0

  logic [63:0]       addr_q  [NumCtx];
  logic [BytesW-1:0] bytes_q [NumCtx];
  logic [1:0]        kind_q  [NumCtx];  // inline output, key load

  logic              queue_valid, load;
  finish_t           queue;
  logic              queue_inline, queue_key;

  always_ff @(posedge clk_i) begin
    if (job_valid_i) begin
      addr_q[job_ctx_i]  <= job_addr_i;
      bytes_q[job_ctx_i] <= job_key_load_i ? KeyBytes : job_bytes_i;
      kind_q[job_ctx_i]  <= {job_inline_i, job_key_load_i};
    end
  end

  fifo #(
    .Width ($bits(finish_t)),
    .Depth (NumCtx)
  ) u_queue (
    .clk_i,
    .rst_ni,
    .push_i  (finish_push_i),
    .data_i  (finish_i),
    .valid_o (queue_valid),
    .data_o  (queue),
    .pop_i   (load),
    .error_o (fatal_o)
  );

  assign {queue_inline, queue_key} = kind_q[queue.ctx];

  // ---------------------------------------------------------------- O1

  logic              o1_valid_q, o1_key_q, o1_beats_q;
  finish_t           o1_q;
  logic [63:6]       o1_addr_q;
  logic [BytesW-1:0] o1_left_q;
  logic [LineW-1:0]  o1_line_q;
  logic              o1_go, o1_last, o1_tag;

  assign o1_last = o1_left_q <= LineBytes || !o1_beats_q;
  assign o1_go   = o1_valid_q && room_i;
  assign o1_tag  = o1_q.tag != TagNone && o1_q.tag_block[BlockW-1:2] == o1_line_q;
  assign load    = queue_valid && (!o1_valid_q || (o1_go && o1_last));

  assign room_take_o = o1_go;
  assign read_fwd_o  = o1_go && !o1_q.inverse;
  assign read_inv_o  = o1_go && o1_q.inverse;
  assign read_ctx_o  = o1_q.ctx;
  assign read_line_o = o1_line_q;
  assign tag_read_o  = o1_go && o1_tag;
  assign tag_gcm_o   = o1_q.tag == TagGcm;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) o1_valid_q <= 1'b0;
    else if (load) o1_valid_q <= 1'b1;
    else if (o1_go && o1_last) o1_valid_q <= 1'b0;
  end

  always_ff @(posedge clk_i) begin
    if (load) begin
      o1_q       <= queue;
      o1_key_q   <= queue_key;
      o1_beats_q <= !queue.error && !queue_inline && !queue_key && bytes_q[queue.ctx] != '0;
      o1_addr_q  <= addr_q[queue.ctx][63:6];
      o1_left_q  <= queue.error ? '0 : bytes_q[queue.ctx];
      o1_line_q  <= '0;
    end else if (o1_go) begin
      o1_addr_q <= o1_addr_q + 58'd1;
      o1_left_q <= o1_left_q - LineBytes;
      o1_line_q <= o1_line_q + LineW'(1);
    end
  end

  // ---------------------------------------------------------------- O2

  logic       o2_valid_q, o2_inverse_q, o2_tag_q;
  logic [1:0] o2_column_q;
  beat_t      o2_q;
  block_t [3:0] blocks;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) o2_valid_q <= 1'b0;
    else o2_valid_q <= o1_go;
  end

  always_ff @(posedge clk_i) begin
    if (o1_go) begin
      o2_inverse_q <= o1_q.inverse;
      o2_tag_q     <= o1_tag;
      o2_column_q  <= o1_q.tag_block[1:0];
      o2_q <= '{
          ctx: o1_q.ctx,
          beat: o1_beats_q,
          last: o1_last || o1_addr_q[7:6] == 2'd3,
          done: o1_last,
          key_load: o1_key_q,
          error: o1_q.error,
          mismatch: 1'b0,
          bad_length: 1'b0,
          bytes: (o1_left_q > LineBytes) ? 7'(LineBytes) : 7'(o1_left_q),
          addr: {o1_addr_q, 6'd0}
      };
    end
  end

  always_comb begin
    blocks = '0;
    for (int unsigned b = 0; b < 4; b++) begin
      if (o2_valid_q && o2_q.bytes > 7'(16 * b)) begin
        blocks[b] = o2_inverse_q ? inv_data_i[b] : fwd_data_i[b];
        if (o2_tag_q && o2_column_q == 2'(b)) blocks[b] = tag_i;
      end
    end
  end

  assign gate_ctx_o  = o2_q.ctx;
  assign gate_data_o = blocks;

  // ---------------------------------------------------------------- O3

  line_t line;

  byte_order u_order (
    .en_i   (o2_valid_q),
    .data_i (gate_data_i),
    .data_o (line)
  );

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) push_o <= 1'b0;
    else push_o <= o2_valid_q;
  end

  always_ff @(posedge clk_i) begin
    if (o2_valid_q) begin
      beat_o            <= o2_q;
      beat_o.mismatch   <= gate_mismatch_i;
      beat_o.bad_length <= gate_bad_length_i;
      data_o            <= line;
    end
  end

endmodule
