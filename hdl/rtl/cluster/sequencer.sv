// What a context does next. One event per cycle: its input is there, or a step ended.
//
//   E0  an event is chosen; ends of steps go before starts
//   E1  the job and its state are read, the tag if it was a check
//   E2  the check is made; the next step is decoded
//   E3  the step goes to its queue, or the job to the output

module sequencer
  import card_pkg::*;
  import cluster_pkg::*;
  import job_pkg::*;
#(
  parameter int unsigned NumCtx = DefaultNumCtx
) (
  input  logic            clk_i,
  input  logic            rst_ni,

  input  logic            job_valid_i,
  input  logic [CtxW-1:0] job_ctx_i,
  input  step_t [StepsMax-1:0]   job_steps_i,
  input  key_ref_t [KeysMax-1:0] job_keys_i,
  input  shape_t          job_shape_i,

  input  logic            start_valid_i,
  input  logic [CtxW-1:0] start_ctx_i,
  input  logic            start_error_i,
  input  logic            forward_valid_i,   // a step on the forward lane ended
  input  logic [CtxW-1:0] forward_ctx_i,
  input  logic            inverse_valid_i,
  input  logic [CtxW-1:0] inverse_ctx_i,
  input  logic            ghash_valid_i,
  input  logic [CtxW-1:0] ghash_ctx_i,

  // E1: the tag store is read; E2: the gate is told.
  output logic            tag_read_o,
  output logic [CtxW-1:0] tag_ctx_o,
  output logic            tag_gcm_o,
  output logic            check_valid_o,
  output logic [CtxW-1:0] check_ctx_o,
  output logic            check_envelope_o,  // what counts is the envelope, not the tag

  // E3
  output dispatch_t       dispatch_o,
  output logic            finish_push_o,
  output finish_t         finish_o,

  output logic            fatal_o
);

  typedef struct packed {
    logic [3:0]  next;      // step to be done next
    step_kind_e  doing;
    logic        envelope;  // of the step being done
    bank_e       clear;
    bank_e       operated;
  } state_t;

  localparam state_t Fresh = '{
      next: '0, doing: StepEnd, envelope: 1'b0, clear: BankIn, operated: BankFwd};

  step_t [StepsMax-1:0]   steps_q [NumCtx];
  key_ref_t [KeysMax-1:0] keys_q  [NumCtx];
  shape_t                 shape_q [NumCtx];
  state_t                 state_q [NumCtx];

  always_ff @(posedge clk_i) begin
    if (job_valid_i) begin
      steps_q[job_ctx_i] <= job_steps_i;
      keys_q[job_ctx_i]  <= job_keys_i;
      shape_q[job_ctx_i] <= job_shape_i;
    end
  end

  // ---------------------------------------------------------------- E0: choose

  logic            event_valid, event_start, event_error, event_fatal;
  logic [CtxW-1:0] event_ctx;
  logic            skip_push;
  logic [CtxW-1:0] e3_ctx_q;

  event_queue #(
    .NumCtx (NumCtx)
  ) u_events (
    .clk_i,
    .rst_ni,
    .start_valid_i,
    .start_ctx_i,
    .start_error_i,
    .push_i  ({skip_push, inverse_valid_i, forward_valid_i, ghash_valid_i}),
    .ctx_i   ({e3_ctx_q, inverse_ctx_i, forward_ctx_i, ghash_ctx_i}),
    .valid_o (event_valid),
    .ctx_o   (event_ctx),
    .start_o (event_start),
    .error_o (event_error),
    .fatal_o (event_fatal)
  );

  // ---------------------------------------------------------------- E1: read

  logic            e1_valid_q, e1_start_q, e1_error_q, e2_valid_q, e2_error_q;
  logic [CtxW-1:0] e1_ctx_q, e2_ctx_q;
  state_t          e1_state, e2_state_q;
  shape_t          shape;
  step_t [StepsMax-1:0]   steps;
  key_ref_t [KeysMax-1:0] keys;

  assign e1_state   = e1_start_q ? Fresh : state_q[e1_ctx_q];
  assign tag_gcm_o  = e1_state.doing == StepGcmOpen;
  assign tag_read_o = e1_valid_q && (tag_gcm_o || e1_state.doing == StepMacCheck);
  assign tag_ctx_o  = e1_ctx_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      e1_valid_q <= 1'b0;
      e2_valid_q <= 1'b0;
    end else begin
      e1_valid_q <= event_valid;
      e2_valid_q <= e1_valid_q;
    end
  end

  always_ff @(posedge clk_i) begin
    if (event_valid) begin
      e1_ctx_q   <= event_ctx;
      e1_start_q <= event_start;
      e1_error_q <= event_error;
    end
    if (e1_valid_q) begin
      e2_ctx_q   <= e1_ctx_q;
      e2_error_q <= e1_error_q;
      e2_state_q <= e1_state;
      shape      <= shape_q[e1_ctx_q];
      steps      <= steps_q[e1_ctx_q];
      keys       <= keys_q[e1_ctx_q];
    end
  end

  // ---------------------------------------------------------------- E2: decide

  step_t   step;
  state_t  state;
  work_t   work;
  logic    to_serial, to_parallel, to_inverse;
  turn_t   turn;
  burst_t  burst;
  finish_t finish;
  logic    ends, nothing;

  assign check_ctx_o      = e2_ctx_q;
  assign check_envelope_o = e2_state_q.doing == StepCbcOpen;
  assign check_valid_o    = e2_valid_q && (e2_state_q.doing == StepGcmOpen ||
      e2_state_q.doing == StepMacCheck || (check_envelope_o && e2_state_q.envelope));

  assign step = e2_state_q.next[3] ? '0 : steps[e2_state_q.next[2:0]];
  assign ends = step.kind == StepEnd || e2_error_q;

  always_comb begin
    state = '0;
    if (e2_valid_q) begin
      state = '{
          next: e2_state_q.next + 4'd1,
          doing: step.kind,
          envelope: step.envelope,
          clear: e2_state_q.clear,
          operated: e2_state_q.operated
      };
      unique case (e2_state_q.doing)
        StepCbcOpen, StepEcbOpen: state.clear = BankInv;
        StepGcmOpen, StepCtrOpen: state.clear = BankFwd;
        StepOperateEncrypt:       state.operated = BankFwd;
        StepOperateDecrypt:       state.operated = BankInv;
        default: ;
      endcase
    end
  end

  step_decode u_decode (
    .valid_i         (e2_valid_q),
    .kind_i          (step.kind),
    .envelope_i      (step.envelope),
    .iv_i            (step.iv),
    .shape_i         (shape),
    .clear_i         (state.clear),
    .operated_i      (state.operated),
    .key_i           (keys[step.key]),
    .work_o          (work),
    .serial_o        (to_serial),
    .parallel_o      (to_parallel),
    .inverse_o       (to_inverse)
  );

  logic [BlockW-1:0] blocks;
  logic [3:0]        aad_blocks;

  assign blocks     = work.data_bytes[BytesW-1:4] + BlockW'(|work.data_bytes[3:0]);
  assign aad_blocks = work.aad_bytes[7:4] + 4'(|work.aad_bytes[3:0]);

  always_comb begin
    turn    = '0;
    burst   = '0;
    nothing = 1'b0;
    if (e2_valid_q) begin
      // An empty message of CMAC has a block all the same.
      turn = '{ctx: e2_ctx_q, blocks: (blocks == '0) ? BlockW'(1) : blocks};
      burst = '{
          ctx: e2_ctx_q,
          blocks: blocks,
          gcm: work.mode == ModeGcmSeal || work.mode == ModeGcmOpen,
          aad_blocks: aad_blocks,
          products: blocks + BlockW'(aad_blocks) + BlockW'(1)
      };
      // J0 brings the first AAD block with it.
      if (burst.gcm) burst.blocks = blocks + BlockW'(aad_blocks) + BlockW'(aad_blocks == '0);
      nothing = blocks == '0 && !burst.gcm && !to_serial;
    end
  end

  always_comb begin
    finish = '0;
    if (e2_valid_q && ends) begin
      finish = '{
          ctx: e2_ctx_q,
          error: e2_error_q,
          inverse: e2_state_q.doing == StepEcbOpen || e2_state_q.doing == StepCbcOpen,
          tag: TagNone,
          tag_block: shape.data_bytes[BytesW-1:4] + BlockW'(|shape.data_bytes[3:0])
      };
      unique case (e2_state_q.doing)
        StepGcmSeal: finish.tag = TagGcm;
        StepMacSeal: finish.tag = TagMac;
        StepCmac, StepCbcMac: begin
          finish.tag       = TagMac;
          finish.tag_block = '0;
        end
        default: ;
      endcase
    end
  end

  // ---------------------------------------------------------------- E3: go

  state_t e3_state_q;
  work_t  e3_work_q;
  turn_t  e3_turn_q;
  burst_t e3_burst_q;
  logic   e3_valid_q, e3_serial_q, e3_parallel_q, e3_inverse_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      e3_valid_q    <= 1'b0;
      e3_serial_q   <= 1'b0;
      e3_parallel_q <= 1'b0;
      e3_inverse_q  <= 1'b0;
      finish_push_o <= 1'b0;
      skip_push     <= 1'b0;
    end else begin
      e3_valid_q    <= e2_valid_q;
      e3_serial_q   <= e2_valid_q && !ends && to_serial;
      e3_parallel_q <= e2_valid_q && !ends && !nothing && to_parallel;
      e3_inverse_q  <= e2_valid_q && !ends && !nothing && to_inverse;
      finish_push_o <= e2_valid_q && ends;
      skip_push     <= e2_valid_q && !ends && nothing;
    end
  end

  always_ff @(posedge clk_i) begin
    if (e2_valid_q) begin
      e3_ctx_q   <= e2_ctx_q;
      e3_work_q  <= work;
      e3_turn_q  <= turn;
      e3_burst_q <= burst;
      finish_o   <= finish;
      e3_state_q <= state;
    end
    if (e3_valid_q) state_q[e3_ctx_q] <= e3_state_q;
  end

  assign dispatch_o = '{
      serial: e3_serial_q,
      parallel: e3_parallel_q,
      inverse: e3_inverse_q,
      ctx: e3_ctx_q,
      work: e3_work_q,
      turn: e3_turn_q,
      burst: e3_burst_q
  };

  assign fatal_o = event_fatal;

endmodule
