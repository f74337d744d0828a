// Exactly one end for each job that a cluster admits: from the context it takes to `done` or `kl`,
// with the job's own name.
//
// A job is a token: its context is free, waits for its input, is an event or a step, waits for
// the output, or has ended, and it is in exactly one of these places. So no job is lost and none
// is doubled, for any program and any order of events. Here are the free contexts, the sequencer
// and the output; the lanes are cut off. They are assumed to end each step that they are given
// once, which calendar_props shows of the serial ones; the front to start each job once, and to
// name no step of the one kind that there is not, which program_check_props shows of programs.
//
// Two contexts, both watched, and short queues: an overflow is a loss as well.

module job_props
  import card_pkg::*;
  import cluster_pkg::*;
  import job_pkg::*;
(
  input logic                   clk_i,
  input logic                   take_i,
  input logic                   key_load_i,
  input job_id_t                id_i,
  input step_t [StepsMax-1:0]   steps_i,
  input shape_t                 shape_i,
  input logic [BytesW-1:0]      bytes_i,
  input logic                   inline_i,
  input logic                   start_i,
  input logic [CtxW-1:0]        start_ctx_i,
  input logic                   start_error_i,
  input logic [2:0]             end_i,          // of a step: forward, inverse, GHASH
  input logic [2:0][CtxW-1:0]   end_ctx_i,
  input logic                   mismatch_i,
  input logic                   bad_length_i,
  input logic                   out_ready_i,
  input logic                   done_ready_i,
  input logic                   kl_ready_i
);

  localparam int unsigned NumCtx = 2;
  localparam int unsigned Depth = 2;    // of the exit
  localparam logic [3:0] NoKind = 4'd15;  // behind the last of step_kind_e

  logic            rst_n = 1'b0;
  logic            ctx_valid, free_valid, finish_push, push, room, room_take, room_give;
  logic            done_valid, kl_valid, out_valid;
  logic [CtxW-1:0] ctx, free_ctx, gate_ctx;
  logic [3:0]      fatal;
  logic            room_fatal;
  dispatch_t       dispatch;
  finish_t         finish;
  beat_t           beat;
  line_t           line;
  done_t           done;
  key_job_t        kl_job;
  info_t           info;
  key_info_t       key_info;
  logic            dispatched;

  assign dispatched = dispatch.serial || dispatch.parallel || dispatch.inverse;

  always_comb begin
    info          = '0;
    info.id       = id_i;
    key_info      = '0;
    key_info.id   = id_i;
  end

  contexts #(
    .NumCtx (NumCtx)
  ) u_contexts (
    .clk_i, .rst_ni(rst_n), .valid_o(ctx_valid), .ctx_o(ctx), .take_i, .free_valid_i(free_valid),
    .free_ctx_i(free_ctx), .all_free_o(), .fatal_o(fatal[0])
  );

  sequencer #(
    .NumCtx (NumCtx)
  ) u_sequencer (
    .clk_i, .rst_ni(rst_n), .job_valid_i(take_i), .job_ctx_i(ctx), .job_steps_i(steps_i),
    .job_keys_i('0), .job_shape_i(shape_i), .start_valid_i(start_i), .start_ctx_i, .start_error_i,
    .forward_valid_i(end_i[0]), .forward_ctx_i(end_ctx_i[0]), .inverse_valid_i(end_i[1]),
    .inverse_ctx_i(end_ctx_i[1]), .ghash_valid_i(end_i[2]), .ghash_ctx_i(end_ctx_i[2]),
    .tag_read_o(), .tag_ctx_o(), .tag_gcm_o(), .check_valid_o(), .check_ctx_o(),
    .check_envelope_o(), .dispatch_o(dispatch), .finish_push_o(finish_push), .finish_o(finish),
    .fatal_o(fatal[1])
  );

  output_fetch #(
    .NumCtx (NumCtx)
  ) u_fetch (
    .clk_i, .rst_ni(rst_n), .job_valid_i(take_i), .job_ctx_i(ctx), .job_addr_i('0),
    .job_bytes_i(bytes_i), .job_inline_i(inline_i), .job_key_load_i(key_load_i),
    .finish_push_i(finish_push), .finish_i(finish), .read_fwd_o(), .read_inv_o(), .read_ctx_o(),
    .read_line_o(), .fwd_data_i('0), .inv_data_i('0), .tag_read_o(), .tag_gcm_o(), .tag_i('0),
    .gate_ctx_o(gate_ctx), .gate_data_o(), .gate_data_i('0), .gate_mismatch_i(mismatch_i),
    .gate_bad_length_i(bad_length_i), .push_o(push), .beat_o(beat), .data_o(line), .room_i(room),
    .room_take_o(room_take), .fatal_o(fatal[2])
  );

  credit #(
    .Credits (Depth)
  ) u_room (
    .clk_i, .rst_ni(rst_n), .avail_o(room), .take_i(room_take), .give_i(room_give),
    .fatal_o(room_fatal)
  );

  output_exit #(
    .NumCtx (NumCtx),
    .Depth  (Depth)
  ) u_exit (
    .clk_i, .rst_ni(rst_n), .cycle_i('0), .job_valid_i(take_i), .job_ctx_i(ctx), .job_info_i(info),
    .job_key_load_i(key_load_i), .job_key_info_i(key_info), .head_valid_i(1'b0), .head_ctx_i('0),
    .head_i('0), .push_i(push), .beat_i(beat), .data_i(line), .give_o(room_give),
    .out_valid_o(out_valid), .out_ready_i, .out_addr_o(), .out_data_o(), .out_bytes_o(),
    .out_last_o(), .done_valid_o(done_valid), .done_ready_i, .done_o(done), .kl_valid_o(kl_valid),
    .kl_ready_i, .kl_header_o(), .kl_key_o(), .kl_ok_o(), .kl_job_o(kl_job),
    .free_valid_o(free_valid), .free_ctx_o(free_ctx), .fatal_o(fatal[3])
  );

  // ---------------------------------------------------------------- queues

  // The queues of two contexts: used, start, GHASH, forward, inverse, skipped, finish. In each,
  // the entry at the head and the one behind it.
  localparam int unsigned Queues = 7;

  logic [Queues-1:0][1:0]           count;
  logic [Queues-1:0]                head, tail;
  logic [Queues-1:0][1:0][CtxW-1:0] entry;

  assign count[0] = u_contexts.u_used.count_q;
  assign head[0]  = u_contexts.u_used.head_q;
  assign tail[0]  = u_contexts.u_used.tail_q;
  assign entry[0] = {u_contexts.u_used.mem_q[1], u_contexts.u_used.mem_q[0]};
  assign count[1] = u_sequencer.u_events.u_starts.count_q;
  assign head[1]  = u_sequencer.u_events.u_starts.head_q;
  assign tail[1]  = u_sequencer.u_events.u_starts.tail_q;
  assign entry[1] = {u_sequencer.u_events.u_starts.mem_q[1][CtxW:1],
                     u_sequencer.u_events.u_starts.mem_q[0][CtxW:1]};
  for (genvar q = 0; q < 4; q++) begin : gen_events
    assign count[2+q] = u_sequencer.u_events.gen_queue[q].u_fifo.count_q;
    assign head[2+q]  = u_sequencer.u_events.gen_queue[q].u_fifo.head_q;
    assign tail[2+q]  = u_sequencer.u_events.gen_queue[q].u_fifo.tail_q;
    assign entry[2+q] = {u_sequencer.u_events.gen_queue[q].u_fifo.mem_q[1],
                         u_sequencer.u_events.gen_queue[q].u_fifo.mem_q[0]};
  end
  finish_t finish_0, finish_1;
  assign finish_0 = u_fetch.u_queue.mem_q[0];
  assign finish_1 = u_fetch.u_queue.mem_q[1];
  assign count[6] = u_fetch.u_queue.count_q;
  assign head[6]  = u_fetch.u_queue.head_q;
  assign tail[6]  = u_fetch.u_queue.tail_q;
  assign entry[6] = {finish_1.ctx, finish_0.ctx};

  // Lines at the exit, first the older one; loaded keys.
  beat_t [1:0]          lines;
  logic  [1:0]          line_valid;
  logic  [3:0]          key_valid;
  logic  [3:0][CtxW-1:0] keys;

  for (genvar k = 0; k < 2; k++) begin : gen_lines
    assign lines[k] = u_exit.u_lines.mem_q[u_exit.u_lines.head_q ^ 1'(k)]
                      [$bits(line_t) +: $bits(beat_t)];
    assign line_valid[k] = u_exit.u_lines.count_q > 2'(k);
  end
  for (genvar k = 0; k < 4; k++) begin : gen_keys
    logic [1:0] place;
    assign place        = u_exit.u_keys.head_q + 2'(k);
    assign key_valid[k] = u_exit.u_keys.count_q > 3'(k);
    assign keys[k]      = u_exit.u_keys.mem_q[place][264 +: CtxW];
  end

  // ---------------------------------------------------------------- each context's place

  logic [NumCtx-1:0]      wait_q;   // its input is not there yet
  logic [NumCtx-1:0]      lane_q;   // a lane does its step
  logic [NumCtx-1:0]      key_q;
  job_id_t                id_q [NumCtx];
  logic [3:0]             steps_q [NumCtx];
  logic [NumCtx-1:0][5:0] places;
  logic [NumCtx-1:0]      is_free;

  for (genvar c = 0; c < NumCtx; c++) begin : gen_places
    logic [Queues-1:0][1:0] held;
    logic [16:0]            at;
    for (genvar q = 0; q < Queues; q++) begin : gen_held
      assign held[q] = 2'(count[q] != '0 && entry[q][head[q]] == CtxW'(c)) +
          2'(count[q] == 2'd2 && entry[q][!head[q]] == CtxW'(c));
    end
    assign at[0] = 2'(c) >= u_contexts.fresh_q;
    assign at[1] = wait_q[c];
    assign at[2] = lane_q[c];
    assign at[3] = u_sequencer.e1_valid_q && u_sequencer.e1_ctx_q == CtxW'(c);
    assign at[4] = u_sequencer.e2_valid_q && u_sequencer.e2_ctx_q == CtxW'(c);
    assign at[5] = u_sequencer.e3_valid_q && u_sequencer.e3_ctx_q == CtxW'(c);
    assign at[6] = u_fetch.o1_valid_q && u_fetch.o1_q.ctx == CtxW'(c);
    assign at[7] = u_fetch.o2_valid_q && u_fetch.o2_q.done && u_fetch.o2_q.ctx == CtxW'(c);
    assign at[8] = push && beat.done && beat.ctx == CtxW'(c);
    for (genvar k = 0; k < 2; k++) begin : gen_line
      assign at[9+k] = line_valid[k] && lines[k].done && lines[k].ctx == CtxW'(c);
    end
    for (genvar k = 0; k < 4; k++) begin : gen_key
      assign at[11+k] = key_valid[k] && keys[k] == CtxW'(c);
    end
    assign at[15] = done_valid && u_exit.done_ctx_q == CtxW'(c);
    assign at[16] = u_exit.key_gone_q && u_exit.key_gone_ctx_q == CtxW'(c);
    assign is_free[c] = at[0] || held[0] != '0;
    always_comb begin
      places[c] = '0;
      for (int unsigned q = 0; q < Queues; q++) places[c] += 6'(held[q]);
      for (int unsigned k = 0; k < 17; k++) places[c] += 6'(at[k]);
    end
  end

  // ---------------------------------------------------------------- what is assumed

  always_ff @(posedge clk_i) begin
    rst_n <= 1'b1;
    if (!rst_n) begin
      wait_q <= '0;
      lane_q <= '0;
    end else begin
      assume (!take_i || ctx_valid);
      for (int unsigned s = 0; s < StepsMax; s++) assume (!take_i || steps_i[s].kind != NoKind);
      assume (!start_i || (start_ctx_i < CtxW'(NumCtx) && wait_q[start_ctx_i[0]]));
      for (int unsigned e = 0; e < 3; e++) begin
        assume (!end_i[e] || (end_ctx_i[e] < CtxW'(NumCtx) && lane_q[end_ctx_i[e][0]]));
        for (int unsigned f = 0; f < e; f++) begin
          assume (!(end_i[e] && end_i[f]) || end_ctx_i[e] != end_ctx_i[f]);
        end
      end
      if (take_i) wait_q[ctx[0]] <= 1'b1;
      if (start_i) wait_q[start_ctx_i[0]] <= 1'b0;
      if (dispatched) lane_q[dispatch.ctx[0]] <= 1'b1;
      for (int unsigned e = 0; e < 3; e++) begin
        if (end_i[e]) lane_q[end_ctx_i[e][0]] <= 1'b0;
      end
    end
    if (take_i) begin
      key_q[ctx[0]]   <= key_load_i;
      id_q[ctx[0]]    <= id_i;
      steps_q[ctx[0]] <= '0;
    end
    if (u_sequencer.e3_valid_q && !finish_push) begin
      steps_q[u_sequencer.e3_ctx_q[0]] <= steps_q[u_sequencer.e3_ctx_q[0]] + 4'd1;
    end
  end

  // ---------------------------------------------------------------- what is proved

  always_ff @(posedge clk_i) begin
    if (rst_n) begin
      // what leaves the sequencer goes one way, and stops after at most eight steps
      a_way:   assert (u_sequencer.e3_valid_q == $onehot({dispatch.serial, dispatch.parallel,
                   dispatch.inverse, finish_push, u_sequencer.skip_push})
                   && $onehot0({dispatch.serial, dispatch.parallel, dispatch.inverse, finish_push,
                   u_sequencer.skip_push}));
      a_whose: assert ((!finish_push || finish.ctx == u_sequencer.e3_ctx_q)
                   && (!dispatch.serial || dispatch.turn.ctx == dispatch.ctx)
                   && (!dispatch.inverse || dispatch.turn.ctx == dispatch.ctx)
                   && (!dispatch.parallel || dispatch.burst.ctx == dispatch.ctx));
      a_legal: assert (fatal == '0 && !room_fatal);
      // the end carries the name of the job that took the context
      a_done:  assert (!done_valid || (u_exit.done_ctx_q < CtxW'(NumCtx)
                   && done.id == id_q[u_exit.done_ctx_q[0]] && !key_q[u_exit.done_ctx_q[0]]));
      a_kl:    assert (!kl_valid || (keys[0] < CtxW'(NumCtx)
                   && kl_job.id == id_q[keys[0][0]] && key_q[keys[0][0]]));
      // what waits is taken
      a_event: assert (count[5:1] == '0 || u_sequencer.event_valid);
      a_load:  assert (count[6] == '0 || u_fetch.o1_valid_q || u_fetch.load);
      a_leave: assert (!line_valid[0] || done_valid || u_exit.u_keys.count_q != '0
                   || !out_ready_i || room_give);

      // a key load has one line, which is its end
      a_key_1: assert (!u_fetch.o1_valid_q || !u_fetch.o1_key_q || !u_fetch.o1_beats_q);
      a_key_2: assert (!u_fetch.o2_valid_q || !u_fetch.o2_q.key_load || u_fetch.o2_q.done);
      a_key_3: assert (!push || !beat.key_load || beat.done);
      // what is kept is as it ought to be
      a_room:  assert (3'(u_room.used_q) == 3'(u_fetch.o2_valid_q) + 3'(push)
                   + 3'(u_exit.u_lines.count_q) && u_room.used_q <= 2'(Depth));
      a_lines: assert (u_exit.u_lines.tail_q
                   == u_exit.u_lines.head_q + u_exit.u_lines.count_q[0]);
      a_keys:  assert (u_exit.u_key_room.used_q == u_exit.u_keys.count_q
                   && u_exit.u_keys.count_q <= 3'd4
                   && u_exit.u_keys.tail_q == u_exit.u_keys.head_q + u_exit.u_keys.count_q[1:0]);
      // no place holds a context that there is not
      a_ctx_e: assert ((!u_sequencer.e1_valid_q || u_sequencer.e1_ctx_q < CtxW'(NumCtx))
                   && (!u_sequencer.e2_valid_q || u_sequencer.e2_ctx_q < CtxW'(NumCtx))
                   && (!u_sequencer.e3_valid_q || u_sequencer.e3_ctx_q < CtxW'(NumCtx)));
      a_ctx_o: assert ((!u_fetch.o1_valid_q || u_fetch.o1_q.ctx < CtxW'(NumCtx))
                   && (!u_fetch.o2_valid_q || u_fetch.o2_q.ctx < CtxW'(NumCtx))
                   && (!push || beat.ctx < CtxW'(NumCtx)));
      a_ctx_f: assert (!u_exit.key_gone_q || u_exit.key_gone_ctx_q < CtxW'(NumCtx));
      a_fresh: assert (u_contexts.fresh_q <= 2'(NumCtx));
      c_done:  cover (done_valid && done_ready_i && done.id.tag == 16'h1234);
      c_kl:    cover (kl_valid && kl_ready_i && u_contexts.fresh_q == 2'd2);
    end
  end

  for (genvar q = 0; q < Queues; q++) begin : gen_queues
    always_ff @(posedge clk_i) begin
      if (rst_n) begin
        a_queue: assert (count[q] <= 2'd2 && tail[q] == (head[q] ^ count[q][0]));
        a_names: assert ((count[q] == '0 || entry[q][head[q]] < CtxW'(NumCtx))
                     && (count[q] != 2'd2 || entry[q][!head[q]] < CtxW'(NumCtx)));
      end
    end
  end

  for (genvar k = 0; k < 2; k++) begin : gen_exit
    always_ff @(posedge clk_i) begin
      if (rst_n) begin
        a_key_4: assert (!line_valid[k] || !lines[k].key_load || lines[k].done);
        a_kind:  assert (!line_valid[k] || !lines[k].done || lines[k].ctx >= CtxW'(NumCtx)
                     || lines[k].key_load == key_q[lines[k].ctx[0]]);
        a_there: assert (!line_valid[k] || !lines[k].done || lines[k].ctx < CtxW'(NumCtx));
      end
    end
  end

  for (genvar k = 0; k < 4; k++) begin : gen_loaded
    always_ff @(posedge clk_i) begin
      if (rst_n) begin
        a_there: assert (!key_valid[k] || keys[k] < CtxW'(NumCtx));
      end
    end
  end

  for (genvar c = 0; c < NumCtx; c++) begin : gen_jobs
    logic in_key_queue;
    assign in_key_queue = |gen_places[c].at[14:11] || gen_places[c].at[16];
    always_ff @(posedge clk_i) begin
      if (rst_n) begin
        // neither lost nor doubled
        a_one:   assert (places[c] == 6'd1);
        a_name:  assert (is_free[c] || (key_q[c] ? u_exit.key_info_q[c].id == id_q[c]
                     : u_exit.info_q[c].id == id_q[c]));
        a_kind:  assert (is_free[c] || u_fetch.kind_q[c][0] == key_q[c]);
        a_kind1: assert (!gen_places[c].at[6] || u_fetch.o1_key_q == key_q[c]);
        a_kind2: assert (!gen_places[c].at[7] || u_fetch.o2_q.key_load == key_q[c]);
        a_kind3: assert (!gen_places[c].at[8] || beat.key_load == key_q[c]);
        a_kind4: assert (!in_key_queue || key_q[c]);
        // its steps are counted, so it ends
        a_steps: assert (is_free[c] || steps_q[c] <= 4'd8);
        a_next:  assert (!(lane_q[c] || |gen_places[c].held[5:2])
                     || u_sequencer.state_q[c].next == steps_q[c]);
        a_first: assert (!(wait_q[c] || gen_places[c].held[1] != '0) || steps_q[c] == '0);
        a_at_e1: assert (!gen_places[c].at[3] || u_sequencer.e1_state.next == steps_q[c]);
        a_at_e2: assert (!gen_places[c].at[4] || u_sequencer.e2_state_q.next == steps_q[c]);
        a_at_e3: assert (!gen_places[c].at[5]
                     || (u_sequencer.e3_state_q.next == steps_q[c] + 4'd1
                     && (finish_push || steps_q[c] < 4'd8)));
        for (int unsigned s = 0; s < StepsMax; s++) begin
          assert (is_free[c] || u_sequencer.steps_q[c][s].kind != NoKind);
          assert (!gen_places[c].at[4] || u_sequencer.steps[s].kind != NoKind);
        end
      end
    end
  end

endmodule
