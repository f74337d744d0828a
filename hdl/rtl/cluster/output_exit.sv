// Lines that wait to be written, and the ends of jobs. A job's end is offered when its last beat
// was taken; its context is free when the end was taken.

module output_exit
  import card_pkg::*;
  import cluster_pkg::*;
  import job_pkg::*;
#(
  parameter int unsigned NumCtx = DefaultNumCtx,
  parameter int unsigned Depth = 8
) (
  input  logic            clk_i,
  input  logic            rst_ni,
  input  logic [31:0]     cycle_i,

  input  logic            job_valid_i,
  input  logic [CtxW-1:0] job_ctx_i,
  input  info_t           job_info_i,
  input  logic            job_key_load_i,
  input  key_info_t       job_key_info_i,
  input  logic            head_valid_i,   // line 0 of an input
  input  logic [CtxW-1:0] head_ctx_i,
  input  line_t           head_i,

  input  logic            push_i,
  input  beat_t           beat_i,
  input  line_t           data_i,
  output logic            give_o,         // a line left

  output logic            out_valid_o,
  input  logic            out_ready_i,
  output logic [63:0]     out_addr_o,
  output line_t           out_data_o,
  output logic [6:0]      out_bytes_o,
  output logic            out_last_o,

  output logic            done_valid_o,
  input  logic            done_ready_i,
  output done_t           done_o,

  output logic            kl_valid_o,
  input  logic            kl_ready_i,
  output line_t           kl_header_o,
  output logic [255:0]    kl_key_o,
  output logic            kl_ok_o,
  output key_job_t        kl_job_o,

  output logic            free_valid_o,
  output logic [CtxW-1:0] free_ctx_o,
  output logic            fatal_o
);

  localparam int unsigned KeyDepth = 4;

  typedef struct packed {
    logic [CtxW-1:0] ctx;
    logic [7:0]      status;
    logic [255:0]    key;
  } loaded_t;

  info_t     info_q     [NumCtx];
  key_info_t key_info_q [NumCtx];
  line_t     header_q   [NumCtx];
  logic      is_key_q   [NumCtx];

  always_ff @(posedge clk_i) begin
    if (job_valid_i) begin
      is_key_q[job_ctx_i] <= job_key_load_i;
      if (job_key_load_i) key_info_q[job_ctx_i] <= job_key_info_i;
      else info_q[job_ctx_i] <= job_info_i;
    end
    if (head_valid_i && is_key_q[head_ctx_i]) header_q[head_ctx_i] <= head_i;
  end

  // ---------------------------------------------------------------- lines

  logic  head_valid, head_pop, line_fault;
  beat_t head;

  fifo #(
    .Width ($bits(beat_t) + $bits(line_t)),
    .Depth (Depth)
  ) u_lines (
    .clk_i,
    .rst_ni,
    .push_i,
    .data_i  ({beat_i, data_i}),
    .valid_o (head_valid),
    .data_o  ({head, out_data_o}),
    .pop_i   (head_pop),
    .error_o (line_fault)
  );

  logic         exit_free, key_room;
  logic [7:0]   status;
  logic [255:0] result;   // that does not go to the bus

  byte_order #(
    .Blocks (2)
  ) u_order (
    .en_i   (head_pop && !head.beat),
    .data_i (out_data_o[255:0]),
    .data_o (result)
  );

  assign exit_free   = head.key_load ? key_room : !done_valid_o;
  assign out_valid_o = head_valid && head.beat && (exit_free || !head.done);
  assign head_pop    = head.beat ? out_valid_o && out_ready_i : head_valid && exit_free;
  assign give_o      = head_pop;
  assign out_addr_o  = head.addr;
  assign out_bytes_o = head.bytes;
  assign out_last_o  = head.last;

  always_comb begin
    status = abi_pkg::StatusOk;
    if (head.bad_length) status = abi_pkg::StatusBadData;
    if (head.mismatch) status = abi_pkg::StatusTagMismatch;
    if (head.error) status = abi_pkg::StatusDmaError;
  end

  // ---------------------------------------------------------------- ends

  logic            done_load, done_free;
  logic [CtxW-1:0] done_ctx_q;
  info_t           info;

  assign done_load = head_pop && head.done && !head.key_load;
  assign done_free = done_valid_o && done_ready_i;
  assign info      = done_load ? info_q[head.ctx] : '0;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) done_valid_o <= 1'b0;
    else if (done_load) done_valid_o <= 1'b1;
    else if (done_ready_i) done_valid_o <= 1'b0;
  end

  always_ff @(posedge clk_i) begin
    if (done_load) begin
      done_ctx_q <= head.ctx;
      done_o <= '{
          id: info.id,
          status: status,
          output_bytes: head.error ? '0 : info.output_bytes,
          cycles: cycle_i + 32'd1 - info.start_cycle,
          inline_output: info.inline_output,
          inline_data: result[127:0],
          irq: info.irq,
          program_job: info.program_job,
          keys_used: info.keys_used,
          keys: info.keys
      };
    end
  end

  // ---------------------------------------------------------------- loaded keys

  logic            key_push, key_valid, key_take, key_fault, key_room_fault, key_gone_q;
  logic [CtxW-1:0] key_gone_ctx_q;
  loaded_t         loaded;
  key_info_t       key_info;

  assign key_push   = head_pop && head.key_load;

  assign kl_valid_o = key_valid && !key_gone_q;
  assign key_take   = kl_valid_o && kl_ready_i;

  fifo #(
    .Width ($bits(loaded_t)),
    .Depth (KeyDepth)
  ) u_keys (
    .clk_i,
    .rst_ni,
    .push_i  (key_push),
    .data_i  ({head.ctx, status, result[127:0], result[255:128]}),
    .valid_o (key_valid),
    .data_o  (loaded),
    .pop_i   (key_take),
    .error_o (key_fault)
  );

  credit #(
    .Credits (KeyDepth)
  ) u_key_room (
    .clk_i,
    .rst_ni,
    .avail_o (key_room),
    .take_i  (key_push),
    .give_i  (key_take),
    .fatal_o (key_room_fault)
  );

  assign key_info    = key_valid ? key_info_q[loaded.ctx] : '0;
  assign kl_header_o = key_valid ? header_q[loaded.ctx] : '0;
  assign kl_key_o    = loaded.key;
  assign kl_ok_o     = loaded.status == abi_pkg::StatusOk;
  assign kl_job_o    = '{
      id: key_info.id,
      irq: key_info.irq,
      status: loaded.status,
      target: key_info.target,
      generation: key_info.generation,
      start_cycle: key_info.start_cycle
  };

  // One context is freed per cycle; that of a key waits for those of jobs.
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      key_gone_q     <= 1'b0;
      key_gone_ctx_q <= '0;
    end else if (key_take) begin
      key_gone_q     <= 1'b1;
      key_gone_ctx_q <= loaded.ctx;
    end else if (!done_free) begin
      key_gone_q <= 1'b0;
    end
  end

  assign free_valid_o = done_free || key_gone_q;
  assign free_ctx_o   = done_free ? done_ctx_q : key_gone_ctx_q;
  assign fatal_o      = line_fault || key_fault || key_room_fault;

endmodule
